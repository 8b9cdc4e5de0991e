package tracetree

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// parseBraces reads the attributes of a line.
func (l *patternLine) parseBraces(s *scanner) error {
	open := s.pos
	if l.exact || l.predicates != nil {
		return s.errorf("a second pair of braces: want one")
	}
	s.skip("{")
	s.skipSpaces()
	if s.skip("=") {
		l.exact = true
		s.skipSpaces()
		if s.skip("}") {
			return nil
		}
	}
	for {
		p, err := parsePredicate(s)
		if err != nil {
			return err
		}
		l.predicates = append(l.predicates, p)
		s.skipSpaces()
		switch {
		case s.skip("}"):
			return nil
		case s.skip(","):
			s.skipSpaces()
		case s.atEnd():
			return s.errorAt(open, `unclosed "{": want "}" after the attributes`)
		default:
			return s.errorf(`unexpected text after an attribute: want "," or "}"`)
		}
		if s.atEnd() {
			return s.errorAt(open, `unclosed "{": want "}" after the attributes`)
		}
	}
}

func parsePredicate(s *scanner) (predicate, error) {
	var p predicate
	begin := s.pos
	p.column = s.column(begin)
	negated := s.skip("!")
	p.field = s.skip("@")
	keyAt := s.pos
	key, isQuoted, err := s.quoted()
	if err != nil {
		return p, err
	}
	if !isQuoted || p.field {
		length := strings.IndexAny(s.rest(), " =!<>~,{}\"`*│")
		if length < 0 {
			length = len(s.rest())
		}
		if length == 0 {
			return p, s.errorf("missing attribute: want a key, key=value, key!=value, key<number, key>number, key~\"regexp\" or !key")
		}
		if key, err = s.plain(s.pos + length); err != nil {
			return p, err
		}
	}
	p.key = key
	if p.field && !slices.Contains(fieldNames, key) {
		return p, s.errorAt(keyAt, "unknown name after @: want one of %s", strings.Join(fieldNames, ", "))
	}
	if negated {
		p.op = opAbsent
		if s.at('=') || s.at('!') || s.at('<') || s.at('>') || s.at('~') {
			return p, s.errorf(`comparison after "!%s": want "!" and a key alone, or key!=value`, key)
		}
		return p, p.checkField(s, begin)
	}
	if err := p.parseComparison(s); err != nil {
		return p, err
	}
	return p, p.checkField(s, begin)
}

func (p *predicate) parseComparison(s *scanner) error {
	switch {
	case s.skip("!="):
		p.op = opNotEqual
	case s.skip("="):
		p.op = opEqual
	case s.skip("<"):
		p.op = opBelow
	case s.skip(">"):
		p.op = opAbove
	case s.skip("~"):
		p.op = opMatch
	default:
		p.op = opPresent
		return nil
	}
	begin := s.pos
	text, isQuoted, err := s.quoted()
	if err != nil {
		return err
	}
	if !isQuoted {
		length := strings.IndexAny(s.rest(), ",}\"")
		if length < 0 {
			length = len(s.rest())
		}
		end := s.pos + len(strings.TrimRight(s.rest()[:length], " "))
		if end == s.pos {
			return s.errorf(`missing value: want text, "" for the empty one`)
		}
		if text, err = s.plain(end); err != nil {
			return err
		}
	}
	p.value = glob{text: text}
	switch p.op {
	case opEqual, opNotEqual:
		if !isQuoted {
			p.value = plainGlob(text)
		}
	case opBelow, opAbove:
		if p.number, err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(p.number) {
			return s.errorAt(begin, "%.40q is no number: want one after < and >", text)
		}
	case opMatch:
		if !isQuoted {
			return s.errorAt(begin, "unquoted regular expression: want quotes around it")
		}
		if p.expr, err = regexp.Compile(text); err != nil {
			return s.errorAt(begin, "%v", err)
		}
	}
	p.value.column = s.column(begin)
	return nil
}

// checkField refuses what no span could ever fulfil.
func (p *predicate) checkField(s *scanner, at int) error {
	if !p.field {
		return nil
	}
	isValue := p.op == opEqual || p.op == opNotEqual
	switch p.key {
	case fieldTrace:
		if p.op != opEqual || p.value.text != newTrace {
			return s.errorAt(at, "unknown use of @%s: want @%s=%s", fieldTrace, fieldTrace, newTrace)
		}
	case fieldKind:
		if isValue && !p.value.wild && !slices.Contains(kindNames[:], p.value.text) {
			return s.errorAt(at, "unknown kind: want one of %s", strings.Join(kindNames[:], ", "))
		}
	case fieldStatus:
		if isValue && !p.value.wild && !slices.Contains(statusNames[:], p.value.text) {
			return s.errorAt(at, "unknown status: want one of %s", strings.Join(statusNames[:], ", "))
		}
	}
	return nil
}
