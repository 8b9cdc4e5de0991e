package tracetree

import (
	"strings"
)

// parseLine reads a line after its indentation.
func parseLine(s *scanner) (patternLine, error) {
	l := patternLine{min: 1, max: 1, number: int32(s.line), column: s.column(s.pos)}
	if s.skip(anySiblings) {
		more, err := s.next()
		if more {
			err = s.errorf(`unexpected text after "...": want a line of its own`)
		}
		l.rest = true
		return l, err
	}
	low, high, rest, err := cutCount(s.rest())
	if err != nil {
		return l, s.errorf("%v", err)
	}
	l.min, l.max = low, high
	s.pos = len(s.text) - len(rest)
	s.skipSpaces()
	l.column = s.column(s.pos)
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

func (l *patternLine) parseLabel(s *scanner) error {
	const form = `want a label, as in "actor: operation (target)"`
	begin := s.pos
	text, isQuoted, err := s.quoted()
	switch {
	case err != nil:
		return err
	case isQuoted:
		l.actor = glob{text: text}
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
		l.actor = plainGlob(text)
	}
	l.actor.column = l.column
	if !s.skip(": ") {
		return s.errorf("missing %q after the actor: %s", ": ", form)
	}
	s.skipSpaces()
	begin = s.pos
	if text, isQuoted, err = s.quoted(); err != nil {
		return err
	}
	l.operation = glob{text: text}
	if !isQuoted {
		if s.atEnd() || strings.ContainsRune("({[!#", rune(s.text[s.pos])) ||
			strings.HasPrefix(s.rest(), "←") || strings.HasPrefix(s.rest(), "<-") || strings.HasPrefix(s.rest(), drawingMark) {
			return s.errorAt(begin, "missing operation: %s", form)
		}
		if text, err = s.plain(s.partEnd()); err != nil {
			return err
		}
		l.operation = plainGlob(text)
	}
	l.operation.column = s.column(begin)
	return l.parseTarget(s)
}

// parseTarget reads a target, where the parentheses after the operation hold one and not an annotation.
func (l *patternLine) parseTarget(s *scanner) error {
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
		l.hasTarget, l.target = true, glob{text: text, column: column}
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
	l.hasTarget, l.target = true, plainGlob(text)
	l.target.column = column
	return nil
}

// closing returns where the parenthesis is closed: by one that ends a word.
func closing(text string) int {
	for i := range len(text) {
		if text[i] == ')' && (i+1 == len(text) || text[i+1] == ' ') {
			return i
		}
	}
	return -1
}
