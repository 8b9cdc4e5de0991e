package tracetree

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// plainClasses numbers the subtrees that are compared by equality alone: those of the pattern without "*", conditions,
// ranges, order and "...", and those of the view that could be such a one. Equal subtrees have equal numbers on both
// sides, so the many traces that a pattern made by Format has need not be compared each with each.
type plainClasses map[string]int32

// number returns the number of a subtree with this line and these numbers below it.
func (p plainClasses) number(line int32, below []run) int32 {
	slices.SortFunc(below, func(a, b run) int { return cmp.Compare(a.class, b.class) })
	key := binary.AppendUvarint(nil, uint64(line))
	for _, r := range mergeRuns(below) {
		key = binary.AppendUvarint(key, uint64(r.class))
		key = binary.AppendUvarint(key, uint64(r.count))
	}
	number, ok := p[string(key)]
	if !ok {
		number = int32(len(p))
		p[string(key)] = number
	}
	return number
}

// plain reports whether the line accepts exactly the spans of one shape.
func (l *patternLine) plain() bool {
	return !l.rest && !l.actor.wild && !l.operation.wild && !l.target.wild && !l.inOrder &&
		l.errorType == nil && l.timing == nil && !l.exact && len(l.predicates) == 0
}

// plainPattern returns the number of a subtree of the pattern, or none.
func (m *matcher) plainPattern(line int32, b *block) int32 {
	if !m.pattern.lines[line].plain() || b.rest {
		return none
	}
	var below []run
	for _, it := range b.items {
		number := m.patternPlain[it.class]
		if number == none || it.min != it.max {
			return none
		}
		below = append(below, run{number, it.min})
	}
	return m.plain.number(m.lines[line], below)
}

// plainView returns the number of a subtree of the view, or none where no plain line of the pattern accepts a span.
func (m *matcher) plainView(signature int32, runs []run) int32 {
	line := m.plainLine[signature]
	if line == none {
		return none
	}
	var below []run
	for _, r := range runs {
		number := m.viewPlain[r.class]
		if number == none {
			return none
		}
		below = append(below, run{number, r.count})
	}
	return m.plain.number(line, below)
}
