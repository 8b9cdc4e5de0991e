package jsonpull

import (
	"bytes"
	"strings"
)

// maxBeginning is how much of a document's beginning is compared, in bytes.
const maxBeginning = 64

// rememberBeginning keeps the beginning of the document that starts here, up to the end of its
// first key, if it is on a line of its own. A value after a prefix is a part of a line, and a
// prefix in brackets, as in [main] INFO, is no document.
func (r *Reader) rememberBeginning(atLine bool) {
	r.beginning = r.beginning[:0]
	quotes, object := 0, false
	for i := 0; atLine && i < maxBeginning && quotes < 2; i++ {
		c, ok := r.at(i)
		if c == '"' {
			quotes++
		}
		object = object || c == '{'
		atLine = ok && (quotes > 0 && object || strings.IndexByte("[{ \t\r\n", c) >= 0)
		r.beginning = append(r.beginning, c)
	}
	if quotes < 2 {
		r.beginning = r.beginning[:0]
	}
}

// beginsLikeDocument reports whether what starts here begins as the current document does. At the
// start of a line that is the next document: the current one has been cut off.
func (r *Reader) beginsLikeDocument() bool {
	if len(r.beginning) == 0 {
		return false
	}
	if _, ok := r.at(len(r.beginning) - 1); !ok {
		return false
	}
	return bytes.HasPrefix(r.buf[r.pos:], r.beginning)
}

// Offset returns the number of bytes before the place where the reader is.
func (r *Reader) Offset() int64 { return r.base + int64(r.pos) }

// NextLine leaves all arrays and objects and moves to where the next document can begin after an
// error: here, if the error was that a document begins here; else at the start of the next line, or
// after NUL bytes, which file systems leave where a program or machine was stopped. If the error
// was not in a document, it is also an object in the rest of the line: programs and container
// runtimes write a prefix before what they log. NextLine returns io.EOF if there is no more input.
func (r *Reader) NextLine() error {
	inside := len(r.stack) > 0 && r.AtDocument()
	r.stack = r.stack[:0]
	if inside && r.Offset() == r.lineStart && r.beginsLikeDocument() {
		return nil
	}
	nul := false
	for {
		for ; r.pos < len(r.buf); r.pos++ {
			switch c := r.buf[r.pos]; {
			case c == '\n':
				r.pos++
				r.line++
				r.lineStart = r.Offset()
				return nil
			case nul && (c == '{' || c == '['):
				return nil
			case !inside && c == '{':
				if next, ok := r.at(1); ok && next == '"' {
					return nil
				}
				nul = false
			default:
				nul = c == 0
			}
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// AtNUL reports whether the next byte is zero, which no text has.
func (r *Reader) AtNUL() bool {
	c, ok := r.at(0)
	return ok && c == 0
}

// AtDocument reports whether the current document began with an object's key, on a line of its own.
func (r *Reader) AtDocument() bool { return len(r.beginning) > 0 }
