package tracetree

import "slices"

// maxCandidates limits how many missing lines of one label an unexpected span is compared with.
// Where a report has more of them, moved spans may be reported as missing and unexpected instead;
// comparing each with each would take quadratic time.
const maxCandidates = 100

// findMoved looks among the unexpected spans for subtrees that are missing elsewhere. The marks of
// the topmost span may differ, because they depend on its place.
//
// First come the trees of their own that are missing as a whole, then those that are pieces of a
// torn trace, which can be torn below again, and finally whole subtrees anywhere.
func (a *aligner) findMoved() {
	f := &moves{
		aligner: a, entryOf: make(map[int32]int), byLabel: make(map[label][]int32), movedTo: make(map[int32]int32),
	}
	for i, e := range a.entries {
		if e.op != opMissing || a.pattern.lines[e.pattern].Rest {
			continue
		}
		f.entryOf[e.pattern] = i
		l := &a.pattern.lines[e.pattern]
		if l.isWild() {
			f.wild = append(f.wild, e.pattern)
			continue
		}
		key := l.label()
		f.byLabel[key] = append(f.byLabel[key], e.pattern)
	}
	if len(f.entryOf) == 0 {
		return
	}
	f.found = make([]bool, len(a.entries))
	f.placed = make([]bool, len(a.view.lines))
	isTop := func(v int32) bool { return a.view.lines[v].parent == none }
	f.each(isTop, f.moveWhole)
	f.each(isTop, f.movePiece)
	f.each(func(int32) bool { return true }, f.moveWhole)
	for i := range a.entries {
		e := &a.entries[i]
		if p, ok := f.movedTo[e.view]; ok && e.op == opUnexpected {
			e.note = "» moved: expected " + a.place(p)
			a.explain(p, e.view)
		}
	}
	a.counts.Moved = len(f.movedTo)
}

// moves finds the moved subtrees of a report.
type moves struct {
	*aligner
	entryOf map[int32]int     // of each missing line, its entry
	byLabel map[label][]int32 // missing lines
	wild    []int32           // missing lines with a wildcard in their label
	found   []bool            // of each entry, whether its missing line has been found
	placed  []bool            // of each line of the view, whether it was expected elsewhere
	movedTo map[int32]int32   // of the topmost lines of the view that were, the missing line
}

// each calls move with the entries of the unexpected spans that are selected and not yet placed.
func (f *moves) each(selected func(v int32) bool, move func(e *entry)) {
	for i := range f.entries {
		e := &f.entries[i]
		if e.op == opUnexpected && e.view != none && !f.placed[e.view] && selected(e.view) {
			move(e)
		}
	}
}

// moveWhole finds a missing subtree that matches that of the span.
func (f *moves) moveWhole(e *entry) {
	key := labelOf(f.view.span(e.view))
	p := int32(none)
	if f.byLabel[key], p = f.missingLine(e.view, f.byLabel[key]); p == none {
		f.wild, p = f.missingLine(e.view, f.wild)
	}
	if p != none {
		f.movedTo[e.view] = p
		f.takeWhole(e.view, p)
	}
}

// movePiece finds a missing line that accepts the top of a torn trace, whatever is below it.
func (f *moves) movePiece(e *entry) {
	lines := f.byLabel[labelOf(f.view.span(e.view))]
	for _, p := range lines[:min(len(lines), maxCandidates)] {
		if f.pattern.above[p] != none && f.accepts(p, e.view) {
			f.movedTo[e.view] = p
			f.takePiece(e.view, p)
			return
		}
	}
}

// takeWhole pairs a subtree of the view with the missing one that it matches.
func (f *moves) takeWhole(v, p int32) {
	f.counts.Unexpected -= int(f.view.lines[v].end - v)
	f.counts.Missing -= f.size(p)
	for at := v; at < f.view.lines[v].end; at++ {
		f.placed[at] = true
	}
	// The lines below this one, and the ones above it, can no longer be found as whole subtrees.
	for line := p; line < f.pattern.end[p]; line++ {
		if at, ok := f.entryOf[line]; ok {
			f.entries[at].lacking--
			f.found[at] = true
		}
	}
	for line := f.pattern.above[p]; line != none; line = f.pattern.above[line] {
		at, ok := f.entryOf[line]
		if !ok || f.entries[at].lacking < 1 {
			break // so are all above
		}
		f.entries[at].lacking--
	}
}

