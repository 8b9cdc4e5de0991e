package cli

import (
	"context"
	"fmt"
	"os"
)

// openInput opens a file for reading. A pipe opens only when its other end does.
func openInput(ctx context.Context, name string) (*os.File, error) {
	f, err := interruptible(ctx, func() (*os.File, error) { return os.Open(name) })
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, usageError("%w", err)
	}
	return f, nil
}

// readInput reads the whole of a file, or of standard input. The label is the name of the input in
// messages.
func readInput(ctx context.Context, env *environment, name string) (label string, text []byte, err error) {
	in, label := env.stdin, "standard input"
	if name != stdinName {
		f, err := openInput(ctx, name)
		if err != nil {
			return "", nil, err
		}
		defer f.Close()
		in, label = f, name
	}
	read, err := readText(ctx, in)
	switch {
	case ctx.Err() != nil:
		return "", nil, ctx.Err()
	case err != nil:
		return "", nil, usageError("%w", err)
	}
	if err := checkLength(label, len(read)); err != nil {
		return "", nil, &exitError{exitUsage, err}
	}
	return label, []byte(read), nil
}

// checkLength returns an error if a text, read up to maxText, may be longer.
func checkLength(label string, bytes int) error {
	if bytes >= maxText {
		return fmt.Errorf("%s has more than %d bytes: want a text that a person wrote", label, maxText)
	}
	return nil
}
