package tracetree

// Match compares the forest with the pattern, in the view that the options select. It returns nil
// if the forest matches, and otherwise a report of the differences.
//
// The shape must be equal: a line has "!error" if and only if the span's status is ERROR, and the
// same applies to the marks. Attributes, durations and order are compared only where the pattern
// specifies them. Siblings match in any order: if there is an assignment of spans to lines that
// matches, it is found. Every span needs its own line, unless "..." is one of the siblings.
func (p *Pattern) Match(f *Forest, opts ...Option) *Report {
	m := newMatcher(p, newView(f, opts), has(opts, Any))
	if m.matches(&m.tops, m.topRuns) {
		return nil
	}
	return m.report()
}

// matcher compares one pattern with one view. It first merges equal lines, and then equal subtrees,
// into classes, so that many equal siblings are compared once and counted.
type matcher struct {
	pattern *Pattern
	view    *view

	lines      []int32   // of each line of the pattern, its id; lines of the same text have one id
	signatures []int32   // of each line of the view, its signature; lines accepted by the same lines share one
	accepting  [][]int32 // of each signature, the ids of the lines that accept such a span, ascending

	patternClass []int32 // of each line of the pattern; none for "..."
	viewClass    []int32 // of each line of the view
	blocks       []block // of each class of the pattern, what is below it
	blockLine    []int32 // of each class of the pattern, the id of its line
	runs         [][]run // of each class of the view, what is below it
	runSignature []int32 // of each class of the view, the signature of its line

	plain        plainClasses
	plainLine    []int32 // of each signature, the id of the plain line that accepts such a span, or none
	patternPlain []int32 // of each class of the pattern, its plain number, or none
	viewPlain    []int32 // of each class of the view, its plain number, or none

	tops    block
	topRuns []run
	known   map[classPair]bool

	deepCounts map[classPair]int64 // of each pair, the subtrees of the view's class that match, itself included
}

// classPair is a class of the pattern and one of the view.
type classPair struct{ pattern, view int32 }

// block is what a pattern expects one level below a line.
type block struct {
	items   []item
	deep    []item // expected at any depth
	rest    bool   // further siblings are allowed
	ordered bool   // the items, "..." among them, are in the order of time
}

// item is a class of subtrees and the number of them that is expected. In an ordered block the
// class none is "...".
type item struct{ class, min, max int32 }

// run is a class of sibling subtrees and their number.
type run struct{ class, count int32 }

func newMatcher(p *Pattern, v *view, anyTree bool) *matcher {
	m := &matcher{
		pattern: p, view: v, known: make(map[classPair]bool), deepCounts: make(map[classPair]int64),
		plain: make(plainClasses),
	}
	m.signLines()
	ordered := m.classifyPattern()
	m.classifyView(ordered)
	m.tops.rest = m.tops.rest || anyTree
	return m
}

// matchesClass reports whether a subtree of the view matches a subtree of the pattern. It descends
// no further than the pattern.
func (m *matcher) matchesClass(pattern, view int32) bool {
	if plain := m.patternPlain[pattern]; plain != none {
		return plain == m.viewPlain[view]
	}
	if !m.accepts(pattern, view) {
		return false
	}
	b, runs := &m.blocks[pattern], m.runs[view]
	if len(b.items) == 0 && len(b.deep) == 0 {
		return len(runs) == 0 || b.rest
	}
	pair := classPair{pattern, view}
	matches, ok := m.known[pair]
	if !ok {
		matches = m.matches(b, runs)
		m.known[pair] = matches
	}
	return matches
}

func (m *matcher) matches(b *block, runs []run) bool {
	for _, d := range b.deep {
		if n := m.countDeep(d.class, runs); n < int64(d.min) || n > int64(d.max) {
			return false
		}
	}
	if b.ordered {
		return m.matchesInOrder(b, runs)
	}
	if !fits(b, runs) {
		return false
	}
	_, complete := m.assign(b, runs)
	return complete
}

// countDeep returns how many subtrees at any depth below a line of the view match a class of the
// pattern; runs are its children. They may overlap.
func (m *matcher) countDeep(pattern int32, runs []run) int64 {
	var n int64
	for _, r := range runs {
		pair := classPair{pattern, r.class}
		below, ok := m.deepCounts[pair]
		if !ok {
			below = m.countDeep(pattern, m.runs[r.class])
			if m.matchesClass(pattern, r.class) {
				below++
			}
			m.deepCounts[pair] = below
		}
		n += int64(r.count) * below
	}
	return n
}

// fits compares only the numbers of subtrees.
func fits(b *block, runs []run) bool {
	var low, high, count int64
	for _, i := range b.items {
		low += int64(i.min)
		high += int64(i.max)
	}
	for _, r := range runs {
		count += int64(r.count)
	}
	return low <= count && (b.rest || count <= high)
}

// assignment gives count subtrees of a run to an item of a block.
type assignment struct{ item, run, count int32 }

