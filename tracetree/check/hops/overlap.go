package hops

import (
	"sort"

	"tracelab/tracetree"
)

// Overlap is an operation of which calls were lost at the same time, so that it can't be known
// which server belongs to which of them.
type Overlap struct {
	Key     Key   // as ServedKeyOf
	Servers []int // that start a trace, in the order of the spans
	Call    int   // one of the calls
	Calls   int
}

// overlaps finds the operations whose calls were all lost, some at the same
// time. It looks at the spans that aren't taken by a pair. Since none of them is
// known to belong to another one, all of the evidence has to agree: no server of
// the operation has a parent, each is inside the time of a call that was not
// served, all calls are one service's, and they are at least as many.
func (h *Finder) overlaps(taken map[int]bool) []Overlap {
	spans := h.forest.Spans()
	groups := h.startedTogether(spans, taken)
	if len(groups) == 0 {
		return nil
	}
	continued := h.continued()
	calls := map[Key][]int{}
	for _, c := range h.calls {
		if key := keyAt(spans, c); key.Class != None && !taken[c] {
			calls[key] = append(calls[key], c)
		}
	}
	for _, of := range calls {
		sort.SliceStable(of, func(a, b int) bool { return spans[of[a]].Start < spans[of[b]].Start })
	}
	var found []Overlap
	for _, g := range groups {
		of := calls[keyAt(spans, g.Servers[0])]
		if !continued[g.Key] && g.countCalls(spans, of) && g.isInside(spans, of) {
			found = append(found, *g)
		}
	}
	return found
}

// startedTogether groups the servers that start a trace and aren't taken by
// what they serve, and leaves out those that are alone.
func (h *Finder) startedTogether(spans []tracetree.Span, taken map[int]bool) []*Overlap {
	type operationAt struct {
		service string
		key     Key
	}
	byOperation := map[operationAt]*Overlap{}
	var all []*Overlap // in the order of the spans
	for _, r := range h.served {
		key := ServedKeyOf(&spans[r])
		if taken[r] || key.Class == None {
			continue
		}
		at := operationAt{spans[r].Service(), key}
		g := byOperation[at]
		if g == nil {
			g = &Overlap{Key: key}
			byOperation[at] = g
			all = append(all, g)
		}
		g.Servers = append(g.Servers, r)
	}
	var several []*Overlap
	for _, g := range all {
		if len(g.Servers) > 1 {
			several = append(several, g)
		}
	}
	return several
}

// continued returns the keys of the operations of which a server continues its caller's trace.
func (h *Finder) continued() map[Key]bool {
	starts := map[int]bool{}
	for _, r := range h.served {
		starts[r] = true
	}
	keys := map[Key]bool{}
	spans := h.forest.Spans()
	for i := range spans {
		if spans[i].Kind == tracetree.KindServer && !starts[i] && !h.forest.Node(i).Has(tracetree.Duplicate) {
			keys[ServedKeyOf(&spans[i])] = true
		}
	}
	return keys
}

// countCalls counts those of the calls that may be of the group, and reports
// whether they are enough and all of one service.
func (g *Overlap) countCalls(spans []tracetree.Span, calls []int) bool {
	server := &spans[g.Servers[0]]
	for _, c := range calls {
		call := &spans[c]
		if g.Key.Class == HTTP && !routeMatches(g.Key.b, pathOf(call)) || !reaches(call, server) {
			continue
		}
		if g.Calls > 0 && call.Service() != spans[g.Call].Service() {
			return false
		}
		g.Call = c
		g.Calls++
	}
	return g.Calls >= len(g.Servers)
}

// isInside reports whether each server of the group is inside the time of one of the calls, which
// are sorted by start. It compares a server with at most maxCandidates of the calls that began
// before it.
func (g *Overlap) isInside(spans []tracetree.Span, calls []int) bool {
	for _, r := range g.Servers {
		s := &spans[r]
		before := sort.Search(len(calls), func(i int) bool { return spans[calls[i]].Start > s.Start })
		inside := false
		for i := before - 1; i >= max(0, before-maxCandidates) && !inside; i-- {
			inside = isDuring(&spans[calls[i]], s) && sameCall(&spans[calls[i]], s)
		}
		if !inside {
			return false
		}
	}
	return true
}
