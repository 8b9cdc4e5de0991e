package scenarios_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const docs = "../../docs/scenarios.md"

// The tables of the document are made of the files.
func TestDocumentListsTheScenarios(t *testing.T) {
	source, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	var list, faults strings.Builder
	list.WriteString("| scenario | lesson | what it shows |\n| --- | --- | --- |\n")
	faults.WriteString("| scenario | fault | what the checks report |\n| --- | --- | --- |\n")
	for _, s := range all(t) {
		fmt.Fprintf(&list, "| `%s` | %s | %s |\n", s.Name, s.Lesson, s.Title)
		if s.Mystery == "" {
			continue
		}
		says := "nothing; " + s.Unseen
		if id, text, found := strings.Cut(s.Cause, ": "); found {
			says = fmt.Sprintf("[`%s`](checks.md#%s): “%s”", id, id, text)
		}
		fmt.Fprintf(&faults, "| `%s` | %s | %s |\n", s.Name, s.Mystery, says)
	}
	want := between(t, string(source), "<!-- scenarios:", list.String())
	want = between(t, want, "<!-- mysteries:", faults.String())
	if *update {
		if err := os.WriteFile(docs, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(source)); diff != "" {
		t.Errorf("docs/scenarios.md is stale, run go test ./lab/scenarios -update (-want +got):\n%s", diff)
	}
}

// between puts a text between a marker's line and the end marker after it.
func between(t *testing.T, document, marker, text string) string {
	t.Helper()
	before, rest, found := strings.Cut(document, marker)
	line, rest, _ := strings.Cut(rest, "\n")
	_, after, ended := strings.Cut(rest, "<!-- end -->")
	if !found || !ended {
		t.Fatalf("docs/scenarios.md has no marker %q, or no end marker after it", marker)
	}
	return before + marker + line + "\n" + text + "<!-- end -->" + after
}
