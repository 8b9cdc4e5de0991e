package cli_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/cli/show"
)

func TestProse(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"a paragraph is one text, whatever its lines are", "one two\nthree four five six", "one two three four\nfive six\n"},
		{"paragraphs stay apart", "one\n\ntwo", "one\n\ntwo\n"},
		{
			"an item's lines stand behind its mark", "these:\n- one two three four\n  five\n- six",
			"these:\n- one two three four\n  five\n- six\n",
		},
		{
			"notation is left as it is", "as in\n\n    a: b c d e f g h (root)\n      c: d\n\nand more",
			"as in\n\n    a: b c d e f g h (root)\n      c: d\n\nand more\n",
		},
		{
			"a header is longer than a line, and whole", "it is 00-4bf92f3577b34da6a3ce929d0e0e4736-01 then",
			"it is\n00-4bf92f3577b34da6a3ce929d0e0e4736-01\nthen\n",
		},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, show.Prose(tt.text, 20)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}
