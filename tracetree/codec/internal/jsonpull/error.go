package jsonpull

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error describes what is wrong with the input, and where. Places are those of the decompressed
// input.
type Error struct {
	Name    string // of the input; "-" is the standard input
	Line    int    // from 1; 0 in formats without lines
	Column  int    // in bytes, from 1; 0 in formats without lines
	Offset  int64  // in bytes, from 0
	Path    string // in the document, as in "$.resourceSpans[0]"; "" for none
	Message string // what was found, what was wanted, what to do
	Err     error  // the cause, or nil

	value bool // the input is well-formed: a value is of the wrong kind or out of range
}

// Error returns the message with its place in front.
func (e *Error) Error() string {
	return e.Place() + ": " + e.Message
}

// Place returns the name of the input and the place in it.
func (e *Error) Place() string {
	var b strings.Builder
	switch e.Name {
	case "":
	case "-":
		b.WriteString("standard input: ")
	default:
		b.WriteString(e.Name + ": ")
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d", e.Line, e.Column)
	} else {
		fmt.Fprintf(&b, "byte %d", e.Offset)
	}
	if e.Path != "" && e.Path != "$" {
		fmt.Fprintf(&b, " (%s)", e.Path)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsValue reports whether err is about one value of well-formed input: its kind or its text. The
// reader can continue after that value.
func IsValue(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.value && e.Err == nil
}

// Errorf returns an error about a value, at the reader's position.
func (r *Reader) Errorf(format string, args ...any) *Error {
	e := r.errorAt(0, format, args...)
	e.value = true
	return e
}

// ValueErrorf returns an error about the string or number that was read last, at its beginning.
func (r *Reader) ValueErrorf(format string, args ...any) *Error {
	e := r.errorAt(int(r.value-r.base)-r.pos, format, args...)
	e.value = true
	return e
}

// syntaxErrorf returns an error at the reader's position, after which nothing can be read.
func (r *Reader) syntaxErrorf(format string, args ...any) *Error {
	return r.errorAt(0, format, args...)
}

func (r *Reader) errorAt(ahead int, format string, args ...any) *Error {
	return r.located(fmt.Sprintf(format, args...), nil, ahead)
}

func (r *Reader) located(message string, cause error, ahead int) *Error {
	offset := r.base + int64(r.pos+ahead)
	return &Error{
		Line:    r.line,
		Column:  int(offset-r.lineStart) + 1,
		Offset:  offset,
		Path:    r.Path(),
		Message: message,
		Err:     cause,
	}
}

// atEnd returns an error at the end of what was read so far. If that is lines ahead, the path at
// that place is not known.
func (r *Reader) atEnd(message string, cause error) *Error {
	ahead := r.buf[r.pos:]
	e := r.located(message, cause, len(ahead))
	if at := bytes.LastIndexByte(ahead, '\n'); at >= 0 {
		e.Line += bytes.Count(ahead, []byte{'\n'})
		e.Column, e.Path = len(ahead)-at, ""
	}
	return e
}

// truncated returns the error for input that ends too early, or that could not be read any further.
func (r *Reader) truncated(wanted string) error {
	if r.end != nil && r.end != io.EOF {
		return r.end
	}
	return r.located("the input ends in the middle of a document, want "+wanted, io.ErrUnexpectedEOF, len(r.buf)-r.pos)
}

func (r *Reader) unexpected(wanted string) error {
	c, size := utf8.DecodeRune(r.buf[r.pos:])
	if c == utf8.RuneError && size <= 1 {
		return r.syntaxErrorf("found the byte %#02x, want %s", r.buf[r.pos], wanted)
	}
	return r.syntaxErrorf("found %q, want %s", c, wanted)
}

// Here returns an [Error] without a message, at the reader's position.
func (r *Reader) Here() Error { return *r.located("", nil, 0) }

// Line returns the number of the line where the reader is, from 1.
func (r *Reader) Line() int { return r.line }

// maxPath is how many steps a path has: of a deeper one those in the middle are left out.
const maxPath = 32

// Path returns the place of the current value in its document, as in
// "$.resourceSpans[0].scopeSpans".
func (r *Reader) Path() string {
	path := []byte("$")
	left := len(r.stack) - maxPath
	for i := range r.stack {
		if over := i - maxPath/2; over >= 0 && over < left {
			if over == 0 {
				path = append(path, "…"...)
			}
			continue
		}
		f := &r.stack[i]
		switch {
		case f.count == 0: // before its first member
		case f.array:
			path = append(path, '[')
			path = strconv.AppendInt(path, int64(f.count-1), 10)
			path = append(path, ']')
		case plain(f.key):
			path = append(append(path, '.'), f.key...)
		default:
			path = append(path, '[')
			path = strconv.AppendQuote(path, string(f.key[:min(len(f.key), 80)]))
			path = append(path, ']')
		}
	}
	return string(path)
}

func plain(key []byte) bool {
	for _, c := range key {
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(key) > 0 && len(key) <= 80
}
