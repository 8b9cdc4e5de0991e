package tracetree

import (
	"cmp"
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// Forest is a set of trees, as [Build] returns it, in which every span has exactly one place. It
// refers to the spans, which must not change while the forest is in use. Any number of goroutines
// may use it at the same time.
type Forest struct {
	spans    []Span
	index    spanIndex
	parent   []int32 // of each span, the one it is shown below, or none
	children []int32 // the children of span 0, of span 1, …, and finally the tops
	first    []int32 // where the children of each span begin in children, and where the tops begin
	marks    []Marks
	receives map[int32][]int32 // of a span that received messages, the spans that process them elsewhere
	links    []linkRef         // the links to other spans than the one above, sorted by target
}

// none is the index of no span, and of no line.
const none = -1

// Marks describe the place of a span. They are a set: a span can have several.
type Marks uint8

// The marks. The notation prints Linked as "← linked span", and each of the others in parentheses.
const (
	Root      Marks = 1 << iota // starts its trace, or is the entry of its trace into this capture
	Orphan                      // has a parent that is missing from the capture
	Cycle                       // is where a cycle of parents or links was cut
	Duplicate                   // has the ids of an earlier span
	Linked                      // links to the span that it is shown below
)

// Node is a span in its place in a forest: a small handle, to be passed by value. Two nodes are ==
// if they are the same span of the same forest. The zero Node refers to no span; only IsZero may be
// called on it.
type Node struct {
	forest *Forest
	index  int32
}

// IsZero reports whether the node refers to no span.
func (n Node) IsZero() bool { return n.forest == nil }

// Span returns the node's span, an element of the slice that was given to [Build].
func (n Node) Span() *Span { return &n.forest.spans[n.index] }

// Index returns the span's index in the slice that was given to [Build].
func (n Node) Index() int { return int(n.index) }

// Has reports whether the node has all the given marks.
func (n Node) Has(marks Marks) bool { return n.forest.marks[n.index]&marks == marks }

// Parent returns the node that this one is shown below, as a child or as a linked span, and whether
// it exists.
func (n Node) Parent() (Node, bool) {
	p := n.forest.parent[n.index]
	if p == none {
		return Node{}, false
	}
	return Node{n.forest, p}, true
}

// Children returns the nodes below this one in sibling order: by start time, then in the order of
// the slice.
func (n Node) Children() iter.Seq[Node] { return n.forest.nodes(n.forest.childrenOf(n.index)) }

// Spans returns the slice that was given to [Build].
func (f *Forest) Spans() []Span { return f.spans }

// Node returns the node of the span with this index in Spans. It panics if the index is out of
// range.
func (f *Forest) Node(index int) Node {
	_ = f.spans[index]
	return Node{f, int32(index)}
}

// Lookup returns the node with these ids, the first of duplicates, and whether it exists.
func (f *Forest) Lookup(trace TraceID, span SpanID) (Node, bool) {
	i := f.index.lookup(f.spans, trace, span)
	if i == none {
		return Node{}, false
	}
	return Node{f, i}, true
}

// Tops returns the topmost nodes of the trees, in sibling order.
func (f *Forest) Tops() iter.Seq[Node] { return f.nodes(f.tops()) }

// NumTops returns the number of trees.
func (f *Forest) NumTops() int { return len(f.tops()) }

func (f *Forest) childrenOf(i int32) []int32 { return f.children[f.first[i]:f.first[i+1]] }

func (f *Forest) tops() []int32 { return f.children[f.first[len(f.spans)]:] }

func (f *Forest) nodes(indexes []int32) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for _, i := range indexes {
			if !yield(Node{f, i}) {
				return
			}
		}
	}
}

