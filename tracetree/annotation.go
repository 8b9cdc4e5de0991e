package tracetree

import (
	"strings"
)

const annotations = `"(root)", "(orphan)", "(cycle)", "(duplicate)", "(in order)", "!error", "[duration]", "{attributes}" or "← linked span"`

// parseAnnotation reads what stands after a label, one at a time.
func (l *patternLine) parseAnnotation(s *scanner) error {
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
		if l.marks&Linked != 0 {
			return s.errorf("a second link mark: want one")
		}
		if !s.skip(linkWord) && !s.skip(linkWordASCII) {
			return s.errorf("unknown annotation: want %q or %q", linkWord, linkWordASCII)
		}
		l.marks |= Linked
		return nil
	}
	return s.errorf("unknown annotation: want %s", annotations)
}

func (l *patternLine) parseMark(s *scanner) error {
	length := closing(s.rest())
	if length < 0 {
		return s.errorf(`unclosed "(": want ")" and then a space or the end of the line`)
	}
	word := s.text[s.pos+1 : s.pos+length]
	if word == inOrderWord {
		if l.inOrder {
			return s.errorf("a second (%s): want one", inOrderWord)
		}
		l.inOrder = true
		s.pos += length + 1
		return nil
	}
	for _, m := range markWords {
		if m.word == word {
			if l.marks&m.mark != 0 {
				return s.errorf("a second (%s): want one", word)
			}
			l.marks |= m.mark
			s.pos += length + 1
			return nil
		}
	}
	return s.errorf("unknown annotation: want %s; a target stands right after the operation", annotations)
}

func (l *patternLine) parseError(s *scanner) error {
	if l.failed {
		return s.errorf("a second %s: want one", errorWord)
	}
	begin := s.pos
	if !s.skip(errorWord) {
		return s.errorf("unknown annotation: want %s", annotations)
	}
	l.failed = true
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
		l.errorType = &glob{text: text, column: column}
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
	g := plainGlob(text)
	g.column = column
	l.errorType = &g
	return nil
}

func (l *patternLine) parseBrackets(s *scanner) error {
	if l.timing != nil {
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
	l.timing = t
	s.pos += length + 1
	return nil
}
