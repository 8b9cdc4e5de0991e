package hops

import (
	"encoding/binary"

	"tracelab/tracetree"
)

// moved pairs the spans whose parent their trace lacks with the span of that id in another trace,
// if there is exactly one and it can be meant. Span ids are random, so one id in two traces is no
// coincidence; but captures that were written by hand number the spans of each trace from 1 on. So
// unless one trace id is the other's half, the two spans must be the ends of a call or of a
// message, at a time that fits.
func (h *Finder) moved() []Pair {
	if len(h.absent) == 0 {
		return nil
	}
	spans := h.forest.Spans()
	elsewhere := ParentsElsewhere(h.forest, h.absent)
	var pairs []Pair
	for _, i := range h.absent {
		at, ok := elsewhere[i]
		if !ok {
			continue
		}
		if Cut(spans[at].TraceID, spans[i].TraceID) || isHop(h.forest.Node(at), &spans[i]) {
			pairs = append(pairs, Pair{at, i})
		}
	}
	return pairs
}

// ParentsElsewhere returns, for each of the given spans, the one span of another trace that has the
// id of its parent, if there is exactly one. It takes time linear in the spans.
func ParentsElsewhere(f *tracetree.Forest, absent []int) map[int]int {
	const none, several = -1, -2
	wanted := map[tracetree.SpanID]int{}
	spans := f.Spans()
	for _, i := range absent {
		wanted[spans[i].Parent] = none
	}
	for i := range spans {
		at, ok := wanted[spans[i].SpanID]
		switch {
		case !ok || f.Node(i).Has(tracetree.Duplicate):
		case at == none:
			wanted[spans[i].SpanID] = i
		default:
			wanted[spans[i].SpanID] = several
		}
	}
	found := map[int]int{}
	for _, i := range absent {
		if at := wanted[spans[i].Parent]; at >= 0 {
			found[i] = at
		}
	}
	return found
}

// Cut reports whether one trace id consists of the last 64 bits of the other: some libraries and
// formats know no more.
func Cut(a, b tracetree.TraceID) bool {
	if a == b || [8]byte(a[8:]) != [8]byte(b[8:]) {
		return false
	}
	return binary.BigEndian.Uint64(a[:8]) == 0 || binary.BigEndian.Uint64(b[:8]) == 0
}

// isHop reports whether a span can be the caller or the sender of another one.
func isHop(from tracetree.Node, to *tracetree.Span) bool {
	s := from.Span()
	switch {
	case s.Kind == tracetree.KindClient && to.Kind == tracetree.KindServer:
		return isDuring(s, to) && !isServed(from)
	case s.Kind == tracetree.KindProducer && to.Kind == tracetree.KindConsumer:
		return s.Start != 0 && to.Start >= s.Start
	}
	return false
}
