package tracetree

import (
	"cmp"
	"slices"
)

// linkRef is a link that is not the place where its span is shown: the k-th of n targets of span from.
type linkRef struct{ target, from, k, n int32 }

// linkTargets appends the spans of the forest that span i links to, each once, in sibling order. A span that links to
// itself says nothing by it.
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

// placeLinkedRoots puts every root that links into the forest below the earliest of its targets, and reports whether
// there was one.
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

// markLinked marks the spans that link to the span that they are shown below, whichever way they came there.
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

// referencesTo appends the spans that link to span target and are shown elsewhere.
func (f *Forest) referencesTo(refs []Reference, target int32) []Reference {
	at, _ := slices.BinarySearchFunc(f.links, target, func(l linkRef, t int32) int { return cmp.Compare(l.target, t) })
	for ; at < len(f.links) && f.links[at].target == target; at++ {
		l := f.links[at]
		refs = append(refs, Reference{Node{f, l.from}, Share{int(l.k), int(l.n)}})
	}
	return refs
}

// share returns the position of span i's place among the spans that it links to.
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
