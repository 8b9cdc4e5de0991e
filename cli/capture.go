package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"tracelab/cli/draw"
	"tracelab/internal/backend"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// A capture is the trace files of a command. It can be read more than once, so that a command may
// look through it first and then keep only the spans that it needs: a capture can be larger than
// the memory.
type capture struct {
	strict bool // see codec.Reader
	files  []captureFile
	// warned reports whether the warnings of the readers have been printed.
	warned   bool
	warnings []codec.Warning
}

type captureFile struct {
	name string
	path string
	// kept is the content of a file that can be read only once, such as a pipe.
	kept *os.File
	// fetched are the spans of a backend, which is no file.
	fetched *backend.Result
	// wanted are the traces that are read; nil for all.
	wanted map[tracetree.TraceID]bool
}

// openCapture checks that the files can be read. Input that can be read only once, such as a pipe,
// is copied to a temporary file. Call close when done.
func openCapture(ctx context.Context, env *environment, names []string, strict bool) (*capture, error) {
	c := &capture{strict: strict}
	for _, name := range names {
		file, err := openFile(ctx, env, name)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		c.files = append(c.files, file)
	}
	return c, nil
}

func openFile(ctx context.Context, env *environment, name string) (captureFile, error) {
	if name == stdinName {
		defer hintAfter(env.stderr, 2*time.Second, "standard input has not ended: traces are shown at its end")()
		kept, err := spool(ctx, env.stdin)
		return captureFile{name: "standard input", kept: kept}, err
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return captureFile{}, usageError("%w", err)
	case info.IsDir():
		return captureFile{}, usageError("%s is a folder: name the trace files in it", name)
	case info.Mode().IsRegular():
		return captureFile{name: name, path: name}, nil
	}
	f, err := openInput(ctx, name)
	if err != nil {
		return captureFile{}, err
	}
	defer f.Close()
	kept, err := spool(ctx, f)
	return captureFile{name: name, kept: kept}, err
}

// spool copies input that can be read only once to a temporary file. The file is unlinked at once
// where the system allows that, so that it is gone however this program ends.
func spool(ctx context.Context, r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "tracelab-*")
	if err != nil {
		return nil, fmt.Errorf("keep the input: %w", err)
	}
	_ = os.Remove(f.Name())
	if _, err = interruptible(ctx, func() (int64, error) { return io.Copy(f, r) }); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the input: %w", err), f.Close())
	}
	return f, nil
}

// open returns the file from its start.
func (f captureFile) open() (io.ReadCloser, error) {
	if f.kept == nil {
		return os.Open(f.path)
	}
	info, err := f.kept.Stat()
	if err != nil {
		return nil, err
	}
	return io.NopCloser(io.NewSectionReader(f.kept, 0, info.Size())), nil
}

// names returns the names of the files.
func (c *capture) names() []string {
	var names []string
	for _, file := range c.files {
		names = append(names, file.name)
	}
	return names
}

// close removes the temporary files.
func (c *capture) close() error {
	var errs []error
	for _, file := range c.files {
		if file.kept == nil {
			continue
		}
		errs = append(errs, file.kept.Close())
		if err := os.Remove(file.kept.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// each calls do with the spans of all files, batch by batch. The first reading prints the warnings
// of the readers on stderr.
func (c *capture) each(ctx context.Context, env *environment, do func([]tracetree.Span) error) error {
	progress := &reading{progress: newProgress(env.stderr)}
	defer progress.done()
	for _, file := range c.files {
		if err := c.eachOf(ctx, env, file, progress, do); err != nil {
			return err
		}
	}
	c.warned = true
	return nil
}

func (c *capture) eachOf(ctx context.Context, env *environment, file captureFile, progress *reading,
	do func([]tracetree.Span) error,
) error {
	if file.fetched != nil {
		if !c.warned {
			c.warn(env, progress, file.fetched.Warnings)
		}
		progress.add(len(file.fetched.Spans))
		return do(file.fetched.Spans)
	}
	f, err := file.open()
	if err != nil {
		return err
	}
	defer f.Close()
	reader := codec.NewReader(f, file.name)
	reader.Strict = c.strict
	for {
		spans, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			if !c.warned {
				c.warn(env, progress, reader.Warnings())
			}
			return nil
		case err != nil:
			return &exitError{exitUsage, err}
		case ctx.Err() != nil:
			return ctx.Err()
		}
		progress.add(len(spans))
		if file.wanted != nil {
			spans = slices.DeleteFunc(spans, func(s tracetree.Span) bool { return !file.wanted[s.TraceID] })
		}
		if err := do(spans); err != nil {
			return err
		}
	}
}

// warn keeps and prints the warnings about a file.
func (c *capture) warn(env *environment, progress *reading, warnings []codec.Warning) {
	progress.done()
	c.warnings = append(c.warnings, warnings...)
	for _, warning := range warnings {
		env.lost = env.lost || warning.Lost()
		// Lost precision can't be fixed, and nothing was changed.
		if warning.Kind != codec.Microseconds {
			fmt.Fprintln(env.stderr, "tracelab:", draw.Clean(warning.String()))
		}
	}
}

// spans reads the spans of the capture for which keep returns true, with their secrets.
func (c *capture) spans(ctx context.Context, env *environment,
	keep func(*tracetree.Span) bool,
) ([]tracetree.Span, error) {
	var kept []tracetree.Span
	err := c.each(ctx, env, func(spans []tracetree.Span) error {
		for i := range spans {
			if keep == nil || keep(&spans[i]) {
				kept = append(kept, spans[i])
			}
		}
		return nil
	})
	return kept, err
}

// reading is the progress in spans.
type reading struct {
	*progress
	spans int
}

func (r *reading) add(spans int) {
	r.spans += spans
	r.say("reading: %d spans…", r.spans)
}
