package tracetree

import "slices"

// pairing says which lines of the pattern stand for which siblings of the view.
type pairing struct {
	lines    []patternSlot
	siblings []int32 // lines of the view
	lineOf   []int32 // of each sibling, the line of the pattern, or none
}

// patternSlot is a line of the pattern with what it can still take.
type patternSlot struct {
	line     int32
	min, max int32
	given    int32
	last     int // the last sibling that was given to it, or none
}

// missing is a line of the pattern that lacks spans, and the sibling after which it is shown.
type missing struct {
	line, lacking int32
	after         int
}

// pair finds the lines for the siblings below a line of each: first as many as match as a whole, then those that match
// but for what is below them, then those with the same label.
func (a *aligner) pair(pattern, view int32, rest bool) *pairing {
	p := &pairing{}
	byClass := make(map[int32][]int)
	byLine := make(map[int32][]int)
	byLabel := make(map[label][]int)
	var wild []int
	for c := range a.pattern.children(pattern) {
		l := &a.pattern.lines[c]
		if l.rest {
			continue
		}
		slot := len(p.lines)
		p.lines = append(p.lines, patternSlot{line: c, min: l.min, max: l.max, last: none})
		byClass[a.patternClass[c]] = append(byClass[a.patternClass[c]], slot)
		byLine[a.lines[c]] = append(byLine[a.lines[c]], slot)
		if l.actor.wild || l.operation.wild || l.target.wild {
			wild = append(wild, slot)
		} else {
			key := label{l.actor.text, l.operation.text, l.target.text}
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

// give gives a sibling to the first of the slots under key that takes it.
func give[K comparable](p *pairing, slots map[K][]int, key K, sibling int, needed bool) bool {
	list := slots[key]
	for len(list) > 0 && p.lines[list[0]].given >= p.lines[list[0]].max {
		list = list[1:]
	}
	slots[key] = list
	return slices.ContainsFunc(list, func(slot int) bool { return p.take(slot, sibling, true) }) ||
		!needed && slices.ContainsFunc(list, func(slot int) bool { return p.take(slot, sibling, false) })
}

// take gives a sibling to a slot that has room, or with needed to one that lacks spans.
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

// missing returns the lines that lack spans. Each is shown after what stands for the line before it.
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
