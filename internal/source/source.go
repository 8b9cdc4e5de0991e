// Package source describes mistakes in text that people write: notation, YAML, scenarios, answers.
// Every parser of such text returns an [*Error], so that all of them look alike: the place, what
// was found and what is wanted, and the line with a caret.
package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// An Error is a mistake at one place of a text.
type Error struct {
	File    string // empty if the text is not in a file
	Line    int    // from 1
	Column  int    // from 1, in characters
	Text    string // the line, without its line ending
	Message string // what was found, and what is wanted
}

// At returns the error for a place in a text. Line and column count from 1; a smaller number means
// 1. A line after the end of the text has an empty excerpt.
func At(file, text string, line, column int, format string, args ...any) *Error {
	e := &Error{File: file, Line: max(line, 1), Column: max(column, 1), Message: fmt.Sprintf(format, args...)}
	lines := strings.Split(text, "\n")
	if e.Line <= len(lines) {
		e.Text = strings.TrimSuffix(lines[e.Line-1], "\r")
	}
	return e
}

// In returns err as an error in a file of which the parsed text is only a part: offset lines of the
// file are before it. Joined errors are moved one by one. An error that is not an *Error is
// returned unchanged.
func In(file string, offset int, err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var moved []error
		for _, err := range joined.Unwrap() {
			moved = append(moved, In(file, offset, err))
		}
		return errors.Join(moved...)
	}
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.File = file
	moved.Line += offset
	return &moved
}

// excerpt is how many columns of a line are shown on each side of the mistake.
const excerpt = 60

// Error returns the place, the message, and the line with a caret below the column. An error
// without a file and a line is about a text that is parsed already, and has no excerpt. Only the
// surroundings of the column are shown of a long line. Tabs appear as →, other control characters
// as �.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", e.File, e.Line, e.Column)
	} else {
		fmt.Fprintf(&b, "line %d, column %d: ", e.Line, e.Column)
	}
	b.WriteString(e.Message)
	if e.File == "" && e.Text == "" {
		return b.String()
	}

	line := []rune(e.Text)
	at := min(e.Column-1, len(line))
	begin, end := max(at-excerpt, 0), min(at+excerpt, len(line))
	b.WriteString("\n  ")
	indent := 0
	for i, r := range line[begin:end] {
		r = visible(r)
		b.WriteRune(r)
		if begin+i < at {
			indent += width(r)
		}
	}
	b.WriteString("\n  " + strings.Repeat(" ", indent) + "^")
	return b.String()
}

// visible returns what is shown for a character, so that no text can move the cursor or reorder the
// line.
func visible(r rune) rune {
	switch {
	case r == '\t':
		return '→'
	case !unicode.IsGraphic(r): // control characters, and the format characters that reorder text
		return '�'
	}
	return r
}

// width returns how many columns of a terminal a character takes: 0 if it combines with the one
// before it, 2 for East Asian wide characters and emoji.
func width(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// wide holds the blocks of characters that terminals draw two columns wide, after Unicode's East
// Asian Width. Single symbols outside of these blocks are counted as narrow.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, // Hangul Jamo
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1}, // CJK radicals and punctuation
		{Lo: 0x3041, Hi: 0x33ff, Stride: 1}, // kana, CJK compatibility
		{Lo: 0x3400, Hi: 0x4dbf, Stride: 1},
		{Lo: 0x4e00, Hi: 0x9fff, Stride: 1},
		{Lo: 0xa000, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, // Hangul syllables
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1}, // fullwidth forms
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, // emoji
		{Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1},
		{Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}
