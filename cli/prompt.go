package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
)

// isTyped reports whether the input is typed at a terminal.
func isTyped(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// interruptible returns the results of read, or the error of ctx if that ends first. The call of
// read then continues until the program ends, because it can't be stopped.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var nothing T
		return nothing, ctx.Err()
	}
}

// lineReader reads lines from a terminal or a pipe.
type lineReader struct{ r *bufio.Reader }

// maxLine is the longest line, in bytes.
const maxLine = 64 << 10

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{bufio.NewReaderSize(r, maxLine)}
}

// read returns the next line without its end, and io.EOF at the end.
func (l *lineReader) read(ctx context.Context) (string, error) {
	return interruptible(ctx, func() (string, error) {
		line, err := l.r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return "", usageError("standard input: a line of more than %d bytes", maxLine)
		case errors.Is(err, io.EOF) && len(line) > 0:
			err = nil // the last line has no end
		case err != nil && !errors.Is(err, io.EOF):
			err = fmt.Errorf("read standard input: %w", err)
		}
		return strings.TrimRight(string(line), "\r\n"), err
	})
}

// maxText limits how many bytes of a text are read. It is longer than any valid text.
const maxText = 1 << 20

// readText reads a text up to that size.
func readText(ctx context.Context, r io.Reader) (string, error) {
	text, err := interruptible(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(r, maxText)) })
	return string(text), err
}
