package cli

import (
	"context"
	"fmt"
	"os"
)

// readInput reads a file that somebody wrote, or standard input, and returns what
// to call it.
func readInput(ctx context.Context, env *environment, name string) (label string, text []byte, err error) {
	in, label := env.stdin, "standard input"
	if name != stdinName {
		f, err := os.Open(name)
		if err != nil {
			return "", nil, usageError("%w", err)
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
	case len(read) >= maxText:
		return "", nil, &exitError{exitUsage, fmt.Errorf("%s has more than %d bytes: what is read here is written by people", label, maxText)}
	}
	return label, []byte(read), nil
}
