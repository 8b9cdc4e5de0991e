package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tracelab/internal/source"
	"tracelab/tracetree"
)

// fmtCommand puts notation into its usual form.
type fmtCommand struct {
	Check bool     `help:"Change nothing: name the files that are not in their usual form, and exit with 1."`
	Files []string `arg:"" name:"file" help:"Files of notation, or Markdown with fenced tree blocks. - is stdin, and goes to stdout."`
}

func (c fmtCommand) Run(env *environment) error {
	untidy := false
	for _, name := range c.Files {
		changed, err := c.format(env, name)
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

// format tidies one file and reports whether there was something to do.
func (c fmtCommand) format(env *environment, name string) (bool, error) {
	if name == stdinName {
		text, err := io.ReadAll(env.stdin)
		if err != nil {
			return false, fmt.Errorf("read standard input: %w", err)
		}
		tidy, err := tidyFile("standard input", string(text))
		if err != nil {
			return false, err
		}
		if !c.Check {
			_, err = io.WriteString(env.stdout, tidy)
		}
		return tidy != string(text), err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return false, usageError("%w", err)
	}
	tidy, err := tidyFile(name, string(text))
	if err != nil || bytes.Equal(text, []byte(tidy)) {
		return false, err
	}
	fmt.Fprintln(env.stdout, name)
	if c.Check {
		return true, nil
	}
	return true, writeFile(name, tidy)
}

// tidyFile returns the usual form of a file of notation, or of the tree blocks
// of a Markdown file.
func tidyFile(name, text string) (string, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown":
		return tidyMarkdown(name, text)
	}
	tidy, err := tracetree.Tidy(strings.TrimPrefix(text, byteOrderMark))
	return tidy, inFile(name, 0, err)
}

// byteOrderMark is what some editors put before a text, and means nothing.
const byteOrderMark = "\ufeff"

// inFile returns the error of a text in a file. The text begins after offset lines of the file.
func inFile(name string, offset int, err error) error {
	var parse *source.Error
	if !errors.As(err, &parse) {
		return err
	}
	return usageError("%w", source.In(name, offset, parse))
}
