package tracetree

import (
	"strconv"
	"strings"
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
