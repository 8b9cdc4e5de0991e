package cli

import (
	"io"
	"os"
)

// readInput reads a file that somebody wrote, or standard input, and returns what
// to call it.
func readInput(env *environment, name string) (label string, text []byte, err error) {
	label = name
	if name == stdinName {
		label = "standard input"
		text, err = io.ReadAll(env.stdin)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return "", nil, usageError("%w", err)
	}
	return label, text, nil
}
