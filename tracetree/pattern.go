package tracetree

import (
	"strconv"
	"strings"
	"time"
)

// Pattern is an expected forest, made by [Parse]. It can't be changed, and any number of goroutines may use it.
type Pattern struct {
	lines []patternLine // from top to bottom
}

// patternLine is a line of a pattern with its place, which is kept as in a view.
type patternLine struct {
	parent int32 // the line that this one is below, or none
	end    int32 // the line after this one's subtree
	depth  int32

	number, column int32 // where the label stands in the text, from 1

	rest     bool // "...": any further siblings, nothing else is set
	min, max int32

	actor, operation, target glob
	hasTarget                bool

	marks      Marks
	inOrder    bool
	failed     bool
	errorType  *glob
	timing     *timing
	exact      bool // the predicates name all attributes
	predicates []predicate
}

// unbounded is the upper bound of the counts + and *.
const unbounded = 1<<31 - 1

// glob is a text, or with wild a pattern in which * is any text.
type glob struct {
	text   string
	wild   bool
	column int32 // where it begins in the line, from 1
}

func (g *glob) match(s string) bool {
	if !g.wild {
		return g.text == s
	}
	first, rest, _ := strings.Cut(g.text, "*")
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

func (g *glob) append(buf []byte, quote func(string) bool) []byte {
	return appendQuoted(buf, g.text, !g.wild && quote(g.text))
}

// String returns the pattern in the notation, with everything in its usual place and without comments. Parsing it gives
// a pattern of the same meaning and the same String.
func (p *Pattern) String() string {
	var buf []byte
	for i := range p.lines {
		l := &p.lines[i]
		if i > 0 && l.parent == none {
			buf = append(buf, '\n')
		}
		buf = appendIndent(buf, l.depth)
		buf = l.appendCount(buf)
		buf = l.append(buf)
		buf = append(buf, '\n')
	}
	return string(buf)
}

func (l *patternLine) appendCount(buf []byte) []byte {
	if l.rest || l.min == 1 && l.max == 1 && !l.looksCounted() {
		return buf
	}
	buf = append(buf, l.countText()...)
	return append(buf, ' ')
}

// looksCounted reports whether the actor would be read as a count, or as no line at all, if no count stood before it. Other
// actors are quoted then, but quotes would make the * of a wild one literal.
func (l *patternLine) looksCounted() bool {
	s := l.actor.text
	if !l.actor.wild {
		return false
	}
	_, _, rest, err := cutCount(s)
	return err != nil || rest != s || strings.HasPrefix(s, anySiblings) || strings.HasPrefix(s, noteMark)
}

// countText returns the count without the space after it, "1x" included.
func (l *patternLine) countText() string {
	var buf []byte
	switch {
	case l.min == 0 && l.max == 1:
		buf = append(buf, '?')
	case l.min == 1 && l.max == unbounded:
		buf = append(buf, '+')
	case l.min == 0 && l.max == unbounded:
		buf = append(buf, '*')
	default:
		buf = strconv.AppendInt(buf, int64(l.min), 10)
		if l.max != l.min {
			buf = append(buf, ".."...)
			buf = strconv.AppendInt(buf, int64(l.max), 10)
		}
	}
	return string(append(buf, 'x'))
}

// append adds the line without indentation and count. Lines that mean the same have the same text.
func (l *patternLine) append(buf []byte) []byte {
	if l.rest {
		return append(buf, anySiblings...)
	}
	buf = appendLabel(buf, &l.actor, &l.operation, &l.target, l.hasTarget)
	buf = appendMarks(buf, l.marks)
	if l.inOrder {
		buf = append(buf, " ("+inOrderWord+")"...)
	}
	if l.failed {
		buf = append(buf, " "+errorWord...)
		if l.errorType != nil {
			buf = append(buf, '=')
			buf = l.errorType.append(buf, quoteWord)
		}
	}
	if l.timing != nil {
		buf = append(buf, " ["...)
		buf = l.timing.append(buf)
		buf = append(buf, ']')
	}
	buf = l.appendPredicates(buf)
	return appendLink(buf, l.marks)
}

func appendLabel(buf []byte, actor, operation, target *glob, hasTarget bool) []byte {
	buf = actor.append(buf, quoteActor)
	buf = append(buf, ": "...)
	buf = operation.append(buf, quoteOperation)
	if hasTarget {
		buf = append(buf, " ("...)
		buf = target.append(buf, quoteTarget)
		buf = append(buf, ')')
	}
	return buf
}

func (l *patternLine) appendPredicates(buf []byte) []byte {
	if !l.exact && len(l.predicates) == 0 {
		return buf
	}
	buf = append(buf, " {"...)
	if l.exact {
		buf = append(buf, '=')
		if len(l.predicates) > 0 {
			buf = append(buf, ' ')
		}
	}
	for i := range l.predicates {
		if i > 0 {
			buf = append(buf, ", "...)
		}
		buf = l.predicates[i].append(buf)
	}
	return append(buf, '}')
}

// children returns the lines one level below a line, or the tops for none.
func (p *Pattern) children(line int32) func(yield func(int32) bool) {
	at, end := int32(0), int32(len(p.lines))
	if line != none {
		at, end = line+1, p.lines[line].end
	}
	return func(yield func(int32) bool) {
		for ; at < end; at = p.lines[at].end {
			if !yield(at) {
				return
			}
		}
	}
}

// PatternLine is one line of a [Pattern], for programs that do something else with an expectation than match it: play
// it, explain it, ask for it. All that the line says is in it; what it doesn't say is the zero value.
type PatternLine struct {
	Line, Column int // where the label, or "...", stands in the text that was parsed, from 1; the column counts characters
	Depth        int // levels of indentation

	Rest     bool // "...": any further siblings; nothing below is set then
	Min, Max int  // how many there are of the subtree; Max is Unbounded when nothing bounds it

	Actor, Operation PatternText
	Target           PatternText // its text is empty when there is none

	Marks      Marks
	InOrder    bool         // the spans below start in the order of the lines
	Failed     bool         // !error
	ErrorType  *PatternText // nil when it isn't stated
	Timing     *Timing      // nil when there are no brackets
	Exact      bool         // the conditions name every attribute there is
	Conditions []Condition  // what stands in braces
}

// Unbounded is the Max of a line whose count has no upper bound.
const Unbounded = unbounded

// PatternText is a part of a line.
type PatternText struct {
	Text   string // unquoted
	Wild   bool   // every * in Text is any text
	Column int    // where it begins in the line, from 1, in characters
}

// Comparison says how a [Condition] or a [Timing] compares, as the notation spells it.
type Comparison string

// The comparisons.
const (
	NotCompared Comparison = ""   // a condition: there is such a value; a timing: a note
	Absent      Comparison = "!"  // there is no such value
	Equal       Comparison = "="  // conditions compare text
	NotEqual    Comparison = "!=" // there is such a value, and it is another
	Below       Comparison = "<"
	AtMost      Comparison = "<=" // timings only
	Above       Comparison = ">"
	AtLeast     Comparison = ">=" // timings only
	Between     Comparison = ".." // timings only
	Matching    Comparison = "~"  // conditions only: a regular expression
)

// Condition is what a line wants of one attribute, or of the span itself.
type Condition struct {
	Column  int    // where it begins in the line, from 1, in characters
	Field   bool   // Key is what stands after @
	Key     string // "http.route", or "kind"
	Compare Comparison
	Value   PatternText // the text, the number or the regular expression

	predicate *predicate
}

// Holds reports whether a value with this text fulfils the condition. Where there is no value at all, only a condition
// whose Compare is [Absent] is fulfilled, and that one by nothing else.
func (c *Condition) Holds(text string) bool {
	switch c.Compare {
	case NotCompared:
		return true
	case Absent:
		return false
	default:
		return c.predicate.holds(text)
	}
}

// Timing is what stands in brackets: a duration, and when the span starts.
type Timing struct {
	Compare   Comparison
	Low, High time.Duration // High is set with Between only
	Offset    time.Duration // from the start of the span above, if HasOffset
	HasOffset bool
}

// Lines returns the lines of the pattern from top to bottom. The slice is the caller's.
func (p *Pattern) Lines() []PatternLine {
	lines := make([]PatternLine, len(p.lines))
	for i := range p.lines {
		lines[i] = p.lines[i].export()
	}
	return lines
}

func (l *patternLine) export() PatternLine {
	if l.rest {
		return PatternLine{Line: int(l.number), Column: int(l.column), Depth: int(l.depth), Rest: true}
	}
	e := PatternLine{
		Line:      int(l.number),
		Column:    int(l.column),
		Depth:     int(l.depth),
		Min:       int(l.min),
		Max:       int(l.max),
		Actor:     l.actor.export(),
		Operation: l.operation.export(),
		Target:    l.target.export(),
		Marks:     l.marks,
		InOrder:   l.inOrder,
		Failed:    l.failed,
		Exact:     l.exact,
	}
	if l.errorType != nil {
		text := l.errorType.export()
		e.ErrorType = &text
	}
	if l.timing != nil {
		e.Timing = l.timing.export()
	}
	for i := range l.predicates {
		e.Conditions = append(e.Conditions, l.predicates[i].export())
	}
	return e
}

func (g *glob) export() PatternText {
	return PatternText{Text: g.text, Wild: g.wild, Column: int(g.column)}
}

var timingComparisons = [...]Comparison{
	timingNote: NotCompared, timingEqual: Equal, timingBelow: Below, timingAtMost: AtMost,
	timingAbove: Above, timingAtLeast: AtLeast, timingRange: Between,
}

func (t *timing) export() *Timing {
	return &Timing{
		Compare: timingComparisons[t.form], Low: t.low, High: t.high, Offset: t.offset, HasOffset: t.hasOffset,
	}
}

var predicateComparisons = [...]Comparison{
	opPresent: NotCompared, opAbsent: Absent, opEqual: Equal, opNotEqual: NotEqual,
	opBelow: Below, opAbove: Above, opMatch: Matching,
}

func (p *predicate) export() Condition {
	return Condition{
		Column: int(p.column), Field: p.field, Key: p.key, Compare: predicateComparisons[p.op], Value: p.value.export(), predicate: p,
	}
}

// Label returns the label as the notation prints it. Without a * in it, it is what [Label] returns of the spans that
// the line stands for.
func (l *PatternLine) Label() string {
	if l.Rest {
		return anySiblings
	}
	actor, operation := glob{text: l.Actor.Text, wild: l.Actor.Wild}, glob{text: l.Operation.Text, wild: l.Operation.Wild}
	target := glob{text: l.Target.Text, wild: l.Target.Wild}
	return string(appendLabel(nil, &actor, &operation, &target, target.text != ""))
}