// assign assigns as many subtrees as possible to the items of an unordered block, first up to the
// minimum of each item. It reports whether every item has enough subtrees and every subtree has an
// item. This is a maximum flow in two phases: from the source to the items, to the runs that they
// match, to the sink.
func (m *matcher) assign(b *block, runs []run) (assignments []assignment, complete bool) {
	items := int32(len(b.items))
	const source = 0
	sink := items + int32(len(runs)) + 1
	n := newNetwork(int(sink) + 1)
	var low, count int64
	for i, it := range b.items {
		n.connect(source, int32(i)+1, it.min)
		low += int64(it.min)
	}
	byLine, byPlain := m.indexItems(b)
	for r, s := range runs {
		node := items + int32(r) + 1
		n.connect(node, sink, s.count)
		count += int64(s.count)
		connect := func(items []int32) {
			for _, i := range items {
				if m.matchesClass(b.items[i].class, s.class) {
					assignments = append(assignments, assignment{item: i, run: int32(r), count: n.connect(i+1, node, s.count)})
				}
			}
		}
		connect(byPlain[m.viewPlain[s.class]])
		for _, line := range m.accepting[m.runSignature[s.class]] {
			connect(byLine[line])
		}
	}
	needed := n.flow(source, sink)
	for i, it := range b.items {
		n.room[2*i] += it.max - it.min
	}
	given := needed + n.flow(source, sink)
	for i := range assignments {
		assignments[i].count = n.used(assignments[i].count)
	}
	return assignments, needed == low && (b.rest || given == count)
}

// indexItems returns the items by what finds them: plain ones by their number, the others by the id
// of their line.
func (m *matcher) indexItems(b *block) (byLine, byPlain map[int32][]int32) {
	byLine, byPlain = make(map[int32][]int32), make(map[int32][]int32)
	for i, it := range b.items {
		if plain := m.patternPlain[it.class]; plain != none {
			byPlain[plain] = append(byPlain[plain], int32(i))
		} else {
			line := m.blockLine[it.class]
			byLine[line] = append(byLine[line], int32(i))
		}
	}
	return byLine, byPlain
}

// shape returns the shape of a line of the view.
func (v *view) shape(line int32) shape {
	s := v.span(line)
	return shape{labelOf(s), v.lines[line].marks, s.Status == StatusError}
}

// above returns the span above a line, or nil for a top.
func (v *view) above(line int32) *Span {
	if p := v.lines[line].parent; p != none {
		return v.span(p)
	}
	return nil
}

func (l *PatternLine) acceptsShape(s *shape) bool {
	return l.acceptsLabel(&s.label) && l.Marks == s.marks && l.Failed == s.failed
}

func (l *PatternLine) acceptsLabel(s *label) bool {
	return l.Actor.match(s.actor) && l.Operation.match(s.operation) &&
		(l.Target.Text != "") == (s.target != "") && l.Target.match(s.target)
}

// meets reports whether a line of the view, whose shape is equal, meets the other requirements of a
// line of the pattern.
func (v *view) meets(line int32, l *PatternLine) bool {
	if l.ErrorType == nil && l.Timing == nil && !l.Exact && len(l.Conditions) == 0 {
		return true
	}
	s, above := v.span(line), v.above(line)
	if l.ErrorType != nil && !l.acceptsErrorType(s) {
		return false
	}
	if l.Timing.compared() {
		if _, ok := l.Timing.match(s, above); !ok {
			return false
		}
	}
	for i := range l.Conditions {
		if !l.Conditions[i].match(s, above) {
			return false
		}
	}
	return !l.Exact || len(l.unnamed(s)) == 0
}

func (l *PatternLine) acceptsErrorType(s *Span) bool {
	value, ok := s.Attr(errorType)
	return ok && l.ErrorType.match(value.Text())
}

// unnamed returns the attributes that no condition of the line names.
func (l *PatternLine) unnamed(s *Span) []Attr {
	named := make(map[string]bool, len(l.Conditions))
	for i := range l.Conditions {
		if !l.Conditions[i].Field {
			named[l.Conditions[i].Key] = true
		}
	}
	var unnamed []Attr
	for _, a := range s.Attributes {
		if !named[a.Key] {
			unnamed = append(unnamed, a)
		}
	}
	return unnamed
}

// matchesInOrder compares siblings one after the other, as a regular expression compares
// characters. After each item, places holds the positions among the siblings that the comparison
// can have reached.
func (m *matcher) matchesInOrder(b *block, runs []run) bool {
	var siblings []int32
	for _, r := range runs {
		for range r.count {
			siblings = append(siblings, r.class)
		}
	}
	n := len(siblings)
	places := make([]bool, n+1)
	places[0] = true
	matching := make([]int, n+1) // the number of consecutive siblings from a position on that match the item
	for _, it := range b.items {
		next := make([]bool, n+1)
		if it.class == none {
			reached := false
			for j := range next {
				reached = reached || places[j]
				next[j] = reached
			}
			places = next
			continue
		}
		for j := n - 1; j >= 0; j-- {
			matching[j] = 0
			if m.matchesClass(it.class, siblings[j]) {
				matching[j] = matching[j+1] + 1
			}
		}
		// Each position reaches a range of positions. Counting where ranges begin and end takes one
		// pass over them.
		changes := make([]int, n+2)
		for j, reached := range places {
			low, high := j+int(it.min), j+min(int(it.max), matching[j])
			if reached && low <= high {
				changes[low]++
				changes[high+1]--
			}
		}
		open := 0
		for j := range next {
			open += changes[j]
			next[j] = open > 0
		}
		places = next
	}
	return places[n]
}
