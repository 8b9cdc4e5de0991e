package treetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// literal is the text of an expectation, and the place in the source where Expect was called with
// it.
type literal struct {
	file string
	line int // when the test was built
	text string
}

// errChanged is returned when line numbers can't be trusted any more.
var errChanged = errors.New("the file has changed since the test was built: run the test again")

// replace writes the tree into the source in place of the text. Calls are serialised, those of
// other processes that run the same test binary, too.
func (l literal) replace(tree string) error {
	err := l.replaceIn(tree)
	if err != nil {
		return fmt.Errorf("%s:%d: %w", l.file, l.line, err)
	}
	return nil
}

func (l literal) replaceIn(tree string) error {
	if !filepath.IsAbs(l.file) {
		return errors.New("the source file is not known by its full path: build the test without -trimpath")
	}
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	built, err := os.Stat(binary)
	if err != nil {
		return err
	}
	return lockedfile.Transform(binary+journalSuffix, func(old []byte) ([]byte, error) {
		j, err := readJournal(old, built.ModTime())
		if err != nil {
			return nil, err
		}
		source, err := os.Stat(l.file)
		if err != nil {
			return nil, err
		}
		if source.Mode().Perm()&0o200 == 0 {
			return nil, errors.New("the file is not writable")
		}
		if j.Files[l.file] == nil && !source.ModTime().Before(j.Built) {
			return nil, errChanged
		}
		err = lockedfile.Transform(l.file, func(source []byte) ([]byte, error) {
			return j.edit(l, source, tree)
		})
		if err != nil {
			return nil, err
		}
		return j.text()
	})
}
