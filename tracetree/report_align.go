package tracetree

import (
	"fmt"
	"slices"
)

// aligner pairs the spans of a failed match with lines of the pattern and reports the differences.
type aligner struct {
	*matcher
	entries []entry
	counts  Differences
	reasons []string // probable causes, each once
}

// entry is a future line of the report.
type entry struct {
	op      byte
	view    int32 // the line of the view, or none
	pattern int32 // the line of the pattern, or none
	lacking int32 // of a missing line, the number of spans that are missing
	note    string
}

func (m *matcher) report() *Report {
	a := &aligner{matcher: m}
	a.align(none, none, &m.tops)
	a.findMoved()
	r := &Report{Differences: a.counts, Notes: a.reasons}
	for _, e := range a.entries {
		r.Lines = append(r.Lines, ReportLine{Op: e.op, Text: a.text(&e), Note: e.note})
	}
	if len(r.Lines) > screen {
		r.Lines = groupRepeated(r.Lines)
	}
	return r
}

// align compares the lines below a line of the pattern with those below its partner in the view,
// and reports whether they differ.
func (a *aligner) align(pattern, view int32, b *block) bool {
	pairs := a.pair(pattern, view, b.rest)
	differs := false
	missing := pairs.missing()
	flush := func(after int) {
		for len(missing) > 0 && missing[0].after <= after {
			a.addMissing(missing[0])
			missing = missing[1:]
			differs = true
		}
	}
	flush(none)
	for i, v := range pairs.siblings {
		if p := pairs.lineOf[i]; p != none {
			differs = a.addPair(p, v) || differs
		} else if b.rest {
			a.addSubtree(opSame, v)
		} else {
			a.addSubtree(opUnexpected, v)
			a.counts.Unexpected += int(a.view.lines[v].end - v)
			differs = true
		}
		flush(i)
	}
	return a.alignDeep(pattern, view) || differs
}

// alignDeep compares the numbers of subtrees at any depth below a line of the view with the deep
// lines below its partner in the pattern, and reports whether they differ.
func (a *aligner) alignDeep(pattern, view int32) bool {
	differs := false
	for c := range a.pattern.children(pattern) {
		l := &a.pattern.lines[c]
		if !l.Deep {
			continue
		}
		runs := a.topRuns
		if view != none {
			runs = a.runs[a.viewClass[view]]
		}
		n := int(a.countDeep(a.patternClass[c], runs))
		switch {
		case n < l.Min:
			a.addMissing(missing{line: c, lacking: int32(l.Min - n)})
		case n > l.Max:
			a.entries = append(a.entries, entry{
				op: opUnexpected, view: none, pattern: c, note: fmt.Sprintf("want %s, got %d", l.countText(), n),
			})
			a.counts.Unexpected += n - l.Max
		default:
			continue
		}
		differs = true
	}
	return differs
}

// addPair adds a span, compared with its line, and everything below it.
func (a *aligner) addPair(p, v int32) bool {
	class := a.patternClass[p]
	if a.matchesClass(class, a.viewClass[v]) {
		a.addSubtree(opSame, v)
		return false
	}
	at := len(a.entries)
	note := a.differences(p, v)
	a.entries = append(a.entries, entry{op: opSame, view: v, pattern: p, note: note})
	b := &a.blocks[class]
	below := a.align(p, v, b)
	if !below && !a.matches(b, a.runs[a.viewClass[v]]) {
		a.counts.Orders++
		note = join(note, "order: want the spans below in the order of the pattern")
	}
	if note != "" {
		a.entries[at].op, a.entries[at].note = opDifferent, note
	}
	return below || note != ""
}

func join(note, more string) string {
	if note == "" {
		return more
	}
	return note + "; " + more
}

func (a *aligner) addSubtree(op byte, v int32) {
	for at := v; at < a.view.lines[v].end; at++ {
		a.entries = append(a.entries, entry{op: op, view: at, pattern: none})
	}
}

func (a *aligner) addMissing(m missing) {
	l := &a.pattern.lines[m.line]
	first := len(a.entries)
	a.entries = append(a.entries, entry{op: opMissing, view: none, pattern: m.line, lacking: m.lacking})
	for at := m.line + 1; at < a.pattern.end[m.line]; at++ {
		below := &a.pattern.lines[at]
		lacking := min(1, int32(below.Min), a.entries[first+int(a.pattern.above[at]-m.line)].lacking)
		a.entries = append(a.entries, entry{op: opMissing, view: none, pattern: at, lacking: lacking})
	}
	if l.Min != 1 || l.Max != 1 {
		a.entries[first].note = fmt.Sprintf("want %s, got %d", l.countText(), int32(l.Min)-m.lacking)
	}
	a.counts.Missing += int(m.lacking) * a.size(m.line)
}

// size returns the minimum number of spans of a subtree of the pattern.
func (a *aligner) size(line int32) int {
	size := 1
	for c := range a.pattern.children(line) {
		if l := &a.pattern.lines[c]; !l.Rest {
			size += int(l.Min) * a.size(c)
		}
	}
	return size
}

