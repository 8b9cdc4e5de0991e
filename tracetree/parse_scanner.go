package tracetree

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// drawingMark begins the drawing of a waterfall next to a line.
const drawingMark = "│"

// scanner scans one line from left to right.
type scanner struct {
	text string
	pos  int // in bytes
	line int // from 1
}

func (s *scanner) rest() string { return s.text[s.pos:] }

func (s *scanner) at(c byte) bool { return s.pos < len(s.text) && s.text[s.pos] == c }

// atEnd reports whether the whole line is scanned.
func (s *scanner) atEnd() bool { return s.pos == len(s.text) }

func (s *scanner) errorf(format string, args ...any) error { return s.errorAt(s.pos, format, args...) }

func (s *scanner) errorAt(pos int, format string, args ...any) error {
	return &ParseError{
		Line:    s.line,
		Column:  s.column(pos),
		Text:    s.text,
		Message: fmt.Sprintf(format, args...),
	}
}

// column returns the column at pos, from 1, in characters.
func (s *scanner) column(pos int) int { return utf8.RuneCountInString(s.text[:pos]) + 1 }

func (s *scanner) skipSpaces() int {
	begin := s.pos
	for s.skip(spaces) {
	}
	for s.at(' ') {
		s.pos++
	}
	return s.pos - begin
}

// levelLength returns the length of the level at the start of a text, as in "65> ", or 0.
func levelLength(text string) int {
	digits := 0
	for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
		digits++
	}
	if digits == 0 || !strings.HasPrefix(text[digits:], levelMark) {
		return 0
	}
	return digits + len(levelMark)
}

// skipLevel scans the level before a deep line, and reports whether there is one. A number that is
// too large counts as the largest.
func (s *scanner) skipLevel() (level int, ok bool) {
	length := levelLength(s.rest())
	if length == 0 {
		return 0, false
	}
	level, err := strconv.Atoi(s.rest()[:length-len(levelMark)])
	if err != nil {
		level = math.MaxInt
	}
	s.pos += length
	return level, true
}

// skip skips the prefix, and reports whether it was present.
func (s *scanner) skip(prefix string) bool {
	if !strings.HasPrefix(s.rest(), prefix) {
		return false
	}
	s.pos += len(prefix)
	return true
}

// endOfWord reports whether a word can end here: before a space, or at the end of the line.
func (s *scanner) endOfWord() bool { return s.atEnd() || s.at(' ') }

// next moves to the next annotation, and reports whether there is one. Comments and drawings end
// the line.
func (s *scanner) next() (bool, error) {
	if !s.endOfWord() {
		return false, s.errorf("unexpected text: want a space before it, or the end of the line")
	}
	spaces := s.skipSpaces()
	switch {
	case s.atEnd() || strings.HasPrefix(s.rest(), drawingMark):
		return false, nil
	case s.at('#'):
		if spaces < 2 {
			return false, s.errorf("comment after one space: want two spaces before #")
		}
		return false, nil
	case s.at('\t'):
		return false, s.errorf("tab: want spaces")
	}
	return true, nil
}

// quoted scans quoted text, and reports whether there is any.
func (s *scanner) quoted() (string, bool, error) {
	if !s.at('"') && !s.at('`') {
		return "", false, nil
	}
	prefix, err := strconv.QuotedPrefix(s.rest())
	if err != nil {
		return "", false, s.errorf("invalid quoted text: want Go syntax, with %c at its end", s.text[s.pos])
	}
	unquoted, err := strconv.Unquote(prefix)
	if err != nil {
		return "", false, s.errorf("invalid quoted text: want Go syntax")
	}
	s.pos += len(prefix)
	return unquoted, true, nil
}

// plain scans the text up to end, which must be printable.
func (s *scanner) plain(end int) (string, error) {
	part := s.text[s.pos:end]
	for i, r := range part {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(part[i:]); size == 1 {
				return "", s.errorAt(s.pos+i, "invalid UTF-8: want quoted text, as in \"\\xff\"")
			}
		}
		if r == '\t' {
			return "", s.errorAt(s.pos+i, "tab: want spaces, or quoted text with \\t")
		}
		if !strconv.IsPrint(r) {
			return "", s.errorAt(s.pos+i, "unprintable character %U: want quoted text", r)
		}
	}
	s.pos = end
	return part, nil
}

// plainText returns the part for text that was not quoted.
func plainText(text string) PatternText {
	return PatternText{Text: text, Wild: strings.Contains(text, "*")}
}

// partEnd returns the end of a plain part of a label: it is before spaces that are followed by an
// annotation, a target, a comment, a drawing or the end of the line.
func (s *scanner) partEnd() int {
	for i := s.pos; i < len(s.text); i++ {
		if s.text[i] != ' ' {
			continue
		}
		begin := i
		for i < len(s.text) && s.text[i] == ' ' {
			i++
		}
		after := s.text[i:]
		switch {
		case after == "",
			strings.ContainsRune("({[!", rune(after[0])),
			after[0] == '#' && i-begin >= 2,
			strings.HasPrefix(after, "←"), strings.HasPrefix(after, "<-"), strings.HasPrefix(after, drawingMark):
			return begin
		}
	}
	return len(s.text)
}

// cutCount removes the count from the start of a line. Without a count, low and high are 1 and rest
// is the text.
func cutCount(text string) (low, high int, rest string, err error) {
	if len(text) >= 3 && text[1:3] == "x " {
		switch text[0] {
		case '?':
			return 0, 1, text[3:], nil
		case '+':
			return 1, unbounded, text[3:], nil
		case '*':
			return 0, unbounded, text[3:], nil
		}
	}
	word, rest, ok := strings.Cut(text, " ")
	number, isCount := strings.CutSuffix(word, "x")
	if !ok || !isCount {
		return 1, 1, text, nil
	}
	from, to, isRange := strings.Cut(number, "..")
	if !isDigits(from) || isRange && !isDigits(to) {
		return 1, 1, text, nil
	}
	if !isRange {
		to = from
	}
	a, errA := strconv.ParseInt(from, 10, 32)
	b, errB := strconv.ParseInt(to, 10, 32)
	switch {
	case errA != nil || errB != nil || b == unbounded:
		return 0, 0, "", fmt.Errorf("count %.40q is too large: want at most %d", word, unbounded-1)
	case a > b:
		return 0, 0, "", fmt.Errorf("count %.40q: want the smaller number first", word)
	}
	return int(a), int(b), rest, nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
