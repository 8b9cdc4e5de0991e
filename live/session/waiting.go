package session

import (
	"slices"

	"tracelab/tracetree"
)

// waiting holds spans of traces that belong to no session yet: a span can come before the one with the
// link that makes its trace belong to a session. The zero waiting is empty.
type waiting struct {
	spans map[tracetree.TraceID][]tracetree.Span
	from  map[tracetree.TraceID]map[tracetree.TraceID]struct{} // of a trace, those that link to it
	order []tracetree.TraceID                                  // by their first spans; some are taken already
	count int                                                  // of spans
}

// maxWaiting is the number of spans that wait. The oldest traces go first.
const maxWaiting = 10_000

func (w *waiting) add(span *tracetree.Span) {
	if w.spans == nil {
		w.spans = make(map[tracetree.TraceID][]tracetree.Span)
		w.from = make(map[tracetree.TraceID]map[tracetree.TraceID]struct{})
	}
	id := span.TraceID
	if w.spans[id] == nil {
		w.order = append(w.order, id)
	}
	w.spans[id] = append(w.spans[id], *span)
	for i := range span.Links {
		to := span.Links[i].TraceID
		if w.from[to] == nil {
			w.from[to] = make(map[tracetree.TraceID]struct{})
		}
		w.from[to][id] = struct{}{}
	}
	w.count++
	for w.count > maxWaiting {
		w.take(w.order[0])
		w.order = w.order[1:]
	}
	if len(w.order) > 2*maxWaiting {
		w.order = slices.DeleteFunc(w.order, func(id tracetree.TraceID) bool { return w.spans[id] == nil })
	}
}

// take removes the spans of a trace, and returns them.
func (w *waiting) take(id tracetree.TraceID) []tracetree.Span {
	spans := w.spans[id]
	delete(w.spans, id)
	w.count -= len(spans)
	for i := range spans {
		for j := range spans[i].Links {
			to := spans[i].Links[j].TraceID
			if delete(w.from[to], id); len(w.from[to]) == 0 {
				delete(w.from, to)
			}
		}
	}
	return spans
}

// endedTraces remembers the traces of sessions that have ended, the last ones. The zero endedTraces is
// empty.
type endedTraces struct {
	ids  map[tracetree.TraceID]struct{}
	ring []tracetree.TraceID
	next int
}

const maxEnded = 1 << 14

func (e *endedTraces) has(id tracetree.TraceID) bool {
	_, ok := e.ids[id]
	return ok
}

func (e *endedTraces) add(id tracetree.TraceID) {
	if e.ids == nil {
		e.ids = make(map[tracetree.TraceID]struct{})
	}
	e.ids[id] = struct{}{}
	if len(e.ring) < maxEnded {
		e.ring = append(e.ring, id)
		return
	}
	delete(e.ids, e.ring[e.next])
	e.ring[e.next] = id
	e.next = (e.next + 1) % maxEnded
}
