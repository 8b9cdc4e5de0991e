package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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

// writeFile replaces a file's content and keeps its mode. It writes beside the
// file first, so that there is always one whole file.
func writeFile(name, content string) (err error) {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(f.Name()))
		}
	}()
	_, writeErr := f.WriteString(content)
	if err := errors.Join(writeErr, f.Chmod(info.Mode().Perm()), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// tidyFile returns the usual form of a file of notation, or of the tree blocks
// of a Markdown file.
func tidyFile(name, text string) (string, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown":
		return tidyMarkdown(name, text)
	}
	tidy, err := tracetree.Tidy(text)
	return tidy, inFile(name, 0, err)
}

// tidyMarkdown tidies what stands between "```tree" and "```".
func tidyMarkdown(name, text string) (string, error) {
	var out, block strings.Builder
	begin := 0 // the line of the block's fence, counted from 1; 0 outside
	fence := ""
	number := 0
	for line := range strings.Lines(text) {
		number++
		trimmed := strings.TrimSpace(line)
		switch {
		case begin == 0:
			out.WriteString(line)
			if info := strings.TrimLeft(trimmed, "`"); len(trimmed)-len(info) >= 3 && strings.TrimSpace(info) == "tree" && strings.HasPrefix(line, "`") {
				begin, fence = number, trimmed[:len(trimmed)-len(info)]
				block.Reset()
			}
		case strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, "`") == "":
			tidy, err := tracetree.Tidy(block.String())
			if err != nil {
				return "", inFile(name, begin, err)
			}
			out.WriteString(tidy)
			out.WriteString(line)
			begin = 0
		default:
			block.WriteString(line)
		}
	}
	if begin > 0 {
		return "", fmt.Errorf("%s:%d: the tree block is not closed: want a line of %s", name, begin, fence)
	}
	return out.String(), nil
}

// inFile puts the name of a file before what is wrong in it. The text that was
// parsed begins after so many lines.
func inFile(name string, after int, err error) error {
	var parse *tracetree.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	at := *parse
	at.Line += after
	return usageError("%s: %w", name, &at)
}
