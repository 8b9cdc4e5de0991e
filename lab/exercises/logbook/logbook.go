// Package logbook keeps what a learner has done in one file, which is written whole or not at all.
package logbook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Version is the schema version of the file.
const Version = 1

// Progress is the content of the file.
type Progress struct {
	SchemaVersion int `json:"schema_version"`
	// Exercises are those that were tried, by name. Names that this program doesn't have are kept.
	Exercises map[string]Exercise `json:"exercises"`
}

// Exercise is what was done of one exercise.
type Exercise struct {
	// Passed is when an answer got full marks for the first time. It is zero before that.
	Passed time.Time `json:"passed,omitzero"`
	// Tries is the number of answers that were graded.
	Tries int `json:"tries,omitempty"`
	// Hints is the number of hints that were shown.
	Hints int `json:"hints,omitempty"`
}

// Done reports whether an answer got full marks.
func (e Exercise) Done() bool { return !e.Passed.IsZero() }

// A File is the place of the progress. Several programs may use it at the same time.
type File struct{ path string }

// At returns the file with a path.
func At(path string) File { return File{path} }

// Default returns the file of the user: tracelab/progress.json in XDG_DATA_HOME, or else in the
// directory that the system has for data of programs.
func Default(getenv func(string) string) (File, error) {
	dir, err := dataDir(getenv, runtime.GOOS)
	if err != nil {
		return File{}, fmt.Errorf("find the progress file: %w", err)
	}
	return At(filepath.Join(dir, "tracelab", "progress.json")), nil
}

func dataDir(getenv func(string) string, system string) (string, error) {
	if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) { // the specification ignores relative paths
		return dir, nil
	}
	home, parts := "HOME", []string{".local", "share"}
	switch system {
	case "windows":
		home, parts = "LocalAppData", nil
	case "darwin":
		parts = []string{"Library", "Application Support"}
	}
	dir := getenv(home)
	if dir == "" {
		return "", fmt.Errorf("%s isn't set: want it, or XDG_DATA_HOME", home)
	}
	return filepath.Join(append([]string{dir}, parts...)...), nil
}

// Path returns the path of the file.
func (f File) Path() string { return f.path }

// Read returns the progress. Without a file, it is empty. A file that can't be read is an error,
// and stays as it is.
func (f File) Read() (*Progress, error) {
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Progress{SchemaVersion: Version, Exercises: map[string]Exercise{}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read progress: %w", err)
	}
	p, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("progress file %s%w: correct it, or move it away to begin anew; it was not changed",
			f.path, err)
	}
	return p, nil
}

// parse reads the text of a file. The error begins with the position.
func parse(text []byte) (*Progress, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var p Progress
	err := decoder.Decode(&p)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("unexpected text after the object")
		}
	}
	at := func(offset int64, err error) error {
		before := text[:min(max(offset, 0), int64(len(text)))]
		line := bytes.Count(before, []byte("\n")) + 1
		return fmt.Errorf(":%d:%d: %w", line, len(before)-bytes.LastIndexByte(before, '\n'), err)
	}
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return nil, at(syntax.Offset-1, err)
	case errors.As(err, &mistyped):
		return nil, at(mistyped.Offset-1, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, at(int64(len(text)), errors.New("unexpected end of the file"))
	case err != nil:
		return nil, at(decoder.InputOffset()-1, err)
	case p.SchemaVersion != Version:
		return nil, fmt.Errorf(": schema_version is %d: want %d", p.SchemaVersion, Version)
	}
	if p.Exercises == nil {
		p.Exercises = map[string]Exercise{}
	}
	return &p, nil
}

// Update changes the progress, and waits for other programs that change it.
func (f File) Update(change func(*Progress)) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("save progress: %w", err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(f.path + ".lock").Lock()
	if err != nil {
		return err
	}
	defer unlock()
	p, err := f.Read()
	if err != nil {
		return err
	}
	change(p)
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return f.replace(append(text, '\n'))
}

// replace writes the whole file, or leaves the old one.
func (f File) replace(text []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(f.path), "progress-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	if _, err := temp.Write(text); err != nil {
		return errors.Join(err, temp.Close())
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), f.path)
}
