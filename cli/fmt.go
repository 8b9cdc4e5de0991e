package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tracelab/internal/source"
	"tracelab/tracetree"
)

// fmtCommand formats notation.
type fmtCommand struct {
	Check bool     `help:"Print the names of files that are not formatted and exit with 1, without changing them."`
	Files []string `arg:"" name:"file" help:"Files of notation, or Markdown files with fenced tree blocks. - formats standard input to standard output."`
}

func (c fmtCommand) Run(ctx context.Context, env *environment) error {
	untidy := false
	for _, name := range c.Files {
		changed, err := c.format(ctx, env, name)
		if err != nil {
			return err
		}
		untidy = untidy || changed
	}
	if c.Check && untidy {
		return &exitError{code: exitFailed}
	}
	return nil
}

// format formats one file and reports whether it changed.
func (c fmtCommand) format(ctx context.Context, env *environment, name string) (bool, error) {
	if name == stdinName {
		label, text, err := readInput(ctx, env, name)
		if err != nil {
			return false, err
		}
		tidy, err := tidyFile(label, string(text))
		if err != nil {
			return false, err
		}
		if !c.Check {
			_, err = io.WriteString(env.stdout, tidy)
		}
		return tidy != string(text), err
	}
	_, text, err := readInput(ctx, env, name)
	if err != nil {
		return false, err
	}
	tidy, err := tidyFile(name, string(text))
	if err != nil || bytes.Equal(text, []byte(tidy)) {
		return false, err
	}
	fmt.Fprintln(env.stdout, name)
	if c.Check {
		return true, nil
	}
	return true, writeFile(ctx, name, tidy)
}

// tidyFile returns the formatted text of a file of notation, or of a Markdown file with tree
// blocks.
func tidyFile(name, text string) (string, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown":
		return tidyMarkdown(name, text)
	}
	tidy, err := tracetree.Tidy(strings.TrimPrefix(text, byteOrderMark))
	return tidy, inFile(name, 0, err)
}

// byteOrderMark is written by some editors at the start of a text. It is ignored.
const byteOrderMark = "\ufeff"

// inFile returns an error about a text that begins after offset lines of a file.
func inFile(name string, offset int, err error) error {
	var parse *source.Error
	if !errors.As(err, &parse) {
		return err
	}
	return usageError("%w", source.In(name, offset, parse))
}
