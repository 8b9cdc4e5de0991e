package codec_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

var update = flag.Bool("update", false, "write the golden files anew")

// folders are the environment variables that name the folders of files that real programs wrote.
// The files are not part of this repository.
var folders = map[string]string{
	"corpus":   "TRACELAB_CORPUS",   // trace files
	"backends": "TRACELAB_BACKENDS", // answers of trace backends
}

// corpus returns a folder of files that real programs wrote.
func corpus(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv(folders[name])
	if dir == "" {
		t.Skipf("%s is not set: it names a folder with files of other programs", folders[name])
	}
	return dir
}

func readFile(t testing.TB, path string) ([]tracetree.Span, codec.Format, []codec.Warning, error) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := codec.NewReader(file, filepath.Base(path))
	spans, err := drain(r)
	return spans, r.Format(), r.Warnings(), err
}

func TestFilesOfOtherProgramsGiveTheirTrees(t *testing.T) {
	for set := range folders {
		t.Run(set, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(corpus(t, set), "*"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no files: %v", err)
			}
			for _, path := range files {
				name := filepath.Base(path)
				if name == "INDEX.md" {
					continue
				}
				t.Run(name, func(t *testing.T) {
					golden(t, filepath.Join("testdata", set, name+".golden"), describe(t, path))
				})
			}
		})
	}
}

// describe returns everything that a reader reports about a file.
func describe(t *testing.T, path string) string {
	t.Helper()
	spans, format, warnings, err := readFile(t, path)
	var b strings.Builder
	if err != nil {
		b.WriteString("error: " + err.Error() + "\n")
	}
	if format != "" {
		b.WriteString("format: " + string(format) + "\n")
	}
	for _, w := range warnings {
		b.WriteString("warning: " + w.String() + "\n")
	}
	if len(spans) > 0 {
		b.WriteString("\n" + tree(spans))
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update and look at what it wrote", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheSameTraceInTwoFormatsGivesTheSameTree(t *testing.T) {
	tests := []struct{ set, one, other, reason string }{
		{
			"corpus", "jaeger-otlp2jaeger-in.otlp.json", "jaeger-otlp2jaeger-out.jaegerui.json",
			"as Jaeger's own translation has it",
		},
		{"corpus", "jaegerui-otlp-multi-in.otlp.json", "jaegerui-otlp-multi-out.jaegerui.json", "as Jaeger's page has it"},
		{"backends", "jaeger1-traces.json", "jaeger1-v3-traces.json", "two versions of Jaeger's API"},
		{"backends", "tempo-trace.json", "tempo-v2-trace.json", "two versions of Tempo's API"},
		{"backends", "tempo-trace.json", "tempo-trace.pb", "JSON and protobuf of Tempo"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			dir := corpus(t, test.set)
			one, _, _, err := readFile(t, filepath.Join(dir, test.one))
			if err != nil {
				t.Fatal(err)
			}
			other, _, _, err := readFile(t, filepath.Join(dir, test.other))
			if err != nil {
				t.Fatal(err)
			}
			for _, view := range [][]tracetree.Option{nil, {tracetree.Full}} {
				if diff := cmp.Diff(tree(one, view...), tree(other, view...)); diff != "" {
					t.Errorf("(-%s +%s):\n%s", test.one, test.other, diff)
				}
			}
		})
	}
}

func TestFilesCutAnywhereAreReadUpToThere(t *testing.T) {
	for set := range folders {
		t.Run(set, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(corpus(t, set), "*.*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range files {
				if whole, _, _, err := readFile(t, path); err != nil || len(whole) == 0 {
					continue // nothing to cut
				}
				t.Run(filepath.Base(path), func(t *testing.T) { cutEverywhere(t, path) })
			}
		})
	}
}

func TestFilesOfOtherProgramsAreTheSameThroughOTLP(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t, "corpus"), "*.json*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			spans, _, _, err := readFile(t, path)
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			if err := codec.WriteOTLPJSON(&text, spans); err != nil {
				t.Fatal(err)
			}
			again, _ := read(t, text.String())
			if diff := cmp.Diff(tree(spans, tracetree.Full), tree(again, tracetree.Full)); diff != "" {
				t.Errorf("(-file +through OTLP):\n%s", diff)
			}
		})
	}
}
