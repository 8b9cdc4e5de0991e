package scenarios

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"tracelab/tracetree"
)

// extension is how the names of the files end.
const extension = ".txtar"

// section is a part of the file below a "-- name --" line.
type section struct {
	name   string
	text   string
	offset int // the number of lines before the text
}

// The sections, in their usual order.
var sectionNames = []string{"requests", "settings", "faults", "play", "tree", "findings"}

// Parse reads a scenario. The file's name is that of the scenario, and is part of the errors, which
// are of type *[source.Error], with line and column.
func Parse(file string, text []byte) (*Scenario, error) {
	text = bytes.TrimPrefix(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\ufeff"))
	src := &sourceFile{file, string(text)}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return nil,
			src.errorAt(1, 1, "the file is not text in UTF-8: want a scenario, as tracelab scenarios --print shows them")
	}
	archive := txtar.Parse(text)
	s := &Scenario{Name: strings.TrimSuffix(filepath.Base(file), extension), Settings: usual()}
	if err := s.readHeader(src, string(archive.Comment)); err != nil {
		return nil, err
	}
	sections, err := split(src, archive)
	if err != nil {
		return nil, err
	}
	for _, read := range []func(*sourceFile, map[string]*section) error{s.readRun, s.readTree, s.readFindings} {
		if err := read(src, sections); err != nil {
			return nil, err
		}
	}
	return s, s.readClaims(src, string(archive.Comment), len(archive.Comment)-len(storyOf(string(archive.Comment))))
}

// split takes the sections out of the archive, with their places.
func split(src *sourceFile, archive *txtar.Archive) (map[string]*section, error) {
	sections := map[string]*section{}
	line := bytes.Count(archive.Comment, []byte("\n"))
	for _, file := range archive.Files {
		line++ // the section's own
		switch {
		case !slices.Contains(sectionNames, file.Name):
			return nil,
				src.errorAt(line, 4, "there is no section %q: want one of %s", file.Name, strings.Join(sectionNames, ", "))
		case sections[file.Name] != nil:
			return nil, src.errorAt(line, 4, "section %s is there twice: want one", file.Name)
		}
		sections[file.Name] = &section{name: file.Name, text: string(file.Data), offset: line}
		line += bytes.Count(file.Data, []byte("\n"))
	}
	return sections, nil
}

// readRun reads what is done: requests with settings and faults, or a tree to play.
func (s *Scenario) readRun(src *sourceFile, sections map[string]*section) error {
	requests, play := sections["requests"], sections["play"]
	switch {
	case requests == nil && play == nil:
		return src.errorAt(src.lines(), 1,
			"the file has nothing to do: want a section -- requests --, or -- play -- with a tree")
	case requests != nil && play != nil:
		return src.errorAt(play.offset, 4, "a scenario either sends requests or is played: want one of the two sections")
	}
	if part := sections["settings"]; part != nil {
		if err := s.readSettings(src, part); err != nil {
			return err
		}
	}
	if play != nil {
		if faults := sections["faults"]; faults != nil {
			return src.errorAt(faults.offset, 4, "faults are of the task system: a played tree has none, write !error into it")
		}
		if part := sections["settings"]; part != nil && !s.Settings.forPlaying() {
			return src.errorAt(part.offset, 4, "these settings are of the task system: a played tree takes redact and routes")
		}
		pattern, err := tracetree.Parse(play.text)
		s.Play, s.Tree, s.TreeText = pattern, pattern, play.text
		return src.notation(err, play.offset)
	}
	if part := sections["faults"]; part != nil {
		if err := s.readFaults(src, part); err != nil {
			return err
		}
	}
	return s.readRequests(src, requests)
}

// readTree reads the expected tree. A played scenario expects the tree that is played, unless the
// file has another one. A file that is being written has none yet: it can be run, and the outcome
// reports that the tree is missing.
func (s *Scenario) readTree(src *sourceFile, sections map[string]*section) error {
	part := sections["tree"]
	if part == nil {
		return nil
	}
	pattern, err := tracetree.Parse(part.text)
	s.Tree, s.TreeText = pattern, part.text
	return src.notation(err, part.offset)
}
