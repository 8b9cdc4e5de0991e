package source_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tracelab/internal/source"
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
		{"CRLF", "a", "one\r\ntwo\r\n", 1, 4, "a:1:4: bad\n  one\n     ^"},
		{"characters of several bytes", "a", "→→x", 1, 3, "a:1:3: bad\n  →→x\n    ^"},
		{"control characters", "a", "\tx\x1b", 1, 2, "a:1:2: bad\n  →x�\n   ^"},
		{"wide characters", "a", "数据: x", 1, 5, "a:1:5: bad\n  数据: x\n        ^"},
		{"emoji", "a", "🚀x", 1, 2, "a:1:2: bad\n  🚀x\n    ^"},
		{"combining characters", "a", "e\u0301x", 1, 3, "a:1:3: bad\n  e\u0301x\n   ^"},
		{"text that turns around", "a", "\u202ex", 1, 2, "a:1:2: bad\n  �x\n   ^"},
		{
			"a long line", "a", long + "!" + long, 1, 101,
			"a:1:101: bad\n  " + long[:60] + "!" + long[:59] + "\n  " + strings.Repeat(" ", 60) + "^",
		},
		{"after the line", "a", "one", 1, 9, "a:1:9: bad\n  one\n     ^"},
		{"after the text", "a", "one", 7, 1, "a:7:1: bad\n  \n  ^"},
		{"in a text that is parsed already", "", "", 2, 3, "line 2, column 3: bad"},
		{"before the text", "a", "one", 0, 0, "a:1:1: bad\n  one\n  ^"},
	}
	for _, test := range tests {
		if got := source.At(test.file, test.text, test.line, test.column, "bad").Error(); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

func TestInMovesErrorsIntoTheFile(t *testing.T) {
	inner := source.At("", "one\ntwo", 2, 3, "bad")
	got := source.In("a.txtar", 10, fmt.Errorf("parse: %w", inner))
	if want := "a.txtar:12:3: bad\n  two\n    ^"; got.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if inner.Line != 2 {
		t.Errorf("the original error moved to line %d", inner.Line)
	}
	joined := source.In("a.txtar", 10, errors.Join(inner, source.At("", "one", 1, 1, "worse")))
	if want := got.Error() + "\na.txtar:11:1: worse\n  one\n  ^"; joined.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", joined, want)
	}
	other := errors.New("other")
	if got := source.In("a.txtar", 10, other); got != other {
		t.Errorf("got %v, want the error itself", got)
	}
}
