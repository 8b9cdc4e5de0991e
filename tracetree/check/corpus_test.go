package check_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// The findings in traces of other programs. Each was reviewed by hand: there are
// no false alarms.
func TestFindingsInOtherProgramsTraces(t *testing.T) {
	dir := os.Getenv("TRACELAB_CORPUS")
	if dir == "" {
		t.Skip("TRACELAB_CORPUS names no folder with traces of other programs")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := findingsIn(t, file)
			golden := filepath.Join("testdata", "corpus", filepath.Base(file)+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func findingsIn(t *testing.T, file string) string {
	t.Helper()
	var b strings.Builder
	for _, f := range check.Run(check.All(), inputFrom(t, file), check.Config{}).Findings {
		fmt.Fprintf(&b, "%s %s at %s: %s; expected %s\n", f.Severity, f.Check, f.Label, f.Seen, f.Expected)
	}
	return b.String()
}

// inputFrom reads a file of traces.
func inputFrom(t *testing.T, file string) check.Input {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader := codec.NewReader(f, filepath.Base(file))
	var spans []tracetree.Span
	for {
		batch, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		spans = append(spans, batch...)
	}
	in := check.Input{Forest: tracetree.Build(spans)}
	for _, w := range reader.Warnings() {
		switch w.Kind {
		case codec.InvalidID:
			in.InvalidIDs = append(in.InvalidIDs, w.String())
		case codec.Microseconds:
			in.Microseconds = true
		}
	}
	return in
}
