package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tracelab/cli/show"
	"tracelab/lab/exercises"
)

// exerciseWatchCommand grades a file each time it is saved, until it gets full marks.
type exerciseWatchCommand struct {
	File string `arg:"" help:"The file with the answer, or the directory of an exercise in Go. It may be created later."`
	Name string `arg:"" optional:"" help:"The exercise. Without it, the first that isn't done." values:"exercises"`
	exerciseFrom
}

func (c exerciseWatchCommand) Run(ctx context.Context, env *environment, g given) error {
	if c.File == stdinName {
		return usageError("standard input isn't saved: want a file, or tracelab exercise answer NAME -")
	}
	e, err := c.find(c.Name, g)
	if err != nil {
		return err
	}
	if err := printTask(env.stdout, env.width, e, c.exerciseFrom); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "Save your answer in %s; it is graded each time. Ctrl-C ends this.\n", c.File)
	if err := flush(env.stdout); err != nil {
		return err
	}
	watched := savedFile{name: c.File}
	if e.Code != nil {
		watched.read = readCode
	}
	for {
		text, err := watched.next(ctx)
		if err != nil {
			return err
		}
		if e.Code != nil {
			text = c.File
		}
		passed, err := c.grade(ctx, env, e, text)
		if err != nil || passed {
			return err
		}
	}
}

// grade grades an answer. One that can't be read is reported and isn't an error, as the next one
// may be right.
func (c exerciseWatchCommand) grade(ctx context.Context, env *environment, e exercises.Exercise, text string) (
	passed bool, err error,
) {
	fmt.Fprintf(env.stdout, "\n%s\n", show.Bold(c.File))
	passed, err = gradeAnswer(ctx, env, e, c.File, text, "text", c.exerciseFrom)
	var usage *exitError
	if errors.As(err, &usage) && usage.code == exitUsage {
		_, err = fmt.Fprintln(env.stdout, show.Message(err.Error()))
	}
	return passed, errors.Join(err, flush(env.stdout))
}

// watchInterval is the time between two looks at a file. Comparing its content finds each save,
// also by editors that write a new file and rename it.
const watchInterval = 200 * time.Millisecond

// savedFile is a file, or a directory, whose contents are read as they change.
type savedFile struct {
	name string
	read func(name string) ([]byte, error) // nil: of a file
	last []byte                            // nil before the first content
}

// readCode returns the contents of the Go files in a directory.
func readCode(dir string) ([]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		if _, err := os.Stat(dir); err != nil {
			return nil, err
		}
	}
	var all []byte
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(append(all, name+"\n"...), text...)
	}
	return all, nil
}

// next waits until the content is another one, and returns it. An empty file, as some editors leave
// it for a moment, isn't an answer.
func (f *savedFile) next(ctx context.Context) (string, error) {
	read := f.read
	if read == nil {
		read = os.ReadFile
	}
	for {
		text, err := read(f.name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", usageError("%w", err)
		case len(text) > maxText:
			return "", usageError("%s: found %d bytes, want at most %d", f.name, len(text), maxText)
		case len(bytes.TrimSpace(text)) > 0 && !bytes.Equal(text, f.last):
			f.last = text
			return string(text), nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(watchInterval):
		}
	}
}
