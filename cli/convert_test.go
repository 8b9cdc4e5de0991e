package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/cli"
	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// Convert reports what the target can't hold on standard error, once for each kind however many
// spans and files have it, and nothing else is.
func TestLawConvertReportsEachLossOnce(t *testing.T) {
	dir := t.TempDir()
	law.Check(t, func(rt *rapid.T) {
		var args, want []string
		for i := range rapid.IntRange(1, 3).Draw(rt, "files") {
			spans := lossySpans(rt)
			for _, what := range codec.Losses(codec.StdoutTrace, spans) {
				if line := "tracelab: stdouttrace can't hold " + what; !slices.Contains(want, line) {
					want = append(want, line)
				}
			}
			var file bytes.Buffer
			if err := codec.WriteOTLPJSON(&file, spans); err != nil {
				rt.Fatal(err)
			}
			name := filepath.Join(dir, string(rune('a'+i))+".json")
			if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
				rt.Fatal(err)
			}
			args = append(args, name)
		}
		var out, errs bytes.Buffer
		args = append([]string{"convert", "--to", "stdouttrace"}, args...)
		if code := cli.Run(t.Context(), args, strings.NewReader(""), &out, &errs); code != 0 {
			rt.Fatalf("exit code %d: %s", code, &errs)
		}
		got := slices.Sorted(strings.FieldsFuncSeq(errs.String(), func(r rune) bool { return r == '\n' }))
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("standard error (-want +got):\n%s", diff)
		}
		if strings.Contains(out.String(), "tracelab:") {
			rt.Fatalf("standard output has messages:\n%s", &out)
		}
	})
}

// lossySpans returns spans that differ in what stdouttrace can't hold of them.
func lossySpans(t *rapid.T) []tracetree.Span {
	var spans []tracetree.Span
	for i := range rapid.IntRange(1, 40).Draw(t, "spans") {
		s := tracetree.Span{
			TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{byte(i + 1)}, Name: "work", Start: 1, End: 2,
			Origin: &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("shop")}}},
		}
		switch rapid.IntRange(0, 5).Draw(t, "loss") {
		case 0:
			s.Origin.ResourceSchema = "https://opentelemetry.io/schemas/1.41.0"
		case 1:
			s.Origin.DroppedResource = 1
		case 2:
			s.Origin.DroppedScope = 2
		case 3:
			s.Parent = tracetree.SpanID{1, 2}
		}
		spans = append(spans, s)
	}
	return spans
}
