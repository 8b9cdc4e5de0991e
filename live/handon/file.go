// Package handon hands received spans on: to a file, and to a backend such as Jaeger, Tempo or the
// Collector. Neither makes the sender wait for longer than a write to a file takes, and both count
// what they could not hand on.
package handon

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// File is a file of OTLP JSON lines that spans are appended to. Each call of Add is one line,
// written at once: a program that is killed leaves all lines but the one that it was writing. It is
// safe for concurrent use.
type File struct {
	mu     sync.Mutex
	file   *os.File
	lost   int64
	failed error
}

// OpenFile opens a file for appending, and creates it if it doesn't exist. A last line that was not
// finished is ended.
func OpenFile(name string) (*File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := endLine(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("append to %s: %w", name, err)
	}
	return &File{file: f}, nil
}

// endLine ends the last line of a file, if it was not finished.
func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = io.WriteString(f, "\n")
	return err
}

// Add appends spans as a line. It returns an error if they could not be written, which it counts;
// further calls try again.
func (f *File) Add(spans []tracetree.Span) error {
	if len(spans) == 0 {
		return nil
	}
	var line bytes.Buffer
	err := codec.WriteOTLPJSON(&line, spans)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		// After a line that was cut off by a full disk, the next one would be a part of it.
		if f.failed != nil {
			err = endLine(f.file)
		}
		if err == nil {
			_, err = f.file.Write(line.Bytes())
		}
	}
	if f.failed = err; err != nil {
		f.lost += int64(len(spans))
	}
	return err
}

// Lost returns the number of spans that could not be written.
func (f *File) Lost() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lost
}

// Close writes the file to the disk and closes it. It returns an error if spans are missing in the
// file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.file.Sync()
	if closed := f.file.Close(); err == nil {
		err = closed
	}
	if f.lost > 0 {
		return fmt.Errorf("%s lacks %d spans that could not be written: %w", f.file.Name(), f.lost, errOr(f.failed, err))
	}
	return err
}

func errOr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return os.ErrInvalid
}
