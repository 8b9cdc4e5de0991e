package tracetree

import "fmt"

// aligner finds for a failed match which line of the pattern stands for which span, and makes the report of it.
type aligner struct {
	*matcher
	entries []entry
	counts  Differences
	reasons []string // what probably happened, each once
}

// entry is a line of the report to be.
type entry struct {
	op      Op
	view    int32 // the line of the view, or none
	pattern int32 // the line of the pattern, or none
	lacking int32 // of a missing line: how many there should be more
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
	return r
}

// align goes through what is below a line of the pattern and the line of the view that stands for it, and reports
// whether it found a difference.
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
			a.addSubtree(Same, v)
		} else {
			a.addSubtree(Unexpected, v)
			a.counts.Unexpected += int(a.view.lines[v].end - v)
			differs = true
		}
		flush(i)
	}
	return differs
}

// addPair adds a span and the line that stands for it, and what is below.
func (a *aligner) addPair(p, v int32) bool {
	class := a.patternClass[p]
	if a.matchesClass(class, a.viewClass[v]) {
		a.addSubtree(Same, v)
		return false
	}
	at := len(a.entries)
	note := a.differences(p, v)
	a.entries = append(a.entries, entry{op: Same, view: v, pattern: p, note: note})
	b := &a.blocks[class]
	below := a.align(p, v, b)
	if !below && !a.matches(b, a.runs[a.viewClass[v]]) {
		a.counts.Orders++
		note = join(note, "order: want the spans below as the lines of the pattern stand")
	}
	if note != "" {
		a.entries[at].op, a.entries[at].note = Different, note
	}
	return below || note != ""
}

func join(note, more string) string {
	if note == "" {
		return more
	}
	return note + "; " + more
}

func (a *aligner) addSubtree(op Op, v int32) {
	for at := v; at < a.view.lines[v].end; at++ {
		a.entries = append(a.entries, entry{op: op, view: at, pattern: none})
	}
}

func (a *aligner) addMissing(m missing) {
	l := &a.pattern.lines[m.line]
	first := len(a.entries)
	a.entries = append(a.entries, entry{op: Missing, view: none, pattern: m.line, lacking: m.lacking})
	for at := m.line + 1; at < l.end; at++ {
		below := &a.pattern.lines[at]
		lacking := min(1, below.min, a.entries[first+int(below.parent-m.line)].lacking)
		a.entries = append(a.entries, entry{op: Missing, view: none, pattern: at, lacking: lacking})
	}
	if l.min != 1 || l.max != 1 {
		a.entries[first].note = fmt.Sprintf("want %s, got %d", l.countText(), l.min-m.lacking)
	}
	a.counts.Missing += int(m.lacking) * a.size(m.line)
}

// size returns how many spans a subtree of the pattern asks for at least.
func (a *aligner) size(line int32) int {
	size := 1
	for c := range a.pattern.children(line) {
		if l := &a.pattern.lines[c]; !l.rest {
			size += int(l.min) * a.size(c)
		}
	}
	return size
}

// text returns what the report prints of an entry: what was seen, or what is missing. Of a line that differs it is what
// was seen with the annotations that were expected.
func (a *aligner) text(e *entry) string {
	if e.pattern == none || e.op == Same {
		return string(a.view.appendLine(nil, e.view, false))
	}
	l := a.pattern.lines[e.pattern]
	buf := appendIndent(nil, l.depth)
	if e.view == none {
		buf = l.appendCount(buf)
	} else {
		seen := labelOf(a.view.span(e.view))
		l.actor, l.operation, l.target = glob{text: seen.actor}, glob{text: seen.operation}, glob{text: seen.target}
	}
	return string(l.append(buf))
}