// text returns the text of an entry: the span, or the missing line. For a line that differs it is
// the label of the span with the expected annotations.
func (a *aligner) text(e *entry) string {
	if e.pattern == none || e.op == opSame {
		return string(a.view.appendLine(nil, e.view, false))
	}
	l := a.pattern.lines[e.pattern]
	buf := appendIndent(nil, l.Depth)
	if e.view == none {
		buf = l.appendCount(buf)
	} else {
		seen := labelOf(a.view.span(e.view))
		l.Actor, l.Operation = PatternText{Text: seen.actor}, PatternText{Text: seen.operation}
		l.Target = PatternText{Text: seen.target}
	}
	return string(l.append(buf))
}

// pairing assigns siblings of the view to lines of the pattern.
type pairing struct {
	lines    []patternSlot
	siblings []int32 // lines of the view
	lineOf   []int32 // of each sibling, the line of the pattern, or none
}

// patternSlot is a line of the pattern with the siblings assigned to it.
type patternSlot struct {
	line     int32
	min, max int32
	given    int32
	last     int // the last sibling that was assigned to it, or none
}

// missing is a line of the pattern that lacks spans, and the sibling after which it is shown.
type missing struct {
	line, lacking int32
	after         int
}

// pair pairs the siblings below a line of the pattern and its partner in the view: first as many
// subtrees as match, then spans that match by themselves, then spans with the same label.
func (a *aligner) pair(pattern, view int32, rest bool) *pairing {
	p := &pairing{}
	byClass := make(map[int32][]int)
	byLine := make(map[int32][]int)
	byLabel := make(map[label][]int)
	var wild []int
	for c := range a.pattern.children(pattern) {
		l := &a.pattern.lines[c]
		if l.Rest || l.Deep {
			continue
		}
		slot := len(p.lines)
		p.lines = append(p.lines, patternSlot{line: c, min: int32(l.Min), max: int32(l.Max), last: none})
		byClass[a.patternClass[c]] = append(byClass[a.patternClass[c]], slot)
		byLine[a.lines[c]] = append(byLine[a.lines[c]], slot)
		if l.isWild() {
			wild = append(wild, slot)
		} else {
			key := l.label()
			byLabel[key] = append(byLabel[key], slot)
		}
	}
	places := make(map[int32][]int) // of each class of the view, its siblings
	for c := range a.view.children(view) {
		places[a.viewClass[c]] = append(places[a.viewClass[c]], len(p.siblings))
		p.siblings = append(p.siblings, c)
		p.lineOf = append(p.lineOf, none)
	}

	b, runs := a.block(pattern, false), a.runsBelow(view, false)
	assignments, _ := a.assign(&b, runs)
	for _, as := range assignments {
		class := runs[as.run].class
		for range as.count {
			sibling := places[class][0]
			places[class] = places[class][1:]
			give(p, byClass, b.items[as.item].class, sibling, false)
		}
	}
	for i, v := range p.siblings {
		if p.lineOf[i] != none {
			continue
		}
		for _, line := range a.accepting[a.signatures[v]] {
			if give(p, byLine, line, i, rest) {
				break
			}
		}
	}
	for i, v := range p.siblings {
		if p.lineOf[i] != none {
			continue
		}
		seen := labelOf(a.view.span(v))
		if give(p, byLabel, seen, i, rest) {
			continue
		}
		for _, slot := range wild {
			if a.pattern.lines[p.lines[slot].line].acceptsLabel(&seen) && p.take(slot, i, rest) {
				break
			}
		}
	}
	return p
}

// give assigns a sibling to the first of the slots under key that accepts it.
func give[K comparable](p *pairing, slots map[K][]int, key K, sibling int, needed bool) bool {
	list := slots[key]
	for len(list) > 0 && p.lines[list[0]].given >= p.lines[list[0]].max {
		list = list[1:]
	}
	slots[key] = list
	return slices.ContainsFunc(list, func(slot int) bool { return p.take(slot, sibling, true) }) ||
		!needed && slices.ContainsFunc(list, func(slot int) bool { return p.take(slot, sibling, false) })
}

// take assigns a sibling to a slot that has room or, with needed, that lacks spans.
func (p *pairing) take(slot, sibling int, needed bool) bool {
	s := &p.lines[slot]
	if s.given >= s.max || needed && s.given >= s.min {
		return false
	}
	s.given++
	s.last = max(s.last, sibling)
	p.lineOf[sibling] = s.line
	return true
}

// missing returns the lines that lack spans. Each is shown after the siblings assigned to the lines
// before it.
func (p *pairing) missing() []missing {
	var list []missing
	after := none
	for _, s := range p.lines {
		after = max(after, s.last)
		if s.given < s.min {
			list = append(list, missing{s.line, s.min - s.given, after})
		}
	}
	return list
}
