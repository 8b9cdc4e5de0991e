package codec

import (
	"errors"
	"fmt"
	"strings"

	"tracelab/tracetree/codec/internal/jsonpull"
)

// Error says what is wrong with the input, and where. Places are those of the decompressed input.
type Error struct {
	Name    string // of the input, as given to NewReader
	Line    int    // from 1; 0 in formats without lines
	Column  int    // in bytes, from 1; 0 in formats without lines
	Offset  int64  // in bytes, from 0
	Path    string // in the document, as in "$.resourceSpans[0]"; "" when there is none
	Message string // what was found, what was expected, what to do
	Err     error  // the cause, or nil
}

// Error returns the message with its place in front.
func (e *Error) Error() string {
	return place(e.Name, e.Line, e.Column, e.Offset, e.Path) + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func place(name string, line, column int, offset int64, path string) string {
	var b strings.Builder
	if name == "-" {
		name = "standard input"
	}
	b.WriteString(name)
	if line > 0 {
		fmt.Fprintf(&b, ": line %d, column %d", line, column)
	} else {
		fmt.Fprintf(&b, ": byte %d", offset)
	}
	if path != "" && path != "$" {
		fmt.Fprintf(&b, " (%s)", path)
	}
	return b.String()
}

// asError makes an *Error of what a decoder returned.
func asError(name string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		e.Name = name
		return e
	}
	var syntax *jsonpull.Error
	if errors.As(err, &syntax) {
		return &Error{
			Name: name, Line: syntax.Line, Column: syntax.Column, Offset: syntax.Offset,
			Path: syntax.Path, Message: syntax.Message, Err: syntax.Err,
		}
	}
	return &Error{Name: name, Message: err.Error(), Err: err}
}
