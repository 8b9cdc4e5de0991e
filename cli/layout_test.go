package cli

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
)

func TestLayout(t *testing.T) {
	tests := []struct {
		reason, text, want string
		ascii              bool
	}{
		{"short lines are left alone", "one two\n", "one two\n", false},
		{"a sentence", "one two three four five\n", "one two three four\nfive\n", false},
		{"an indented one", "  one two three four\n", "  one two three\n  four\n", false},
		{"an item", "- one two three four\n", "- one two three\n  four\n", false},
		{"a column with a heading", "  at     one two six four\n", "  at     one two\n         six four\n", false},
		{"a finding", "error orphan: two three four\n", "error orphan: two\n  three four\n", false},
		{"a styled finding", "\x1b[1merror\x1b[m orphan: two three\n", "\x1b[1merror\x1b[m orphan: two\n  three\n", false},
		{"a sentence about an error", "error is one of: a b c\n", "error is one of: a\nb c\n", false},
		{"a comment of the notation stays one", "  # one two three four\n", "  # one two three\n  # four\n", false},
		{"a line of a tree stays whole", "a: one two three four │ 1ms\n", "a: one two three four │ 1ms\n", false},
		{"a long word is longer than a line", "0123456789012345678901\n", "0123456789012345678901\n", false},
		{"a question has no end", "Your answer: ", "Your answer: ", false},
		{
			"drawings in ASCII keep their width", "a: b ← linked │▐█▌│\n  c: d (root)   │ █▌│\n",
			"a: b<- linked |###|\n  c: d (root)   | ##|\n", true,
		},
		{"styled, too", "a: b \x1b[33m← x\x1b[m\n", "a: b\x1b[33m<- x\x1b[m\n", true},
		{"names are not drawings", "größe → ✓\n", "größe -> +\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			for size := range len(tt.text) { // however the text is divided into writes
				var b strings.Builder
				l := &layout{w: &b, width: 18, ascii: tt.ascii}
				for _, part := range []string{tt.text[:size], tt.text[size:]} {
					if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
						t.Fatalf("Write returns %d, %v", n, err)
					}
				}
				if err := l.Flush(); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, b.String()); diff != "" {
					t.Fatalf("divided at %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

func TestWrappingLosesNoWord(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(  )?(- )?[a-z ]{0,60}`).Draw(t, "text") + "\n"
		width := rapid.IntRange(10, 40).Draw(t, "width")
		got := folded(text, width)
		if want := strings.Fields(text); !cmp.Equal(want, strings.Fields(got)) {
			t.Fatalf("%q became %q", text, got)
		}
		for line := range strings.Lines(got) {
			words := strings.Fields(line)
			if ansi.StringWidth(strings.TrimSpace(line)) > width && len(words) > 2 { // a mark and a long word
				t.Fatalf("%q has a line wider than %d: %q", got, width, line)
			}
		}
	})
}

func TestLocale(t *testing.T) {
	tests := []struct {
		reason  string
		environ []string
		want    bool
	}{
		{"nothing is set", nil, true},
		{"UTF-8", []string{"LANG=de_DE.UTF-8"}, true},
		{"another spelling", []string{"LC_CTYPE=C.utf8", "LANG=C"}, true},
		{"the C locale", []string{"LANG=C"}, false},
		{"Latin 1", []string{"LANG=de_DE.ISO-8859-1"}, false},
		{"LC_ALL is the strongest", []string{"LANG=C", "LC_ALL=en_US.UTF-8"}, true},
		{"an empty one is not set", []string{"LC_ALL=", "LANG=POSIX"}, false},
	}
	for _, tt := range tests {
		if got := isUTF8(tt.environ); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.reason, got, tt.want)
		}
	}
}