// Build arranges spans as trees. It keeps the slice and neither copies nor changes the spans. Every
// span appears exactly once, however damaged the traces are. Build takes O(n log n) time for n
// spans and links, and less than 24 bytes per span. The number of spans is limited to 2³¹-2.
//
//   - A parent is looked up by trace id and span id, never by span id alone.
//   - A span without a parent is a root. A span whose parent is absent is also on top. It is a root
//     if it is the only such span in its trace, and its parent is known to be remote or it is a
//     SERVER or a CONSUMER: then the caller is not part of the capture. Otherwise it is an orphan.
//   - If spans have the same ids, all except the first are duplicates; children belong to the
//     first.
//   - A root that links to spans of the forest is shown below the earliest of them, and is not a
//     root then.
//   - A CONSUMER that processes a message is shown below the send that it links to, also if its
//     parent is the span of the same service that received the message.
//   - A cycle, of parents or of roots that link to spans below them, is cut at its earliest span,
//     which is put on top.
//   - Siblings, including the tops, are ordered by start time and then by their order in the slice.
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
	placed := f.placeLinkedRoots()
	if f.placeReceived() || placed {
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

// cutCycles detaches the earliest span of every cycle from its parent. Every span has at most one
// parent, so a walk upwards that reaches its own path has found a cycle, and no span is visited
// twice.
func (f *Forest) cutCycles() {
	walked := make([]int32, len(f.spans)) // walked[i]-1 is the span whose walk visited span i; 0 means not visited
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

// markTops distinguishes roots from orphans. A trace has a single entry: if two spans lack their
// parents, at least one of the parents is missing from the capture, and it is unknown which.
func (f *Forest) markTops() {
	candidates := make(map[TraceID]int) // the number of spans without a parent in the trace
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

// orderSiblings fills children and first: it sorts all spans once, then appends each to the
// children of its parent.
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

// place returns the index into first of the siblings of span i.
func (f *Forest) place(i int32) int32 {
	if p := f.parent[i]; p != none {
		return p
	}
	return int32(len(f.spans))
}

// linkRef is a link of span from to a span other than the one above it: the k-th of its n targets.
type linkRef struct{ target, from, k, n int32 }

// linkTargets appends the spans of the forest that span i links to, each once, in sibling order. It
// ignores links of a span to itself.
func (f *Forest) linkTargets(targets []int32, i int32) []int32 {
	s := &f.spans[i]
	for j := range s.Links {
		link := &s.Links[j]
		if link.SpanID == s.SpanID && link.TraceID == s.TraceID {
			continue
		}
		if t := f.index.lookup(f.spans, link.TraceID, link.SpanID); t != none {
			targets = append(targets, t)
		}
	}
	if len(targets) > 1 {
		slices.SortFunc(targets, f.before)
		targets = slices.Compact(targets)
	}
	return targets
}

// placeLinkedRoots puts every root with links into the forest below the earliest of its targets,
// and reports whether it changed anything.
func (f *Forest) placeLinkedRoots() bool {
	var placed bool
	var targets []int32
	for i := range f.spans {
		if f.marks[i]&Root == 0 || len(f.spans[i].Links) == 0 {
			continue
		}
		targets = f.linkTargets(targets[:0], int32(i))
		if len(targets) == 0 {
			continue
		}
		f.parent[i] = targets[0]
		f.marks[i] &^= Root
		placed = true
	}
	return placed
}

// placeReceived puts every span that processes a message below the send that it links to, if its
// parent is only the span that received the message in the same service. It reports whether it
// changed anything.
func (f *Forest) placeReceived() bool {
	var targets []int32
	for i := range f.spans {
		s, p := &f.spans[i], f.parent[i]
		if s.Kind != KindConsumer || len(s.Links) == 0 || p == none || f.marks[i]&Duplicate != 0 {
			continue
		}
		receiver := &f.spans[p]
		if s.Parent != receiver.SpanID || s.Service() != receiver.Service() ||
			MeaningOf(receiver).Step != stepReceive || MeaningOf(s).Class != ClassProcess {
			continue
		}
		targets = f.linkTargets(targets[:0], int32(i))
		send := slices.IndexFunc(targets, func(t int32) bool { return MeaningOf(&f.spans[t]).Class == ClassSend })
		if send < 0 {
			continue
		}
		f.parent[i] = targets[send]
		if f.receives == nil {
			f.receives = make(map[int32][]int32)
		}
		f.receives[p] = append(f.receives[p], int32(i))
	}
	return f.receives != nil
}

// markLinked marks the spans that link to the span above them, whether it is their parent or not.
func (f *Forest) markLinked() {
	for i := range f.spans {
		p := f.parent[i]
		if p == none {
			continue
		}
		for _, link := range f.spans[i].Links {
			if link.SpanID == f.spans[p].SpanID && link.TraceID == f.spans[p].TraceID {
				f.marks[i] |= Linked
				break
			}
		}
	}
}

func (f *Forest) collectReferences() {
	var targets []int32
	for i := range f.spans {
		if len(f.spans[i].Links) == 0 {
			continue
		}
		targets = f.linkTargets(targets[:0], int32(i))
		for k, t := range targets {
			if t != f.parent[i] {
				f.links = append(f.links, linkRef{t, int32(i), int32(k + 1), int32(len(targets))})
			}
		}
	}
	slices.SortFunc(f.links, func(a, b linkRef) int {
		return cmp.Or(cmp.Compare(a.target, b.target), f.before(a.from, b.from))
	})
}

// referencesTo appends the spans that link to span target and are shown below another span.
func (f *Forest) referencesTo(refs []Reference, target int32) []Reference {
	at, _ := slices.BinarySearchFunc(f.links, target, func(l linkRef, t int32) int { return cmp.Compare(l.target, t) })
	for ; at < len(f.links) && f.links[at].target == target; at++ {
		l := f.links[at]
		refs = append(refs, Reference{Node{f, l.from}, Share{int(l.k), int(l.n)}})
	}
	return refs
}

// share returns the position of the span above span i among the spans that span i links to.
func (f *Forest) share(i int32) Share {
	if f.marks[i]&Linked == 0 || len(f.spans[i].Links) < 2 {
		return Share{}
	}
	targets := f.linkTargets(nil, i)
	k := slices.Index(targets, f.parent[i])
	if len(targets) < 2 || k < 0 {
		return Share{}
	}
	return Share{k + 1, len(targets)}
}

// spanIndex finds a span by its ids. It is an open hash table of indexes that needs five bytes per
// span; a Go map would need more than thirty. The hash is seeded, so that ids cannot be chosen to
// collide.
type spanIndex struct {
	seed  maphash.Seed
	slots []int32 // an index plus one, or 0 if free
}

func newSpanIndex(n int) spanIndex {
	return spanIndex{seed: maphash.MakeSeed(), slots: make([]int32, n+n/4+1)}
}

// insert adds span i. It returns false if a span with the same ids exists.
func (x *spanIndex) insert(spans []Span, i int32) bool {
	slot := x.find(spans, spans[i].TraceID, spans[i].SpanID)
	if x.slots[slot] != 0 {
		return false
	}
	x.slots[slot] = i + 1
	return true
}

// lookup returns the index of the span with these ids, or none.
func (x *spanIndex) lookup(spans []Span, trace TraceID, span SpanID) int32 {
	return x.slots[x.find(spans, trace, span)] - 1
}

// find returns the slot that holds these ids, or the free slot where they belong.
func (x *spanIndex) find(spans []Span, trace TraceID, span SpanID) int {
	var key [24]byte
	copy(key[:16], trace[:])
	copy(key[16:], span[:])
	high, _ := bits.Mul64(maphash.Bytes(x.seed, key[:]), uint64(len(x.slots)))
	slot := int(high)
	for {
		i := x.slots[slot] - 1
		if i < 0 || spans[i].SpanID == span && spans[i].TraceID == trace {
			return slot
		}
		if slot++; slot == len(x.slots) {
			slot = 0
		}
	}
}