// takePiece pairs a span with a missing line, and the spans below it with the lines below that, as
// far as they fit.
func (f *moves) takePiece(v, p int32) {
	f.counts.Unexpected--
	f.counts.Missing--
	f.placed[v] = true
	at := f.entryOf[p]
	f.entries[at].lacking, f.found[at] = 0, true
	byLabel := make(map[label][]int32)
	for line := range f.pattern.children(p) {
		if l := &f.pattern.lines[line]; !l.Rest && !l.Deep {
			key := l.label()
			byLabel[key] = append(byLabel[key], line)
		}
	}
	for c := range f.view.children(v) {
		key := labelOf(f.view.span(c))
		lines, whole := f.missingLine(c, byLabel[key])
		byLabel[key] = lines
		if whole != none {
			f.takeWhole(c, whole)
			continue
		}
		for _, line := range lines[:min(len(lines), maxCandidates)] {
			if f.accepts(line, c) {
				f.takePiece(c, line)
				break
			}
		}
	}
}

// accepts reports whether a missing line that has not been found, and is expected once, accepts a
// line of the view.
func (f *moves) accepts(p, v int32) bool {
	at, ok := f.entryOf[p]
	return ok && !f.found[at] && f.pattern.lines[p].Min == 1 && f.acceptsMoved(p, v)
}

// isBelowAlike reports whether a line of the view is below a span that could as well be the one
// that a missing line is below. Below the next request of the same name, for example, it is another
// call, and didn't move.
func (f *moves) isBelowAlike(p, v int32) bool {
	line, parent := f.pattern.above[p], f.view.lines[v].parent
	if line == none || parent == none || f.placed[parent] {
		return false
	}
	seen := labelOf(f.view.span(parent))
	return f.pattern.lines[line].acceptsLabel(&seen)
}

// acceptsMoved reports whether a line of the pattern accepts a line of the view at another place.
func (a *aligner) acceptsMoved(p, v int32) bool {
	l := &a.pattern.lines[p]
	s := a.view.shape(v)
	s.marks = l.Marks
	return l.acceptsShape(&s) && a.view.meets(v, l)
}

// missingLine returns the first of the lines that is still missing and matches the subtree of a
// line of the view, or none. It also returns the lines without those at their front that can't be
// found any more.
func (f *moves) missingLine(v int32, lines []int32) (rest []int32, found int32) {
	for len(lines) > 0 && f.isFound(lines[0]) {
		lines = lines[1:]
	}
	for _, p := range lines[:min(len(lines), maxCandidates)] {
		at, ok := f.entryOf[p]
		if ok && f.entries[at].lacking > 0 && !f.isBelowAlike(p, v) && f.acceptsMoved(p, v) &&
			f.matches(&f.blocks[f.patternClass[p]], f.runs[f.viewClass[v]]) {
			return lines, p
		}
	}
	return lines, none
}

// isFound reports whether a line was found elsewhere, or isn't missing. As long as it is not, it
// can be found as a piece, even if something below it was found by itself.
func (f *moves) isFound(p int32) bool {
	at, ok := f.entryOf[p]
	return !ok || f.found[at] && f.entries[at].lacking < 1
}

// place describes the place of a line of the pattern.
func (a *aligner) place(line int32) string {
	parent := a.pattern.above[line]
	switch {
	case parent == none && a.pattern.lines[line].Deep:
		return "at any depth"
	case parent == none:
		return "on top"
	case a.pattern.lines[line].Deep:
		return "at any depth below " + a.pattern.lines[parent].Label()
	}
	return "below " + a.pattern.lines[parent].Label()
}

// maxReasons limits the reasons in a report: each lost hop is one.
const maxReasons = 10

// explain adds the probable cause of a moved subtree: the context did not arrive with a call or a
// message, or a span in between was not captured.
func (a *aligner) explain(line, at int32) {
	above := a.pattern.above[line]
	if above == none || len(a.reasons) == maxReasons {
		return
	}
	span := a.view.span(at)
	from, to := a.pattern.lines[above].Label(), Label(span)
	service := span.Service()
	var reason string
	switch marks := a.view.lines[at].marks; {
	case marks&Orphan != 0:
		reason = "A span was lost between " + from + " and " + to + ": the parent of " + service + "'s span was not captured."
	case marks&Root != 0:
		reason = "Context was lost between " + from + " and " + to + ": " + service + "'s span starts a new trace."
	default:
		return
	}
	if !slices.Contains(a.reasons, reason) {
		a.reasons = append(a.reasons, reason)
	}
}
