package tracetree

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pattern is an expected forest, as [Parse] returns it. It is immutable; any number of goroutines
// may use it.
type Pattern struct {
	lines []PatternLine // from top to bottom
	above []int32       // of each line, the one that it is below, or none
	end   []int32       // of each line, the line after its subtree
}

// Lines returns a copy of the pattern's lines, from top to bottom.
func (p *Pattern) Lines() []PatternLine {
	lines := slices.Clone(p.lines)
	for i := range lines {
		l := &lines[i]
		l.ErrorType = clone(l.ErrorType)
		l.Timing = clone(l.Timing)
		l.Conditions = slices.Clone(l.Conditions)
	}
	return lines
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	copied := *p
	return &copied
}

// PatternLine is the syntax tree of one line of a [Pattern]. Programs use it to do something else
// with an expectation than match it: play it, grade it. A field that the line does not set has the
// zero value.
type PatternLine struct {
	Line, Column int // the place of the label, or of "...", in the parsed text, from 1; columns count characters
	Depth        int // levels of indentation

	Rest     bool // "...": any further siblings; the fields below are zero then
	Deep     bool // "... label": the subtree occurs at any depth below the line above; siblings as with Rest
	Min, Max int  // how often the subtree occurs; Max is math.MaxInt32 without an upper bound, and 0 only if Deep

	Actor, Operation PatternText
	Target           PatternText // Text is empty if the label has no target

	Marks      Marks
	InOrder    bool         // (in order): the spans below start in the order of the lines
	Failed     bool         // !error
	ErrorType  *PatternText // the type in !error=type, or nil
	Timing     *Timing      // nil without brackets
	Exact      bool         // {= …}: the conditions name every attribute of the span
	Conditions []Condition  // in the order of the text
}

// unbounded is the Max of a line whose count has no upper bound.
const unbounded = math.MaxInt32

// PatternText is one part of a line.
type PatternText struct {
	Text   string // unquoted
	Wild   bool   // every * in Text matches any text
	Column int    // where the part begins in the line, from 1, in characters
}

// Timing is the content of brackets: a duration, and the start of the span.
type Timing struct {
	Compare   Comparison
	Low, High time.Duration // High is set with Between only
	Offset    time.Duration // from the start of the span above, if HasOffset
	HasOffset bool
}

// Condition is one condition in braces, on an attribute or on the span itself. [Parse] makes them.
type Condition struct {
	Column  int    // where it begins in the line, from 1, in characters
	Field   bool   // Key is the name after @
	Key     string // such as "http.route" or "kind"
	Compare Comparison
	Value   PatternText // the text, the number or the regular expression

	number float64        // the value with Below and Above
	expr   *regexp.Regexp // the value with Matching
}

// Comparison is the operator of a [Condition] or a [Timing], as the notation spells it. It is empty
// for a condition that any value meets, and for a timing that is a note.
type Comparison string

// The comparisons.
const (
	Absent   Comparison = "!"  // no such value
	Equal    Comparison = "="  // conditions compare text
	NotEqual Comparison = "!=" // a value, and a different one
	Below    Comparison = "<"
	AtMost   Comparison = "<=" // timings only
	Above    Comparison = ">"
	AtLeast  Comparison = ">=" // timings only
	Between  Comparison = ".." // timings only
	Matching Comparison = "~"  // conditions only: a regular expression
)

// match reports whether s is the text, or matches it if it is wild.
func (t *PatternText) match(s string) bool {
	if !t.Wild {
		return t.Text == s
	}
	first, rest, _ := strings.Cut(t.Text, "*")
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for {
		part, more, found := strings.Cut(rest, "*")
		if !found {
			return strings.HasSuffix(s, part)
		}
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s, rest = s[at+len(part):], more
	}
}

// isWild reports whether a part of the label contains a *.
func (l *PatternLine) isWild() bool { return l.Actor.Wild || l.Operation.Wild || l.Target.Wild }

// label returns the label of a line that is not wild.
func (l *PatternLine) label() label { return label{l.Actor.Text, l.Operation.Text, l.Target.Text} }

// String returns the pattern in the notation, in its usual form and without comments. Parsing the
// result yields a pattern with the same meaning and the same String.
func (p *Pattern) String() string {
	var buf []byte
	for i := range p.lines {
		l := &p.lines[i]
		if i > 0 && p.above[i] == none {
			buf = append(buf, '\n')
		}
		buf = appendIndent(buf, l.Depth)
		buf = l.appendCount(buf)
		buf = l.append(buf)
		buf = append(buf, '\n')
	}
	return string(buf)
}

// appendCount adds what comes before the label: the dots of a deep line, and the count.
func (l *PatternLine) appendCount(buf []byte) []byte {
	if l.Deep {
		buf = append(buf, anySiblings+" "...)
	}
	if l.Rest || l.Min == 1 && l.Max == 1 && !l.looksCounted() {
		return buf
	}
	buf = append(buf, l.countText()...)
	return append(buf, ' ')
}

