package quiz

import (
	"strings"
	"testing"
)

const valid = `-- term --
orphan
-- finds --
orphan
-- tree --
a: b (root)
-- ask --
What?
-- right --
This.

As it is so.
-- wrong --
That.

It isn't.
-- wrong --
Else.

Nor that.
-- wrong --
None.

There is one.
`

func TestQuestionFilesWithMistakesAreRefused(t *testing.T) {
	if q, err := parse([]byte(valid)); err != nil || len(q.Finds) != 1 || !q.Options[0].Right ||
		q.Options[3].Why != "There is one." {
		t.Fatalf("question %+v, error %v", q, err)
	}
	tests := []struct{ reason, from, to, want string }{
		{"an unknown section", "-- term --", "-- topic --", `section "topic": want term`},
		{"no tree", "-- tree --\na: b (root)\n", "", "want a term, a tree and a question"},
		{
			"no explanation", "This.\n\nAs it is so.", "This.",
			`section right "This.": want an answer, a blank line and an explanation`,
		},
		{"two right ones", "-- wrong --\nThat", "-- right --\nThat", "4 options, 2 of them right: want 4 and 1"},
		{"too few", "-- wrong --\nNone.\n\nThere is one.\n", "", "3 options, 1 of them right"},
	}
	for _, tt := range tests {
		if _, err := parse([]byte(strings.Replace(valid, tt.from, tt.to, 1))); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.reason, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(valid)
	f.Add("-- --")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parse([]byte(text))
		if err == nil && (q.Tree == "" || q.Ask == "" || len(q.Options) != numOptions) {
			t.Errorf("half a question was read: %+v", q)
		}
	})
}
