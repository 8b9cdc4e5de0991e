package check

import (
	"sort"

	"tracelab/tracetree"
)

// overlap is an operation of which calls were lost at the same time, so that
// nobody can know which server belongs to which of them.
type overlap struct {
	key     hopKey  // as servedKeyOf
	servers []int32 // that start a trace, in the order of the spans
	call    int32   // one of the calls
	calls   int
}

// overlaps finds the operations whose calls were all lost, some at the same
// time. It looks at the spans that aren't taken by a pair. Since none of them is
// known to belong to another one, everything has to speak for it: no server of
// the operation has a parent, each is inside the time of a call that was not
// served, all calls are one service's, and they are at least as many.
func (h *lostHops) overlaps(f *tracetree.Forest, taken map[int32]bool) []overlap {
	spans := f.Spans()
	groups := h.startedTogether(spans, taken)
	if len(groups) == 0 {
		return nil
	}
	continued := h.continued(f)
	calls := map[hopKey][]int32{}
	for _, c := range h.calls {
		if key := keyAt(spans, c); key.class != noHop && !taken[c] {
			calls[key] = append(calls[key], c)
		}
	}
	for _, of := range calls {
		sort.SliceStable(of, func(a, b int) bool { return spans[of[a]].Start < spans[of[b]].Start })
	}
	var found []overlap
	for _, g := range groups {
		of := calls[keyAt(spans, g.servers[0])]
		if !continued[g.key] && g.countCalls(spans, of) && g.isInside(spans, of) {
			found = append(found, *g)
		}
	}
	return found
}

// startedTogether groups the servers that start a trace and aren't taken by
// what they serve, and leaves out those that are alone.
func (h *lostHops) startedTogether(spans []tracetree.Span, taken map[int32]bool) []*overlap {
	type operationAt struct {
		service string
		key     hopKey
	}
	byOperation := map[operationAt]*overlap{}
	var all []*overlap // in the order of the spans
	for _, r := range h.served {
		key := servedKeyOf(&spans[r])
		if taken[r] || key.class == noHop {
			continue
		}
		at := operationAt{spans[r].Service(), key}
		g := byOperation[at]
		if g == nil {
			g = &overlap{key: key}
			byOperation[at] = g
			all = append(all, g)
		}
		g.servers = append(g.servers, r)
	}
	var several []*overlap
	for _, g := range all {
		if len(g.servers) > 1 {
			several = append(several, g)
		}
	}
	return several
}

// continued returns what is served by servers that don't start a trace.
func (h *lostHops) continued(f *tracetree.Forest) map[hopKey]bool {
	starts := map[int32]bool{}
	for _, r := range h.served {
		starts[r] = true
	}
	keys := map[hopKey]bool{}
	spans := f.Spans()
	for i := range spans {
		if spans[i].Kind == tracetree.KindServer && !starts[int32(i)] && !f.Node(i).Has(tracetree.Duplicate) {
			keys[servedKeyOf(&spans[i])] = true
		}
	}
	return keys
}

// countCalls counts those of the calls that may be of the group, and reports
// whether they are enough and all of one service.
func (g *overlap) countCalls(spans []tracetree.Span, calls []int32) bool {
	server := &spans[g.servers[0]]
	for _, c := range calls {
		call := &spans[c]
		if g.key.class == httpHop && !routeMatches(g.key.b, pathOf(call)) || !reaches(call, server) {
			continue
		}
		if g.calls > 0 && call.Service() != spans[g.call].Service() {
			return false
		}
		g.call = c
		g.calls++
	}
	return g.calls >= len(g.servers)
}

// isInside reports whether each server of the group is inside the time of one
// of the calls, which stand in the order of their starts. It compares a server
// with no more than a crowd of the calls that began before it.
func (g *overlap) isInside(spans []tracetree.Span, calls []int32) bool {
	for _, r := range g.servers {
		s := &spans[r]
		before := sort.Search(len(calls), func(i int) bool { return spans[calls[i]].Start > s.Start })
		inside := false
		for i := before - 1; i >= max(0, before-crowd) && !inside; i-- {
			inside = isDuring(&spans[calls[i]], s) && sameCall(&spans[calls[i]], s)
		}
		if !inside {
			return false
		}
	}
	return true
}
