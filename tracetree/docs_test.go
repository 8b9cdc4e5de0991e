package tracetree_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

// docBlocks returns the fenced blocks of docs/notation.md, by what is said after the fence.
func docBlocks(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../docs/notation.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := make(map[string][]string)
	parts := strings.Split("\n"+string(text), "\n```")
	for i := 1; i < len(parts); i += 2 {
		info, body, _ := strings.Cut(parts[i], "\n")
		blocks[info] = append(blocks[info], body+"\n")
	}
	return blocks
}

func TestExamplesInTheDocumentAreValid(t *testing.T) {
	blocks := docBlocks(t)
	examples := slices.Concat(blocks[""], blocks["notation"], blocks["pattern"])
	if len(examples) < 6 {
		t.Fatalf("found %d examples", len(examples))
	}
	for _, text := range examples {
		if _, err := tracetree.Parse(text); err != nil {
			t.Errorf("%v\nof:\n%s", err, text)
		}
	}
	for _, text := range blocks["pattern"] {
		if report := mustParse(t, text).Match(tracetree.Build(courseSpans())); report != nil {
			t.Errorf("%v\nof:\n%s", report, text)
		}
	}
	if diff := cmp.Diff(courseTree, blocks[""][0]); diff != "" {
		t.Errorf("the document's tree (-want +got):\n%s", diff)
	}
}

func TestReportInTheDocumentIsPrinted(t *testing.T) {
	report := mustParse(t, courseTree).Match(tracetree.Build(lostContext()))
	if diff := cmp.Diff(docBlocks(t)["report"], []string{report.String()}); diff != "" {
		t.Errorf("(-document +printed):\n%s", diff)
	}
}
