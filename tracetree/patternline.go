package tracetree

import "time"

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
