package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/charmbracelet/x/term"

	"tracelab/cli/draw"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// A capture is the trace files that a command was given. It can be read more
// than once, so that a command may look through it first and keep only what it
// then needs: a capture can be larger than the memory.
type capture struct {
	files []captureFile
	// warned is whether what the readers had to say has been said, and warnings
	// is what that was.
	warned   bool
	warnings []codec.Warning
}

type captureFile struct{ name, path string }

// openCapture checks that the files can be read. Standard input is put into a
// temporary file, as it comes only once. Call close when done.
func openCapture(env *environment, names []string) (*capture, error) {
	c := &capture{}
	for _, name := range names {
		file := captureFile{name, name}
		if name == stdinName {
			path, err := spool(env.stdin)
			if err != nil {
				return nil, errors.Join(err, c.close())
			}
			file = captureFile{"standard input", path}
		} else if info, err := os.Stat(name); err != nil {
			return nil, errors.Join(usageError("%w", err), c.close())
		} else if info.IsDir() {
			return nil, errors.Join(usageError("%s is a folder: name the trace files in it", name), c.close())
		}
		c.files = append(c.files, file)
	}
	return c, nil
}

func spool(r io.Reader) (path string, err error) {
	f, err := os.CreateTemp("", "tracelab-*")
	if err != nil {
		return "", fmt.Errorf("keep standard input: %w", err)
	}
	_, err = io.Copy(f, r)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("keep standard input: %w", err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// close removes what was kept of standard input.
func (c *capture) close() error {
	var errs []error
	for _, file := range c.files {
		if file.name != file.path {
			errs = append(errs, os.Remove(file.path))
		}
	}
	return errors.Join(errs...)
}

// each calls do with the spans of all files, batch by batch. The first reading
// says on stderr what the readers warn of.
func (c *capture) each(ctx context.Context, env *environment, do func([]tracetree.Span) error) error {
	progress := newProgress(env.stderr)
	defer progress.done()
	for _, file := range c.files {
		if err := c.eachOf(ctx, env, file, progress, do); err != nil {
			return err
		}
	}
	c.warned = true
	return nil
}

func (c *capture) eachOf(ctx context.Context, env *environment, file captureFile, progress *progress, do func([]tracetree.Span) error) error {
	f, err := os.Open(file.path)
	if err != nil {
		return err
	}
	defer f.Close()
	reader := codec.NewReader(f, file.name)
	for {
		spans, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			if !c.warned {
				progress.done()
				c.warnings = append(c.warnings, reader.Warnings()...)
				for _, warning := range reader.Warnings() {
					// Of precision there is nothing to be done, and nothing was changed.
					if warning.Kind != codec.Microseconds {
						fmt.Fprintln(env.stderr, "tracelab:", draw.Clean(warning.String()))
					}
				}
			}
			return nil
		case err != nil:
			return &exitError{exitUsage, err}
		case ctx.Err() != nil:
			return ctx.Err()
		}
		progress.add(len(spans))
		if err := do(spans); err != nil {
			return err
		}
	}
}

// spans reads those spans of the capture that keep wants, with their secrets
// masked.
func (c *capture) spans(ctx context.Context, env *environment, keep func(*tracetree.Span) bool) ([]tracetree.Span, error) {
	var kept []tracetree.Span
	err := c.each(ctx, env, func(spans []tracetree.Span) error {
		for i := range spans {
			if keep == nil || keep(&spans[i]) {
				kept = append(kept, spans[i])
			}
		}
		return nil
	})
	maskSpans(kept)
	return kept, err
}

// progress counts spans on a terminal, from the first second on.
type progress struct {
	w     io.Writer // nil: nobody looks
	spans int
	shown time.Time
}

func newProgress(w io.Writer) *progress {
	p := &progress{shown: time.Now()}
	if isTerminal(w) {
		p.w = w
	}
	return p
}

const clearLine = "\r\x1b[K"

func (p *progress) add(spans int) {
	p.spans += spans
	if p.w != nil && time.Since(p.shown) >= time.Second {
		p.shown = time.Now()
		fmt.Fprintf(p.w, "%sreading: %d spans…", clearLine, p.spans)
	}
}

// done takes the count off the screen.
func (p *progress) done() {
	if p.w != nil && p.spans > 0 {
		fmt.Fprint(p.w, clearLine)
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}
