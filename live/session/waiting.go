package session

import (
	"slices"
	"time"

	"tracelab/tracetree"
)

// waiting holds spans of traces that belong to no session yet: a span can come before the one with
// the link that makes its trace belong to a session. The zero waiting is empty.
type waiting struct {
	spans map[tracetree.TraceID]waitingTrace
	from  map[tracetree.TraceID]map[tracetree.TraceID]struct{} // of a trace, those that link to it
	order []tracetree.TraceID                                  // by their first spans; some are taken already
	count int                                                  // of spans
}

// waitingTrace has the spans of one trace.
type waitingTrace struct {
	spans []tracetree.Span
	last  time.Time // when one came
}

// maxWaiting is the number of spans that wait. The oldest traces go first.
const maxWaiting = 10_000

func (w *waiting) add(span *tracetree.Span) {
	if w.spans == nil {
		w.spans = make(map[tracetree.TraceID]waitingTrace)
		w.from = make(map[tracetree.TraceID]map[tracetree.TraceID]struct{})
	}
	id := span.TraceID
	trace, known := w.spans[id]
	if !known {
		w.order = append(w.order, id)
	}
	w.spans[id] = waitingTrace{append(trace.spans, *span), time.Now()}
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
		w.order = slices.DeleteFunc(w.order, func(id tracetree.TraceID) bool { return w.spans[id].spans == nil })
	}
}

// take removes the spans of a trace, and returns them.
func (w *waiting) take(id tracetree.TraceID) []tracetree.Span {
	spans := w.spans[id].spans
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

// since returns one span of each trace that has received spans since at: the root, or the first
// span if there is no root yet. It returns at most limit spans, those of the newest traces, and the
// number of traces that it left out.
func (w *waiting) since(at time.Time, limit int) (of []tracetree.Span, more int) {
	listed := make(map[tracetree.TraceID]bool) // a trace that was taken, and came again, is in the order twice
	for _, id := range slices.Backward(w.order) {
		trace, waits := w.spans[id]
		switch {
		case !waits || listed[id] || trace.last.Before(at):
			continue
		case len(of) == limit:
			more++
		default:
			root := max(0, slices.IndexFunc(trace.spans, func(s tracetree.Span) bool { return s.Parent == tracetree.SpanID{} }))
			of = append(of, trace.spans[root])
		}
		listed[id] = true
	}
	return of, more
}

// endedTraces remembers the traces of sessions that have ended, the last ones. The zero endedTraces
// is empty.
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
