package treetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// literal is the text of an expectation, and the place in the source where Expect was called with it.
type literal struct {
	file string
	line int // when the test was built
	text string
}

// replace writes the tree into the source in place of the text. Calls are serialised, those of other processes that run
// the same test binary, too.
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
		j, err := readJournal(old)
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
		if j[l.file] == nil && !source.ModTime().Before(built.ModTime()) {
			return nil, errChanged
		}
		err = lockedfile.Transform(l.file, func(source []byte) ([]byte, error) {
			return j.edit(l, source, tree)
		})
		if err != nil {
			return nil, err
		}
		return json.Marshal(j)
	})
}

// errChanged says that line numbers can't be trusted any more.
var errChanged = errors.New("the file has changed since the test was built: run the test again")

// journalSuffix is what the journal's name has beyond that of the test binary. Go test builds the binary in a temporary
// directory that it removes at the end.
const journalSuffix = ".treetest.json"

// journal says which changes expectations have made to sources since the test binary was built. The binary knows only
// the lines of that time. It is kept beside the binary, not in a variable: whoever runs the binary needs it.
type journal map[string]*changes

// changes are those of one source file.
type changes struct {
	Hash   string // of the file after the last change
	Shifts []shift
}

// shift says that what was below a line now stands so many lines further down.
type shift struct {
	Line, By int
}

func readJournal(text []byte) (journal, error) {
	j := make(journal)
	if len(text) == 0 {
		return j, nil
	}
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, fmt.Errorf("read journal of changes: %w", err)
	}
	return j, nil
}

// edit returns the source with the tree in place of the literal, and notes the change.
func (j journal) edit(l literal, source []byte, tree string) ([]byte, error) {
	known := j[l.file]
	switch {
	case known == nil:
		known = &changes{Hash: hash(source)}
		j[l.file] = known
	case known.Hash != hash(source):
		return nil, errChanged
	}
	shifted := 0
	for _, s := range known.Shifts {
		if s.Line < l.line {
			shifted += s.By
		}
	}
	c, err := findCall(l.file, source, l.line+shifted)
	if err != nil {
		return nil, err
	}
	changed, err := replaceText(source, c, tree)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(changed, source) {
		return source, nil // another run of the same call has done it
	}
	if c.text != l.text {
		return nil, errors.New("this call has been updated to another tree already: it is run several times, or the file has changed")
	}
	known.Hash = hash(changed)
	known.Shifts = append(known.Shifts, shift{c.line - shifted, bytes.Count(changed, []byte("\n")) - bytes.Count(source, []byte("\n"))})
	return changed, nil
}

func hash(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}
