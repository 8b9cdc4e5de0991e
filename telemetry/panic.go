package telemetry

import (
	"fmt"
	"runtime/debug"
)

// A PanicError is a panic that a service recovered from, to go on with its
// other work. Its error.type is "panic".
type PanicError struct {
	Value any
	// Stack is where it happened. It belongs in the log, not on a span.
	Stack []byte
}

// Recovered returns the error for what recover returned, nil for nil. Call it
// in the deferred function itself, while the stack is still there.
func Recovered(value any) *PanicError {
	if value == nil {
		return nil
	}
	return &PanicError{Value: value, Stack: debug.Stack()}
}

func (p *PanicError) Error() string { return fmt.Sprint("panic: ", p.Value) }

// Unwrap returns what was panicked with, if that was an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