// looksCounted reports whether the actor would be read as a count, or not as a line at all, without
// a count before it. Other actors are quoted then, but quotes would make the * of a wild one
// literal.
func (l *PatternLine) looksCounted() bool {
	s := l.Actor.Text
	if !l.Actor.Wild {
		return false
	}
	_, _, rest, err := cutCount(s)
	return err != nil || rest != s || strings.HasPrefix(s, anySiblings) || strings.HasPrefix(s, noteMark) ||
		levelLength(s) > 0
}

// countText returns the count without the space after it, "1x" included.
func (l *PatternLine) countText() string {
	var buf []byte
	switch {
	case l.Min == 0 && l.Max == 1:
		buf = append(buf, '?')
	case l.Min == 1 && l.Max == unbounded:
		buf = append(buf, '+')
	case l.Min == 0 && l.Max == unbounded:
		buf = append(buf, '*')
	default:
		buf = strconv.AppendInt(buf, int64(l.Min), 10)
		if l.Max != l.Min {
			buf = append(buf, ".."...)
			buf = strconv.AppendInt(buf, int64(l.Max), 10)
		}
	}
	return string(append(buf, 'x'))
}

// append adds the line without indentation, dots and count. Lines with the same meaning have the
// same text.
func (l *PatternLine) append(buf []byte) []byte {
	if l.Rest {
		return append(buf, anySiblings...)
	}
	buf = l.appendLabel(buf)
	buf = appendMarks(buf, l.Marks)
	if l.InOrder {
		buf = append(buf, " ("+inOrderWord+")"...)
	}
	if l.Failed {
		buf = append(buf, " "+errorWord...)
		if l.ErrorType != nil {
			buf = append(buf, '=')
			buf = l.ErrorType.append(buf, quoteWord)
		}
	}
	if l.Timing != nil {
		buf = append(buf, " ["...)
		buf = l.Timing.append(buf)
		buf = append(buf, ']')
	}
	buf = l.appendConditions(buf)
	return appendLink(buf, l.Marks)
}

// Label returns the label as the notation prints it. For a label without * it equals the [Label] of
// every span that the line matches.
func (l *PatternLine) Label() string {
	if l.Rest {
		return anySiblings
	}
	return string(l.appendLabel(nil))
}

func (l *PatternLine) appendLabel(buf []byte) []byte {
	buf = l.Actor.append(buf, quoteActor)
	buf = append(buf, ": "...)
	buf = l.Operation.append(buf, quoteOperation)
	if l.Target.Text != "" {
		buf = append(buf, " ("...)
		buf = l.Target.append(buf, quoteTarget)
		buf = append(buf, ')')
	}
	return buf
}

func (t *PatternText) append(buf []byte, quote func(string) bool) []byte {
	return appendQuoted(buf, t.Text, !t.Wild && quote(t.Text))
}

func (l *PatternLine) appendConditions(buf []byte) []byte {
	if !l.Exact && len(l.Conditions) == 0 {
		return buf
	}
	buf = append(buf, " {"...)
	if l.Exact {
		buf = append(buf, '=')
		if len(l.Conditions) > 0 {
			buf = append(buf, ' ')
		}
	}
	for i := range l.Conditions {
		if i > 0 {
			buf = append(buf, ", "...)
		}
		buf = l.Conditions[i].append(buf)
	}
	return append(buf, '}')
}

// append adds the condition in the notation.
func (c *Condition) append(buf []byte) []byte {
	if c.Compare == Absent {
		buf = append(buf, '!')
	}
	buf = c.appendKey(buf)
	if c.Compare == Absent {
		return buf
	}
	buf = append(buf, c.Compare...)
	switch c.Compare {
	case Equal, NotEqual:
		buf = c.Value.append(buf, quoteValue)
	case Below, Above:
		buf = strconv.AppendFloat(buf, c.number, 'g', -1, 64)
	case Matching:
		buf = strconv.AppendQuote(buf, c.Value.Text)
	}
	return buf
}

func (c *Condition) appendKey(buf []byte) []byte {
	if c.Field {
		return append(append(buf, '@'), c.Key...)
	}
	return appendQuoted(buf, c.Key, quoteKey(c.Key))
}

// append adds the timing in the notation, without the brackets.
func (t *Timing) append(buf []byte) []byte {
	if t.Compare == Between {
		return append(buf, t.Low.String()+".."+t.High.String()...)
	}
	buf = append(buf, t.Compare...)
	buf = append(buf, t.Low.String()...)
	if t.HasOffset {
		buf = append(buf, " at +"+t.Offset.String()...)
	}
	return buf
}

// children returns the lines one level below a line, or the tops for none.
func (p *Pattern) children(line int32) func(yield func(int32) bool) {
	at, end := int32(0), int32(len(p.lines))
	if line != none {
		at, end = line+1, p.end[line]
	}
	return func(yield func(int32) bool) {
		for ; at < end; at = p.end[at] {
			if !yield(at) {
				return
			}
		}
	}
}
