package treetest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"tracelab/internal/expect"
	"tracelab/tracetree"
)

// Golden is like [Recorder.Expect] with the text of a file, whose path is relative to the directory
// of the test's package. It waits as Expect does.
//
// With TREETEST_UPDATE=1 in the environment, a file that is missing or doesn't match is written
// anew, and folders are made as needed. Comments at its top stay. A file that matches isn't
// touched, so that counts, conditions and "..." that were added by hand stay as long as they hold.
func (r *Recorder) Golden(path string, opts ...tracetree.Option) {
	r.t.Helper()
	r.golden(path, 0, opts)
}

func (r *Recorder) golden(path string, limit time.Duration, opts []tracetree.Option) {
	r.t.Helper()
	update, err := updating()
	if err != nil {
		r.t.Fatalf("%v", err)
		return
	}
	pattern, err := readGolden(path)
	if err != nil && !update {
		r.t.Fatalf("read golden file: %v", err)
		return
	}
	seen := r.await(pattern, limit, opts)
	switch {
	case seen.Matches:
	case update && seen.Complete:
		if err := writeGolden(path, expect.Written(seen.Forest, opts...)); err != nil {
			r.t.Errorf("write golden file: %v", err)
		}
	default:
		r.t.Errorf("%s: %s\nseen:\n%s\nTo write the file anew, run the test with %s=1 in the environment.\n",
			path, seen.Failure(pattern, advice(), opts...), tracetree.Format(seen.Forest, opts...), updateVariable)
	}
}

func readGolden(path string) (*tracetree.Pattern, error) {
	text, err := lockedfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; to write it, run the test with %s=1 in the environment", err, updateVariable)
	}
	if err != nil {
		return nil, err
	}
	pattern, err := tracetree.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return pattern, nil
}

// writeGolden writes the tree below the comments at the top of the file. The file is locked, as
// parallel tests may have it in common.
func writeGolden(path, tree string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return lockedfile.Transform(path, func(old []byte) ([]byte, error) {
		return append([]byte(expect.TopComments(string(old))), tree...), nil
	})
}
