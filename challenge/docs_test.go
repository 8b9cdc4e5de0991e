package challenge_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/challenge"
)

var updateDocs = flag.Bool("update", false, "write docs/challenge.md")

// itemsTable returns the items as they are in docs/challenge.md.
func itemsTable() string {
	var b strings.Builder
	items := challenge.Items(challenge.Names{}.WithDefaults())
	b.WriteString("| item | group | is met if | looks at |\n| --- | --- | --- | --- |\n")
	for _, item := range items {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", item.ID, item.Group, item.Title, item.Looks)
	}
	b.WriteString("\n## What to do\n")
	for _, item := range items {
		if len(item.Advice) == 1 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n", item.ID)
		for _, l := range challenge.Languages() {
			fmt.Fprintf(&b, "- %s: %s\n", l.Name, item.AdviceFor(l.ID))
		}
	}
	b.WriteString("\n### verify\n\n")
	for _, item := range slices.DeleteFunc(items, func(i challenge.Item) bool { return i.Group != "Verification" }) {
		fmt.Fprintf(&b, "- `%s`: %s\n", item.ID, item.AdviceFor(""))
	}
	return b.String()
}

func TestDocumentListsTheItems(t *testing.T) {
	const path, heading = "../docs/challenge.md", "## The items\n\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(text), heading)
	if !ok {
		t.Fatalf("%s has no heading %q", path, strings.TrimSpace(heading))
	}
	want := head + heading + itemsTable()
	if *updateDocs {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s is stale, run the test with -update (-want +got):\n%s", path, diff)
	}
}
