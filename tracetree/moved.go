package tracetree

// findMoved looks among the unexpected spans for whole subtrees that are missing elsewhere. The first line may have other
// marks, because marks tell where a span stands.
func (a *aligner) findMoved() {
	entryOf := make(map[int32]int) // of each missing line, its entry
	byLabel := make(map[label][]int32)
	var wild []int32
	for i, e := range a.entries {
		if e.op != Missing || a.pattern.lines[e.pattern].rest {
			continue
		}
		entryOf[e.pattern] = i
		l := &a.pattern.lines[e.pattern]
		if l.actor.wild || l.operation.wild || l.target.wild {
			wild = append(wild, e.pattern)
			continue
		}
		key := label{l.actor.text, l.operation.text, l.target.text}
		byLabel[key] = append(byLabel[key], e.pattern)
	}
	if len(entryOf) == 0 {
		return
	}
	for i := 0; i < len(a.entries); i++ {
		e := &a.entries[i]
		if e.op != Unexpected {
			continue
		}
		p := a.missingLine(e.view, byLabel[labelOf(a.view.span(e.view))], entryOf)
		if p == none {
			p = a.missingLine(e.view, wild, entryOf)
		}
		if p == none {
			continue
		}
		e.note = "» moved: expected " + a.place(p)
		a.explain(p, e.view)
		spans := int(a.view.lines[e.view].end - e.view)
		a.counts.Moved++
		a.counts.Unexpected -= spans
		a.counts.Missing -= a.size(p)
		// Neither what is below the line nor what it is below can be found as a whole any more.
		for line := p; line < a.pattern.lines[p].end; line++ {
			if at, ok := entryOf[line]; ok {
				a.entries[at].lacking--
			}
		}
		for line := a.pattern.lines[p].parent; line != none; line = a.pattern.lines[line].parent {
			if at, ok := entryOf[line]; ok {
				a.entries[at].lacking--
			}
		}
		i += spans - 1
	}
}

// missingLine returns the first of the lines that is still missing and expects the subtree of a line of the view.
func (a *aligner) missingLine(v int32, lines []int32, entryOf map[int32]int) int32 {
	for _, p := range lines {
		l := &a.pattern.lines[p]
		if a.entries[entryOf[p]].lacking < 1 {
			continue
		}
		s := a.view.shape(v)
		s.marks = l.marks
		if l.acceptsShape(&s) && a.view.fulfils(v, l) &&
			a.matches(&a.blocks[a.patternClass[p]], a.runs[a.viewClass[v]]) {
			return p
		}
	}
	return none
}

// place says where a line of the pattern stands.
func (a *aligner) place(line int32) string {
	parent := a.pattern.lines[line].parent
	if parent == none {
		return "on top"
	}
	return "below " + a.pattern.lines[parent].labelText()
}
