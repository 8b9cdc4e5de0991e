package tracetree

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// shape is what a line of the view shows without attributes. It equals that of the lines of the
// pattern, except for "*" in a label.
type shape struct {
	label  label
	marks  Marks
	failed bool
}

// signLines assigns ids to the lines of the pattern, and finds the lines that accept each line of
// the view.
func (m *matcher) signLines() {
	p := m.pattern
	ids := make(map[string]int32)
	exact := make(map[shape][]int32) // ids by shape
	var wild []int32
	var representative []int32 // of each id, a line
	m.lines = make([]int32, len(p.lines))
	for at := range p.lines {
		l := &p.lines[at]
		text := string(l.append(nil))
		id, ok := ids[text]
		if !ok {
			id = int32(len(ids))
			ids[text] = id
			representative = append(representative, int32(at))
			switch {
			case l.Rest:
			case l.isWild():
				wild = append(wild, id)
			default:
				s := shape{l.label(), l.Marks, l.Failed}
				exact[s] = append(exact[s], id)
			}
		}
		m.lines[at] = id
	}

	candidates := make(map[shape][]int32)
	numbers := make(map[string]int32)
	var buf []byte
	m.signatures = make([]int32, len(m.view.lines))
	for at := range m.view.lines {
		s := m.view.shape(int32(at))
		found, ok := candidates[s]
		if !ok {
			found = slices.Clone(exact[s])
			for _, id := range wild {
				if p.lines[representative[id]].acceptsShape(&s) {
					found = append(found, id)
				}
			}
			slices.Sort(found)
			candidates[s] = found
		}
		buf = buf[:0]
		var accepting []int32
		for _, id := range found {
			if m.view.meets(int32(at), &p.lines[representative[id]]) {
				accepting = append(accepting, id)
				buf = binary.AppendUvarint(buf, uint64(id))
			}
		}
		number, ok := numbers[string(buf)]
		if !ok {
			number = int32(len(m.accepting))
			numbers[string(buf)] = number
			m.accepting = append(m.accepting, accepting)
			plain := int32(none) // at most one line is plain and has the shape
			for _, id := range accepting {
				if p.lines[representative[id]].plain() {
					plain = id
				}
			}
			m.plainLine = append(m.plainLine, plain)
		}
		m.signatures[at] = number
	}
}

// accepts reports whether the first line of a class of the pattern accepts the first line of a
// class of the view.
func (m *matcher) accepts(pattern, view int32) bool {
	_, ok := slices.BinarySearch(m.accepting[m.runSignature[view]], m.blockLine[pattern])
	return ok
}

// classifyPattern merges equal subtrees of the pattern, bottom-up, and reports whether any line is
// (in order).
func (m *matcher) classifyPattern() (ordered bool) {
	p := m.pattern
	classes := make(map[string]int32)
	m.patternClass = make([]int32, len(p.lines))
	var buf []byte
	for at := len(p.lines) - 1; at >= 0; at-- {
		l := &p.lines[at]
		if l.Rest {
			m.patternClass[at] = none
			continue
		}
		ordered = ordered || l.InOrder
		b := m.block(int32(at), l.InOrder)
		buf = binary.AppendUvarint(buf[:0], uint64(m.lines[at]))
		if b.rest {
			buf = append(buf, 'r')
		} else {
			buf = append(buf, '-')
		}
		buf = binary.AppendUvarint(buf, uint64(len(b.items)))
		for _, it := range slices.Concat(b.items, b.deep) {
			buf = binary.AppendVarint(buf, int64(it.class))
			buf = binary.AppendUvarint(buf, uint64(it.min))
			buf = binary.AppendUvarint(buf, uint64(it.max))
		}
		class, ok := classes[string(buf)]
		if !ok {
			class = int32(len(m.blocks))
			classes[string(buf)] = class
			m.blocks = append(m.blocks, b)
			m.blockLine = append(m.blockLine, m.lines[at])
			m.patternPlain = append(m.patternPlain, m.plainPattern(int32(at), &b))
		}
		m.patternClass[at] = class
	}
	m.tops = m.block(none, false)
	return ordered
}

// block returns what the pattern expects below a line, with equal subtrees merged; if ordered, only
// neighbors are.
func (m *matcher) block(line int32, ordered bool) block {
	b := block{ordered: ordered}
	for c := range m.pattern.children(line) {
		l := &m.pattern.lines[c]
		if l.Deep {
			b.deep = append(b.deep, item{m.patternClass[c], int32(l.Min), int32(l.Max)})
		}
		if (l.Rest || l.Deep) && !ordered {
			b.rest = true
			continue
		}
		if l.Deep { // among ordered siblings it allows others at its place
			b.items = append(b.items, item{class: none})
			continue
		}
		b.items = append(b.items, item{m.patternClass[c], int32(l.Min), int32(l.Max)})
	}
	if !ordered {
		slices.SortStableFunc(b.items, func(x, y item) int { return cmp.Compare(x.class, y.class) })
	}
	merged := b.items[:0]
	for _, it := range b.items {
		if n := len(merged); n > 0 && merged[n-1].class == it.class && it.class != none {
			last := &merged[n-1]
			last.min = int32(min(int64(last.min)+int64(it.min), unbounded))
			last.max = int32(min(int64(last.max)+int64(it.max), unbounded))
		} else {
			merged = append(merged, it)
		}
	}
	b.items = merged
	return b
}

