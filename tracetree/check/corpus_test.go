package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// The findings in traces of other programs. Each was reviewed: there are no false ones. REVIEW.md
// has the rules for a change.
func TestFindingsInOtherProgramsTraces(t *testing.T) {
	for _, folder := range []struct{ name, env string }{
		{"corpus", "TRACELAB_CORPUS"},
		{"backends", "TRACELAB_BACKENDS"},
	} {
		t.Run(folder.name, func(t *testing.T) {
			dir := os.Getenv(folder.env)
			if dir == "" {
				t.Skipf("%s is not set: it names a folder with traces of other programs", folder.env)
			}
			files, err := filepath.Glob(filepath.Join(dir, "*.*"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no files in %s: %v", dir, err)
			}
			for _, file := range files {
				golden := filepath.Join("testdata", folder.name, filepath.Base(file)+".txt")
				_, err := os.Stat(golden)
				if spans, _, _ := readCapture(t, file); len(spans) == 0 && err != nil {
					continue // not traces but another answer of a backend
				}
				t.Run(filepath.Base(file), func(t *testing.T) { compareGolden(t, golden, findingsIn(t, file)) })
			}
		})
	}
}

// compareGolden compares a text with a golden file, or writes the file anew.
func compareGolden(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
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
	spans, warnings, err := readCapture(t, file)
	if err != nil {
		t.Fatal(err)
	}
	in := check.Input{Forest: tracetree.Build(spans)}
	for _, w := range warnings {
		switch w.Kind {
		case codec.InvalidID:
			in.InvalidIDs = append(in.InvalidIDs, w.String())
		case codec.Microseconds:
			in.Microseconds = true
		}
	}
	return in
}

func readCapture(t *testing.T, file string) ([]tracetree.Span, []codec.Warning, error) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return codec.ReadAll(f, filepath.Base(file))
}
