// Package place says where a text that somebody wrote has a mistake: with file, line and column, the line itself, and a
// caret below the character.
package place

import (
	"fmt"
	"strings"
)

// An Error is a mistake in a text.
type Error struct {
	File         string // empty where the text is in no file
	Line, Column int    // from 1; the column counts characters
	Text         string // the line
	Message      string // what is wrong, and what was expected
}

// At returns the error of a place in a text.
func At(file, text string, line, column int, format string, args ...any) *Error {
	lines := strings.Split(text, "\n")
	e := &Error{File: file, Line: max(line, 1), Column: max(column, 1), Message: fmt.Sprintf(format, args...)}
	if e.Line <= len(lines) {
		e.Text = strings.TrimSuffix(lines[e.Line-1], "\r")
	}
	return e
}

// width is how many characters of a line are shown before and after the column.
const width = 60

// Error returns the place, the message, and the line with a caret. Of a long line it shows the surroundings; control
// characters are shown as �, tabs as →.
func (e *Error) Error() string {
	shown := []rune(e.Text)
	at := min(e.Column-1, len(shown))
	shown = shown[:min(len(shown), at+width)]
	cut := max(0, at-width)
	line := strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return '→'
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '�'
		}
		return r
	}, string(shown[cut:]))
	where := fmt.Sprintf("line %d, column %d", e.Line, e.Column)
	if e.File != "" {
		where = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
	}
	return fmt.Sprintf("%s: %s\n  %s\n  %s^", where, e.Message, line, strings.Repeat(" ", at-cut))
}
