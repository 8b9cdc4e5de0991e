package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// outputFile is a file that is being written. Until commit, the old file, if any,
// is unchanged, so that a command may read the file that it replaces, and may fail.
type outputFile struct {
	*os.File
	target string // the file to replace; empty if it is written directly
}

// createFile begins a file. Anything but a regular file, such as a pipe or a
// terminal, is written directly; a symbolic link is kept.
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

// finish puts the file in its place, or with an error drops it. It returns the
// error and those of its own.
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
