package tracetree_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
)

func TestTidy(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"annotations have an order, and one space between them", "a: b   {k=v}  (root)\n", "a: b (root) {k=v}\n"},
		{
			"the link mark stands last, after ten spaces", "a: b <- linked span  (root)",
			"a: b (root)          ← linked span\n",
		},
		{
			"comments stay where they are", "# head\n\n# of a\na: b   # why\n  # inside\n  c: d\n",
			"# head\n\n# of a\na: b  # why\n  # inside\n  c: d\n",
		},
		{"a comment's odd indentation is no level", "a: b\n   # x  \n", "a: b\n  # x\n"},
		{"trees have one blank line between them", "\n\na: b\n\n\n\nc: d\n\n", "a: b\n\nc: d\n"},
		{"two trees without one get one", "a: b\nc: d", "a: b\n\nc: d\n"},
		{"a comment goes with the tree below it", "a: b\n\n# of c\nc: d", "a: b\n\n# of c\nc: d\n"},
		{"a waterfall's drawing is left out", "a: b (root) │ ███ │ 3ms\n↪ c: d\n  e: f │\n", "a: b (root)\n  e: f\n"},
		{"counts", "2..2x a: b\n  1x c: d\n  ...", "2x a: b\n  c: d\n  ...\n"},
		{"any depth", "a: b\n  ...   2..2x c: d  # why\n    e: f", "a: b\n  ... 2x c: d  # why\n    e: f\n"},
		{"CRLF becomes LF", "a: b\r\n  c: d\r\n", "a: b\n  c: d\n"},
		{"nothing stays nothing", "\n \n", ""},
	}
	for _, test := range tests {
		got, err := tracetree.Tidy(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
		if again, err := tracetree.Tidy(got); err != nil || again != got {
			t.Errorf("%s: tidy text changes again: %v\n%s", test.reason, err, again)
		}
	}
}

func TestTidyRefusesWhatParseRefuses(t *testing.T) {
	_, err := tracetree.Tidy("a: b\n   c: d")
	if _, ok := err.(*tracetree.ParseError); !ok {
		t.Errorf("error is %v, want a ParseError", err)
	}
}

// Whatever is valid stays so, and means the same.
func TestTidyKeepsTheMeaning(t *testing.T) {
	line := rapid.StringMatching(`( {0,4})(# .{0,5}|(\+x |2x )?[ab]: [c*](  \(root\)| !error| \{k=v\}|  # x){0,2}|)`)
	law.Check(t, func(t *rapid.T) {
		text := ""
		for _, l := range rapid.SliceOfN(line, 0, 8).Draw(t, "lines") {
			text += l + "\n"
		}
		before, err := tracetree.Parse(text)
		if err != nil {
			t.Skip("not valid")
		}
		tidy, err := tracetree.Tidy(text)
		if err != nil {
			t.Fatal(err)
		}
		after, err := tracetree.Parse(tidy)
		if err != nil {
			t.Fatalf("%v in\n%s", err, tidy)
		}
		if before.String() != after.String() {
			t.Fatalf("it meant\n%s\nand now\n%s", before, after)
		}
		if again, _ := tracetree.Tidy(tidy); again != tidy {
			t.Fatalf("tidy text changes again, from\n%q\nto\n%q", tidy, again)
		}
	})
}
