package tracetree

import (
	"cmp"
	"slices"
)

// Build arranges spans as trees. It keeps the slice and neither copies nor changes the spans; no span is lost and none
// is invented, however damaged the traces are. It takes O(n log n) time for n spans and links, and fewer than 24 bytes
// for each span. There can be up to 2³¹-2 spans.
//
//   - A parent is looked up by trace id and span id, never by span id alone.
//   - A span without a parent is a root. A span whose parent is absent is on top too. It counts as a root when it is
//     the only one in its trace that has no parent here, and its parent is known to be remote or it is a SERVER or a
//     CONSUMER: then the caller isn't part of the capture. Otherwise it is an orphan.
//   - Of spans with the same ids, the later ones are duplicates; children go to the first.
//   - A root that links to spans of the forest is shown below the earliest of them and is no root any more.
//   - A cycle, of parents or of roots that link to what is below them, is cut at its earliest span, which is put on top.
//   - Siblings, tops included, stand by start and then in the order of the slice.
func Build(spans []Span) *Forest {
	f := &Forest{
		spans:  spans,
		index:  newSpanIndex(len(spans)),
		parent: make([]int32, len(spans)),
		marks:  make([]Marks, len(spans)),
	}
	f.markDuplicates()
	f.findParents()
	f.cutCycles()
	f.markTops()
	if f.placeLinkedRoots() {
		f.cutCycles()
	}
	f.markLinked()
	f.orderSiblings()
	f.collectReferences()
	return f
}

func (f *Forest) markDuplicates() {
	for i := range f.spans {
		if !f.index.insert(f.spans, int32(i)) {
			f.marks[i] |= Duplicate
		}
	}
}

func (f *Forest) findParents() {
	for i := range f.spans {
		f.parent[i] = none
		if s := &f.spans[i]; !s.Parent.IsZero() {
			f.parent[i] = f.index.lookup(f.spans, s.TraceID, s.Parent)
		}
	}
}

// cutCycles takes the earliest span of every cycle off its parent. Every span has at most one parent, so a walk upwards
// that meets itself has found a cycle, and no span is walked over twice.
func (f *Forest) cutCycles() {
	walked := make([]int32, len(f.spans)) // by the walk from span walked[i]-1; 0 is not yet
	for i := range f.spans {
		walk := int32(i) + 1
		at := int32(i)
		for at != none && walked[at] == 0 {
			walked[at] = walk
			at = f.parent[at]
		}
		if at == none || walked[at] != walk {
			continue
		}
		earliest := at
		for on := f.parent[at]; on != at; on = f.parent[on] {
			if f.before(on, earliest) < 0 {
				earliest = on
			}
		}
		f.parent[earliest] = none
		f.marks[earliest] = f.marks[earliest]&^Root | Cycle
	}
}

// before compares two spans by start and then by their place in the slice.
func (f *Forest) before(a, b int32) int {
	return cmp.Or(cmp.Compare(f.spans[a].Start, f.spans[b].Start), cmp.Compare(a, b))
}

// markTops tells roots from orphans. A trace can have one entry only: where two spans lack their parents, at least one
// parent should have been in the capture, and nobody knows which.
func (f *Forest) markTops() {
	candidates := make(map[TraceID]int) // how many spans without a parent are in the trace
	for i := range f.spans {
		s := &f.spans[i]
		switch {
		case f.parent[i] != none || f.marks[i]&Cycle != 0:
		case s.Parent.IsZero():
			f.marks[i] |= Root
		case s.ParentRemote == RemoteYes || s.Kind == KindServer || s.Kind == KindConsumer:
			candidates[s.TraceID] = 0
		default:
			f.marks[i] |= Orphan
		}
	}
	if len(candidates) == 0 {
		return
	}
	for i := range f.spans {
		if f.parent[i] == none && f.marks[i]&Duplicate == 0 {
			if n, ok := candidates[f.spans[i].TraceID]; ok {
				candidates[f.spans[i].TraceID] = n + 1
			}
		}
	}
	for i := range f.spans {
		if f.parent[i] != none || f.marks[i]&(Root|Orphan|Cycle) != 0 {
			continue
		}
		if candidates[f.spans[i].TraceID] == 1 {
			f.marks[i] |= Root
		} else {
			f.marks[i] |= Orphan
		}
	}
}

// orderSiblings fills children and first: one sort of all spans, then each goes to the end of its parent's children.
func (f *Forest) orderSiblings() {
	n := len(f.spans)
	type key struct {
		start int64
		index int32
	}
	keys := make([]key, n)
	f.first = make([]int32, n+2)
	for i := range f.spans {
		keys[i] = key{f.spans[i].Start, int32(i)}
		f.first[f.place(int32(i))+1]++
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.index, b.index))
	})
	for i := 1; i < len(f.first); i++ {
		f.first[i] += f.first[i-1]
	}
	f.children = make([]int32, n)
	next := slices.Clone(f.first)
	for _, k := range keys {
		at := f.place(k.index)
		f.children[next[at]] = k.index
		next[at]++
	}
}

// place returns the index into first of the siblings that span i is one of.
func (f *Forest) place(i int32) int32 {
	if p := f.parent[i]; p != none {
		return p
	}
	return int32(len(f.spans))
}
