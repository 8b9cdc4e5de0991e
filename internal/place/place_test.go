package place_test

import (
	"strings"
	"testing"

	"tracelab/internal/place"
)

func TestErrorShowsTheLineWithACaret(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := []struct {
		name, file, text string
		line, column     int
		want             string
	}{
		{"in a file", "a.yaml", "one\ntwo", 2, 3, "a.yaml:2:3: bad\n  two\n    ^"},
		{"in no file", "", "one", 1, 1, "line 1, column 1: bad\n  one\n  ^"},
		{"Windows's lines", "a", "one\r\ntwo\r\n", 1, 4, "a:1:4: bad\n  one\n     ^"},
		{"characters of several bytes", "a", "→→x", 1, 3, "a:1:3: bad\n  →→x\n    ^"},
		{"control characters", "a", "\tx\x1b", 1, 2, "a:1:2: bad\n  →x�\n   ^"},
		{"a long line", "a", long + "!" + long, 1, 101, "a:1:101: bad\n  " + long[:60] + "!" + long[:59] + "\n  " + strings.Repeat(" ", 60) + "^"},
		{"behind the line", "a", "one", 1, 9, "a:1:9: bad\n  one\n     ^"},
		{"behind the text", "a", "one", 7, 1, "a:7:1: bad\n  \n  ^"},
		{"before the text", "a", "one", 0, 0, "a:1:1: bad\n  one\n  ^"},
	}
	for _, test := range tests {
		if got := place.At(test.file, test.text, test.line, test.column, "bad").Error(); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}
