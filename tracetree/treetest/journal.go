package treetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// journalSuffix is what the journal's name has beyond that of the test binary. Go test builds the
// binary in a temporary directory that it removes at the end.
const journalSuffix = ".treetest.json"

// journal lists the changes that expectations have made to sources since the test binary was built,
// because the binary has the line numbers of that time. It is a file next to the binary, not a
// variable: every run of the binary needs it.
type journal struct {
	Built time.Time           // when the binary was built that the journal is for
	Files map[string]*changes // by the path of the source
}

// changes are those of one source file.
type changes struct {
	Hash   string // of the file after the last change
	Shifts []shift
}

// shift is a change of line numbers: everything below a line has moved down by a number of lines.
type shift struct {
	Line, By int
}

// readJournal returns the journal of a binary, which is empty if the text is empty or that of an
// older binary.
func readJournal(text []byte, built time.Time) (journal, error) {
	var j journal
	if len(text) > 0 {
		if err := json.Unmarshal(text, &j); err != nil {
			return j, fmt.Errorf("read journal of changes: %w", err)
		}
	}
	if !j.Built.Equal(built) || j.Files == nil {
		j = journal{built, make(map[string]*changes)}
	}
	return j, nil
}

func (j journal) text() ([]byte, error) { return json.Marshal(j) }

// edit returns the source with the tree in place of the literal, and notes the change.
func (j journal) edit(l literal, source []byte, tree string) ([]byte, error) {
	known := j.Files[l.file]
	switch {
	case known == nil:
		known = &changes{Hash: hash(source)}
		j.Files[l.file] = known
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
		return nil, errors.New(
			"this call has been updated to another tree already: it is run several times, or the file has changed",
		)
	}
	known.Hash = hash(changed)
	known.Shifts = append(known.Shifts, shift{c.line - shifted, lines(changed) - lines(source)})
	return changed, nil
}

func hash(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}

func lines(source []byte) int { return bytes.Count(source, []byte("\n")) }