// classifyView merges equal subtrees of the view, bottom-up.
func (m *matcher) classifyView(ordered bool) {
	classes := make(map[string]int32)
	m.viewClass = make([]int32, len(m.view.lines))
	var buf []byte
	for at := len(m.view.lines) - 1; at >= 0; at-- {
		runs := m.runsBelow(int32(at), ordered)
		buf = binary.AppendUvarint(buf[:0], uint64(m.signatures[at]))
		for _, r := range runs {
			buf = binary.AppendUvarint(buf, uint64(r.class))
			buf = binary.AppendUvarint(buf, uint64(r.count))
		}
		class, ok := classes[string(buf)]
		if !ok {
			class = int32(len(m.runs))
			classes[string(buf)] = class
			m.runs = append(m.runs, runs)
			m.runSignature = append(m.runSignature, m.signatures[at])
			m.viewPlain = append(m.viewPlain, m.plainView(m.signatures[at], runs))
		}
		m.viewClass[at] = class
	}
	m.topRuns = m.runsBelow(none, ordered)
}

func (m *matcher) runsBelow(line int32, ordered bool) []run {
	var runs []run
	for c := range m.view.children(line) {
		runs = append(runs, run{m.viewClass[c], 1})
	}
	if !ordered {
		slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.class, b.class) })
	}
	return mergeRuns(runs)
}

// mergeRuns merges neighbors of the same class.
func mergeRuns(runs []run) []run {
	merged := runs[:0]
	for _, r := range runs {
		if n := len(merged); n > 0 && merged[n-1].class == r.class {
			merged[n-1].count += r.count
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}

// plainClasses numbers the subtrees that are compared by equality only: those of the pattern
// without "*", conditions, ranges, order and "...", and those of the view that such a pattern can
// match. Equal subtrees have equal numbers on both sides. Without them, matching a pattern printed
// by Format would compare each of its trees with each of the forest.
type plainClasses map[string]int32

// number returns the number of a subtree with this line, and with subtrees of these numbers below
// it.
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

// plain reports whether the line accepts the spans of exactly one shape.
func (l *PatternLine) plain() bool {
	return !l.Rest && !l.isWild() && !l.InOrder &&
		l.ErrorType == nil && l.Timing == nil && !l.Exact && len(l.Conditions) == 0
}

// plainPattern returns the number of a subtree of the pattern, or none.
func (m *matcher) plainPattern(line int32, b *block) int32 {
	if !m.pattern.lines[line].plain() || b.rest || len(b.deep) > 0 {
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

// plainView returns the number of a subtree of the view, or none if no plain line of the pattern
// accepts one of its spans.
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

// network computes a maximum flow by Dinic's algorithm: it augments along shortest paths, all of
// one length at a time. Edge e and its reverse edge e^1 are stored next to each other.
type network struct {
	edges [][]int32 // of each node, the edges that leave it
	to    []int32   // of each edge, the node that it leads to
	room  []int32   // of each edge, the capacity that is left
	level []int32   // of each node, its distance from the source, or none
	tried []int     // of each node, the number of its edges that lead to no path in this phase
}

func newNetwork(nodes int) *network {
	return &network{edges: make([][]int32, nodes), level: make([]int32, nodes), tried: make([]int, nodes)}
}

// connect adds an edge and returns its number, which is even.
func (n *network) connect(from, to, room int32) int32 {
	edge := int32(len(n.to))
	n.to = append(n.to, to, from)
	n.room = append(n.room, room, 0)
	n.edges[from] = append(n.edges[from], edge)
	n.edges[to] = append(n.edges[to], edge+1)
	return edge
}

// used returns the flow along an edge.
func (n *network) used(edge int32) int32 { return n.room[edge+1] }

// flow increases the flow to the maximum and returns the increase.
func (n *network) flow(source, sink int32) int64 {
	var total int64
	for n.findLevels(source, sink) {
		clear(n.tried)
		for {
			pushed := n.push(source, sink, unbounded)
			if pushed == 0 {
				break
			}
			total += int64(pushed)
		}
	}
	return total
}

func (n *network) findLevels(source, sink int32) bool {
	for i := range n.level {
		n.level[i] = none
	}
	n.level[source] = 0
	queue := []int32{source}
	for len(queue) > 0 && n.level[sink] == none {
		at := queue[0]
		queue = queue[1:]
		for _, e := range n.edges[at] {
			if to := n.to[e]; n.room[e] > 0 && n.level[to] == none {
				n.level[to] = n.level[at] + 1
				queue = append(queue, to)
			}
		}
	}
	return n.level[sink] != none
}

// push sends a flow of up to limit along one path and returns its amount. The recursion is as deep
// as the path is long.
func (n *network) push(at, sink, limit int32) int32 {
	if at == sink {
		return limit
	}
	for ; n.tried[at] < len(n.edges[at]); n.tried[at]++ {
		e := n.edges[at][n.tried[at]]
		if n.room[e] == 0 || n.level[n.to[e]] != n.level[at]+1 {
			continue
		}
		if pushed := n.push(n.to[e], sink, min(limit, n.room[e])); pushed > 0 {
			n.room[e] -= pushed
			n.room[e^1] += pushed
			return pushed
		}
	}
	return 0
}
