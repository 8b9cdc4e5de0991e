package tracetree

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parseBraces parses the conditions of a line.
func (l *PatternLine) parseBraces(s *scanner) error {
	open := s.pos
	if l.Exact || l.Conditions != nil {
		return s.errorf("a second pair of braces: want one")
	}
	s.skip("{")
	s.skipSpaces()
	if s.skip("=") {
		l.Exact = true
		s.skipSpaces()
		if s.skip("}") {
			return nil
		}
	}
	for {
		c, err := parseCondition(s)
		if err != nil {
			return err
		}
		l.Conditions = append(l.Conditions, c)
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

func parseCondition(s *scanner) (Condition, error) {
	var c Condition
	begin := s.pos
	c.Column = s.column(begin)
	negated := s.skip("!")
	c.Field = s.skip("@")
	keyAt := s.pos
	key, isQuoted, err := s.quoted()
	if err != nil {
		return c, err
	}
	if !isQuoted || c.Field {
		length := strings.IndexAny(s.rest(), " =!<>~,{}\"`*│")
		if length < 0 {
			length = len(s.rest())
		}
		if length == 0 {
			return c, s.errorf("missing attribute: " +
				`want a key, key=value, key!=value, key<number, key>number, key~"regexp" or !key`)
		}
		if key, err = s.plain(s.pos + length); err != nil {
			return c, err
		}
	}
	c.Key = key
	if c.Field && !slices.Contains(fieldNames, key) {
		return c, s.errorAt(keyAt, "unknown name after @: want one of %s", strings.Join(fieldNames, ", "))
	}
	if negated {
		c.Compare = Absent
		if s.at('=') || s.at('!') || s.at('<') || s.at('>') || s.at('~') {
			return c, s.errorf(`comparison after "!%s": want "!" and a key alone, or key!=value`, key)
		}
		return c, c.checkField(s, begin)
	}
	if err := c.parseComparison(s); err != nil {
		return c, err
	}
	return c, c.checkField(s, begin)
}

func (c *Condition) parseComparison(s *scanner) error {
	switch {
	case s.skip("!="):
		c.Compare = NotEqual
	case s.skip("="):
		c.Compare = Equal
	case s.skip("<"):
		c.Compare = Below
	case s.skip(">"):
		c.Compare = Above
	case s.skip("~"):
		c.Compare = Matching
	default:
		c.Compare = ""
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
	c.Value = PatternText{Text: text}
	switch c.Compare {
	case Equal, NotEqual:
		if !isQuoted {
			c.Value = plainText(text)
		}
	case Below, Above:
		if c.number, err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(c.number) {
			return s.errorAt(begin, "%.40q is not a number: want one after < and >", text)
		}
	case Matching:
		if !isQuoted {
			return s.errorAt(begin, "unquoted regular expression: want quotes around it")
		}
		if c.expr, err = regexp.Compile(text); err != nil {
			return s.errorAt(begin, "%v", err)
		}
	}
	c.Value.Column = s.column(begin)
	return nil
}

// checkField rejects conditions that no span can meet.
func (c *Condition) checkField(s *scanner, at int) error {
	if !c.Field {
		return nil
	}
	isValue := c.Compare == Equal || c.Compare == NotEqual
	switch c.Key {
	case fieldTrace:
		if c.Compare != Equal || c.Value.Text != newTrace {
			return s.errorAt(at, "unknown use of @%s: want @%s=%s", fieldTrace, fieldTrace, newTrace)
		}
	case fieldKind:
		if isValue && !c.Value.Wild && !slices.Contains(kindNames[:], c.Value.Text) {
			return s.errorAt(at, "unknown kind: want one of %s", strings.Join(kindNames[:], ", "))
		}
	case fieldStatus:
		if isValue && !c.Value.Wild && !slices.Contains(statusNames[:], c.Value.Text) {
			return s.errorAt(at, "unknown status: want one of %s", strings.Join(statusNames[:], ", "))
		}
	}
	return nil
}

// timingComparisons are the operators of timings. "<=" comes before "<", which it begins with.
var timingComparisons = []Comparison{AtMost, AtLeast, Below, Above, Equal}

// parseTiming reads the text between brackets. If it returns an error, at is the place in the text.
func parseTiming(text string) (t *Timing, at int, err error) {
	t = &Timing{}
	rest := text
	for _, compare := range timingComparisons {
		if after, ok := strings.CutPrefix(rest, string(compare)); ok {
			t.Compare, rest = compare, after
			break
		}
	}
	if t.Compare == "" || t.Compare == Equal {
		if duration, offset, ok := strings.Cut(rest, " at "); ok {
			offset = strings.TrimLeft(offset, " ")
			plus, ok := strings.CutPrefix(offset, "+")
			if !ok {
				return nil, len(text) - len(offset), fmt.Errorf(`want "+" and a duration after "at", as in "at +3ms"`)
			}
			if t.Offset, err = parseDuration(plus); err != nil {
				return nil, len(text) - len(plus), err
			}
			t.HasOffset = true
			text, rest = text[:len(text)-len(rest)+len(duration)], duration
		}
	}
	if low, high, ok := strings.Cut(rest, ".."); ok && t.Compare == "" && !t.HasOffset {
		t.Compare = Between
		if t.High, err = parseDuration(high); err != nil {
			return nil, len(text) - len(high), err
		}
		rest = low
		if t.Low, err = parseDuration(low); err == nil && t.Low > t.High {
			err = fmt.Errorf("want the shorter duration first")
		}
		return t, 0, err
	}
	if t.Low, err = parseDuration(rest); err != nil {
		return nil, len(text) - len(rest), err
	}
	return t, 0, nil
}

func parseDuration(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || text[0] == '+' {
		return 0,
			fmt.Errorf("%.40q is not a duration: want one such as 12ms, <50ms, >=5ms, 10ms..50ms or =12ms at +3ms", text)
	}
	return d, nil
}
