package jsonpull

import (
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// Error says what is wrong with the input, and where.
type Error struct {
	Line    int   // from 1
	Column  int   // in bytes, from 1
	Offset  int64 // in bytes, from 0
	Path    string
	Message string
	Err     error // io.ErrUnexpectedEOF, or what the source returned, or nil
}

// Error returns the message with its place.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d (%s): %s", e.Line, e.Column, e.Path, e.Message)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an error at the place where the reader is.
func (r *Reader) Errorf(format string, args ...any) *Error { return r.errorAt(0, format, args...) }

// ValueErrorf returns an error at the beginning of the string or number that was read last.
func (r *Reader) ValueErrorf(format string, args ...any) *Error {
	return r.errorAt(int(r.value-r.base)-r.pos, format, args...)
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

// truncated is what is wrong when no more input is there: it ends too early, or reading it failed.
func (r *Reader) truncated(wanted string) error {
	if r.end != nil && r.end != io.EOF {
		return r.end
	}
	return r.located("the input ends in the middle of a document, want "+wanted, io.ErrUnexpectedEOF, len(r.buf)-r.pos)
}

func (r *Reader) unexpected(wanted string) error {
	c, size := utf8.DecodeRune(r.buf[r.pos:])
	if c == utf8.RuneError && size <= 1 {
		return r.Errorf("found the byte %#02x, want %s", r.buf[r.pos], wanted)
	}
	return r.Errorf("found %q, want %s", c, wanted)
}

// Place returns where the reader is, as an [Error] without a message.
func (r *Reader) Place() Error { return *r.located("", nil, 0) }

// Line returns the number of the line where the reader is, from 1.
func (r *Reader) Line() int { return r.line }

// Path returns the place of the current value in its document, as in "$.resourceSpans[0].scopeSpans".
func (r *Reader) Path() string {
	path := []byte("$")
	for i := range r.stack {
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
