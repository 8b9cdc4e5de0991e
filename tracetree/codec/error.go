package codec

import (
	"errors"

	"tracelab/tracetree/codec/internal/jsonpull"
)

// Error describes what is wrong with the input: its Name, the place as Line, Column, Offset and
// Path, the Message, and the cause in Err. Places are those of the decompressed input.
type Error = jsonpull.Error

// asError returns an *Error for what a decoder returned.
func asError(name string, err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Message: err.Error(), Err: err}
	}
	e.Name = name
	return e
}
