package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// outputFile is a file that is being written. The old file, if any, stays in its place until
// commit, so that a command can read the file that it replaces, and can fail.
type outputFile struct {
	*os.File
	target string // the path that it will replace; empty if the file is written directly
}

// createFile begins a file. Pipes, terminals and other files that aren't regular are written
// directly; a symbolic link stays one.
func createFile(ctx context.Context, name string) (*outputFile, error) {
	mode := os.FileMode(0o644)
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		target = name
	}
	if info, err := os.Stat(target); err == nil {
		if !info.Mode().IsRegular() {
			f, err := interruptible(ctx, func() (*os.File, error) { return os.OpenFile(target, os.O_WRONLY, 0) })
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return &outputFile{File: f}, wrapWrite(name, err)
		}
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return nil, wrapWrite(name, err)
	}
	return &outputFile{f, target}, wrapWrite(name, f.Chmod(mode))
}

func wrapWrite(name string, err error) error {
	if err != nil {
		return usageError("write %s: %w", name, err)
	}
	return nil
}

// finish moves the file to its place or, if err is not nil, removes it. It returns err and its own
// errors.
func (f *outputFile) finish(err error) error {
	err = errors.Join(err, f.Close())
	switch {
	case f.target == "":
		return err
	case err != nil:
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), f.target); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", f.target, err), os.Remove(f.Name()))
	}
	return nil
}

// writeFile replaces a file's content.
func writeFile(ctx context.Context, name, content string) error {
	f, err := createFile(ctx, name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, content)
	return f.finish(err)
}
