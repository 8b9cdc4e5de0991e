package tracetree

import (
	"strings"

	"tracelab/internal/source"
)

// Parse parses text in the notation. It accepts everything that [Format] and [Lines] print, and
// also counts, comparisons, "..." and comments, as described in docs/notation.md. Empty text is a
// pattern that only an empty forest matches. The error is a [*ParseError].
func Parse(text string) (*Pattern, error) {
	p := &Pattern{}
	var above []int32 // the last line on every level
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
		line.Depth = depth
		parent := int32(none)
		if depth > 0 {
			parent = above[depth-1]
		}
		above = append(above[:depth], int32(len(p.lines)))
		p.lines = append(p.lines, line)
		p.above = append(p.above, parent)
		treeEnded = false
	}
	p.end = make([]int32, len(p.lines))
	for at := len(p.lines) - 1; at >= 0; at-- {
		p.end[at] = max(p.end[at], int32(at)+1)
		if parent := p.above[at]; parent != none {
			p.end[parent] = max(p.end[parent], p.end[at])
		}
	}
	return p, nil
}

// depth checks the indentation of a line and returns its level.
func (p *Pattern) depth(s *scanner, indent int, above []int32, treeEnded bool) (int, error) {
	if s.at('\t') {
		return 0, s.errorf("tab in the indentation: want two spaces for each level")
	}
	if indent%2 != 0 {
		return 0, s.errorf("indentation of %d spaces: want two for each level", indent)
	}
	depth := indent / 2
	at := s.pos
	if level, ok := s.skipLevel(); ok {
		if depth != maxIndent || level <= maxIndent {
			return 0,
				s.errorAt(at, "level %d after %d spaces: want levels up to %d as spaces only, and deeper ones after %d spaces",
					level, indent, maxIndent, len(spaces))
		}
		depth = level
	}
	switch {
	case depth == 0:
		return 0, nil
	case treeEnded:
		return 0, s.errorf("indented line at the start of a tree: want no indentation, a blank line ends the tree above it")
	case depth > len(above) && len(above) > maxIndent:
		return 0, s.errorf("skipped level: want at most level %d, one more than the line above", len(above))
	case depth > len(above):
		return 0, s.errorf("skipped level: want at most %d spaces, one level more than the line above", 2*len(above))
	case p.lines[above[depth-1]].Rest:
		return 0, s.errorf(`line below "...": want none, because "..." includes everything below the spans`)
	}
	return depth, nil
}

// A ParseError is a mistake in the notation: the place, what was found, and what is wanted. Its
// File is empty; a caller that reads the text from a file can set it.
type ParseError = source.Error

// parseLine parses a line after its indentation.
func parseLine(s *scanner) (PatternLine, error) {
	l := PatternLine{Line: s.line, Column: s.column(s.pos), Min: 1, Max: 1}
	if s.skip(anySiblings) {
		more, err := s.next()
		if err != nil || !more {
			return PatternLine{Line: l.Line, Column: l.Column, Rest: true}, err
		}
		l.Deep = true
	}
	low, high, rest, err := cutCount(s.rest())
	if err != nil {
		return l, s.errorf("%v", err)
	}
	if high == 0 && !l.Deep {
		return l, s.errorf(`count of 0: want at least 1; to expect no such span, omit the line; ` +
			`to expect it at no depth, write "... 0x actor: operation"`)
	}
	l.Min, l.Max = low, high
	s.pos = len(s.text) - len(rest)
	s.skipSpaces()
	if strings.HasPrefix(s.rest(), anySiblings+" ") {
		return l, s.errorf(`unexpected "...": want it once and before the count, as in "... 2x actor: operation"`)
	}
	l.Column = s.column(s.pos)
	if err := l.parseLabel(s); err != nil {
		return l, err
	}
	for {
		more, err := s.next()
		if err != nil || !more {
			return l, err
		}
		if err := l.parseAnnotation(s); err != nil {
			return l, err
		}
	}
}

func (l *PatternLine) parseLabel(s *scanner) error {
	const form = `want a label, as in "actor: operation (target)"`
	begin := s.pos
	text, isQuoted, err := s.quoted()
	switch {
	case err != nil:
		return err
	case isQuoted:
		l.Actor = PatternText{Text: text}
	default:
		end := s.partEnd()
		colon := strings.Index(s.text[s.pos:end], ": ")
		if colon < 0 {
			if s.text[end-1] == ':' && end > s.pos {
				return s.errorAt(end, "missing operation: %s", form)
			}
			return s.errorAt(begin, "missing %q: %s", ": ", form)
		}
		if text, err = s.plain(s.pos + colon); err != nil {
			return err
		}
		if text == "" || strings.HasSuffix(text, " ") {
			return s.errorf(`unexpected ":": want it right after an actor`)
		}
		l.Actor = plainText(text)
	}
	l.Actor.Column = l.Column
	if !s.skip(": ") {
		return s.errorf("missing %q after the actor: %s", ": ", form)
	}
	s.skipSpaces()
	begin = s.pos
	if text, isQuoted, err = s.quoted(); err != nil {
		return err
	}
	l.Operation = PatternText{Text: text}
	if !isQuoted {
		if s.atEnd() || strings.ContainsRune("({[!#", rune(s.text[s.pos])) ||
			strings.HasPrefix(s.rest(), "←") || strings.HasPrefix(s.rest(), "<-") || strings.HasPrefix(s.rest(), drawingMark) {
			return s.errorAt(begin, "missing operation: %s", form)
		}
		if text, err = s.plain(s.partEnd()); err != nil {
			return err
		}
		l.Operation = plainText(text)
	}
	l.Operation.Column = s.column(begin)
	return l.parseTarget(s)
}

