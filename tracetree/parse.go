package tracetree

import (
	"strings"

	"tracelab/internal/source"
)

// Parse reads the notation. It takes what [Format] and [Lines] print, and beyond that counts, comparisons, "..." and
// comments, all described in docs/notation.md. Empty text is a pattern that only an empty forest matches. The error is
// a [*ParseError].
func Parse(text string) (*Pattern, error) {
	p := &Pattern{}
	var above []int32 // the last line of every level
	treeEnded := true // whether the next line must be a top
	for number := 1; text != ""; number++ {
		var content string
		content, text, _ = strings.Cut(text, "\n")
		s := &scanner{text: strings.TrimSuffix(content, "\r"), line: number}
		indent := s.skipSpaces()
		switch {
		case s.atEnd():
			treeEnded = true
			continue
		case s.at('#') || strings.HasPrefix(s.rest(), noteMark) || strings.HasPrefix(s.rest(), drawingMark):
			continue
		}
		depth, err := p.depth(s, indent, above, treeEnded)
		if err != nil {
			return nil, err
		}
		line, err := parseLine(s)
		if err != nil {
			return nil, err
		}
		line.depth, line.parent = int32(depth), none
		if depth > 0 {
			line.parent = above[depth-1]
		}
		above = append(above[:depth], int32(len(p.lines)))
		p.lines = append(p.lines, line)
		treeEnded = false
	}
	for at := len(p.lines) - 1; at >= 0; at-- {
		l := &p.lines[at]
		l.end = max(l.end, int32(at)+1)
		if l.parent != none {
			parent := &p.lines[l.parent]
			parent.end = max(parent.end, l.end)
		}
	}
	return p, nil
}

// depth checks the indentation and returns the level of a line.
func (p *Pattern) depth(s *scanner, indent int, above []int32, treeEnded bool) (int, error) {
	if s.at('\t') {
		return 0, s.errorf("tab in the indentation: want two spaces for each level")
	}
	if indent%2 != 0 {
		return 0, s.errorf("indentation of %d spaces: want two for each level", indent)
	}
	depth := indent / 2
	switch {
	case depth == 0:
		return 0, nil
	case treeEnded:
		return 0, s.errorf("indented line at the start of a tree: want no indentation, a blank line ends the tree above it")
	case depth > len(above):
		return 0, s.errorf("skipped level: want at most %d spaces, one level more than the line above", 2*len(above))
	case p.lines[above[depth-1]].rest:
		return 0, s.errorf(`line below "...": want nothing, as "..." stands for whatever is below the spans, too`)
	}
	return depth, nil
}

// A ParseError is a mistake in notation: its place, what was found and what is wanted. Its File is empty; whoever reads the
// text from a file can set it.
type ParseError = source.Error
