package tracetree

// Match compares the forest with the pattern, in the view that the options choose. It returns nil exactly when the
// forest matches, and otherwise a report of the differences.
//
// What is shape is compared both ways: a span in ERROR needs "!error" on its line and the reverse, and so it is with the
// marks. Attributes, durations and order are compared where the pattern states them. Siblings match in any order by a
// maximum matching, so no order of spans and lines makes a pattern fail that can match; every span needs a line of its
// own, unless "..." stands among the siblings.
func (p *Pattern) Match(f *Forest, opts ...Option) *Report {
	m := newMatcher(p, newView(f, opts), has(opts, Any))
	if m.matches(&m.tops, m.topRuns) {
		return nil
	}
	return m.report()
}

// matcher compares one pattern with one view. Equal lines, and then equal subtrees, are merged into classes first, so
// that many equal siblings are compared once and counted.
type matcher struct {
	pattern *Pattern
	view    *view

	lines      []int32   // of each line of the pattern, its id; lines of the same text have one id
	signatures []int32   // of each line of the view, its signature
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
}

// classPair is a class of the pattern and one of the view.
type classPair struct{ pattern, view int32 }

// block is what a pattern expects on one level below one line.
type block struct {
	items   []item
	rest    bool // other siblings are fine
	ordered bool // the items stand in the order of time, "..." among them
}

// item is a class of subtrees and how many of them are expected. In an ordered block the class none is "...".
type item struct{ class, min, max int32 }

// run is a class of subtrees that are siblings, and how many there are.
type run struct{ class, count int32 }

func newMatcher(p *Pattern, v *view, anyTree bool) *matcher {
	m := &matcher{pattern: p, view: v, known: make(map[classPair]bool), plain: make(plainClasses)}
	m.signLines()
	ordered := m.classifyPattern()
	m.classifyView(ordered)
	m.tops.rest = m.tops.rest || anyTree
	return m
}

// matchesClass reports whether a subtree of the view is what a subtree of the pattern expects. It goes down no further
// than the pattern does.
func (m *matcher) matchesClass(pattern, view int32) bool {
	if plain := m.patternPlain[pattern]; plain != none {
		return plain == m.viewPlain[view]
	}
	if !m.accepts(pattern, view) {
		return false
	}
	b, runs := &m.blocks[pattern], m.runs[view]
	if len(b.items) == 0 {
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
	if b.ordered {
		return m.matchesInOrder(b, runs)
	}
	if !fits(b, runs) {
		return false
	}
	_, complete := m.assign(b, runs)
	return complete
}

// fits compares the numbers alone.
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

// assign takes a block in any order. It gives as many subtrees to items as can be, first to those that need them, and reports whether every item has
// enough and every subtree has a place.
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

// indexItems finds the items that can match a subtree: plain ones by its number, others by a line that accepts its top.
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