// parseTarget parses a target, if the parentheses after the operation contain one and not an
// annotation.
func (l *PatternLine) parseTarget(s *scanner) error {
	before := s.pos
	more, err := s.next()
	if err != nil {
		return err
	}
	open := s.pos
	if !more || !s.skip("(") {
		s.pos = before
		return nil
	}
	column := s.column(s.pos)
	text, isQuoted, err := s.quoted()
	if err != nil {
		return err
	}
	if isQuoted {
		if text == "" {
			return s.errorAt(open, "empty target: want text, or no parentheses")
		}
		if !s.skip(")") {
			return s.errorf(`unexpected text: want ")" after the quoted target`)
		}
		l.Target = PatternText{Text: text, Column: column}
		return nil
	}
	length := closing(s.rest())
	switch {
	case length < 0:
		return s.errorAt(open, `unclosed "(": want ")" and then a space or the end of the line`)
	case length == 0:
		return s.errorAt(open, "empty parentheses: want a target or an annotation")
	case isParenthesised(s.text[s.pos : s.pos+length]):
		s.pos = before
		return nil
	}
	if text, err = s.plain(s.pos + length); err != nil {
		return err
	}
	s.skip(")")
	l.Target = plainText(text)
	l.Target.Column = column
	return nil
}

// closing returns the index of the closing parenthesis, which is the first one at the end of a
// word, or -1.
func closing(text string) int {
	for i := range len(text) {
		if text[i] == ')' && (i+1 == len(text) || text[i+1] == ' ') {
			return i
		}
	}
	return -1
}

const annotations = `"(root)", "(orphan)", "(cycle)", "(duplicate)", "(in order)", ` +
	`"!error", "[duration]", "{attributes}" or "← linked span"`

// parseAnnotation parses one of the annotations after a label.
func (l *PatternLine) parseAnnotation(s *scanner) error {
	switch {
	case s.at('('):
		return l.parseMark(s)
	case s.at('!'):
		return l.parseError(s)
	case s.at('['):
		return l.parseBrackets(s)
	case s.at('{'):
		return l.parseBraces(s)
	case strings.HasPrefix(s.rest(), "←"), strings.HasPrefix(s.rest(), "<-"):
		if l.Marks&Linked != 0 {
			return s.errorf("a second link mark: want one")
		}
		if !s.skip(linkWord) && !s.skip(linkWordASCII) {
			return s.errorf("unknown annotation: want %q or %q", linkWord, linkWordASCII)
		}
		l.Marks |= Linked
		return nil
	}
	return s.errorf("unknown annotation: want %s", annotations)
}

func (l *PatternLine) parseMark(s *scanner) error {
	length := closing(s.rest())
	if length < 0 {
		return s.errorf(`unclosed "(": want ")" and then a space or the end of the line`)
	}
	word := s.text[s.pos+1 : s.pos+length]
	if word == inOrderWord {
		if l.InOrder {
			return s.errorf("a second (%s): want one", inOrderWord)
		}
		l.InOrder = true
		s.pos += length + 1
		return nil
	}
	for _, m := range markWords {
		if m.word == word {
			if l.Marks&m.mark != 0 {
				return s.errorf("a second (%s): want one", word)
			}
			l.Marks |= m.mark
			s.pos += length + 1
			return nil
		}
	}
	return s.errorf("unknown annotation: want %s; a target must follow the operation", annotations)
}

func (l *PatternLine) parseError(s *scanner) error {
	if l.Failed {
		return s.errorf("a second %s: want one", errorWord)
	}
	begin := s.pos
	if !s.skip(errorWord) {
		return s.errorf("unknown annotation: want %s", annotations)
	}
	l.Failed = true
	if s.endOfWord() {
		return nil
	}
	if !s.skip("=") {
		return s.errorAt(begin, "unknown annotation: want %s or %s=type", errorWord, errorWord)
	}
	column := s.column(s.pos)
	text, isQuoted, err := s.quoted()
	if err != nil {
		return err
	}
	if isQuoted {
		l.ErrorType = &PatternText{Text: text, Column: column}
		return nil
	}
	length := strings.IndexByte(s.rest(), ' ')
	if length < 0 {
		length = len(s.rest())
	}
	if length == 0 {
		return s.errorf("missing error type after %s=: want a word or quoted text", errorWord)
	}
	if text, err = s.plain(s.pos + length); err != nil {
		return err
	}
	g := plainText(text)
	g.Column = column
	l.ErrorType = &g
	return nil
}

func (l *PatternLine) parseBrackets(s *scanner) error {
	if l.Timing != nil {
		return s.errorf("a second pair of brackets: want one")
	}
	length := strings.IndexByte(s.rest(), ']')
	if length < 0 {
		return s.errorf(`unclosed "[": want "]" after the duration`)
	}
	t, at, err := parseTiming(s.text[s.pos+1 : s.pos+length])
	if err != nil {
		return s.errorAt(s.pos+1+at, "%v", err)
	}
	l.Timing = t
	s.pos += length + 1
	return nil
}
