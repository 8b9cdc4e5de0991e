package treetest

import (
	"fmt"
	"strings"
	"time"

	"tracelab/internal/expect"
	"tracelab/tracetree"
)

// accepted is what the last expectation that matched has seen.
type accepted struct {
	changes int
	spans   map[acceptedKey]bool // whether they had ended
}

type acceptedKey struct {
	trace tracetree.TraceID
	span  tracetree.SpanID
}

// accept remembers what an expectation has matched, for Quiet, and returns it.
func (r *Recorder) accept(s expect.Snapshot) *accepted {
	known := &accepted{s.Changes, make(map[acceptedKey]bool, len(s.Spans))}
	for i := range s.Spans {
		known.spans[acceptedKey{s.Spans[i].TraceID, s.Spans[i].SpanID}] = !s.Spans[i].Unended
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.accepted = known
	return known
}

// Quiet fails the test if a span starts, ends or arrives within d, counted from the call. If an
// expectation has matched before, everything that happened since then counts, too. So a message
// that is delivered twice, or a retry after the answer, does not go unnoticed because the
// expectation had been met already:
//
//	rec.Expect(`
//		shop: order (root)
//		  mail: process order-placed
//	`)
//	rec.Quiet(200 * time.Millisecond)
//
// In a [testing/synctest] bubble the time is virtual. If a span is recorded twice, as when it was
// sent twice, the second time counts as a change.
func (r *Recorder) Quiet(d time.Duration) {
	r.t.Helper()
	r.mu.Lock()
	known := r.accepted
	r.mu.Unlock()
	came := "spans came after the expectation was met"
	if known == nil {
		known, came = r.accept(r.take()), "spans came"
	}
	s := r.take()
	if s.Changes == known.changes && d > 0 {
		select {
		case <-s.Changed:
		case <-time.After(d):
		case <-r.t.Context().Done():
		}
		s = r.take()
	}
	if s.Changes == known.changes {
		return
	}
	forest := tracetree.Build(s.Spans)
	var b strings.Builder
	for i := range s.Spans {
		span := &s.Spans[i]
		switch ended, seen := known.spans[acceptedKey{span.TraceID, span.SpanID}]; {
		case !seen:
			fmt.Fprintf(&b, "  %s\n", tracetree.Label(span))
		case !ended && !span.Unended:
			fmt.Fprintf(&b, "  %s, which was open before and has ended\n", tracetree.Label(span))
		}
	}
	if b.Len() == 0 {
		b.WriteString("  none: a span that was recorded already has changed, or was sent again\n")
	}
	r.t.Errorf("%s, want none for %v\nnew:\n%s\nseen:\n%s",
		came, d, b.String(), expect.Indent(tracetree.Format(forest), "  "))
}

// Reset forgets the spans that have ended and what was refused, so that the next section of a test
// begins with an empty recorder. Spans that are open stay, and so do those that end later. A span
// whose parent is forgotten is an orphan; reset between traces.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.spans[:0:0]
	open := make(map[spanKey][]int, len(r.open))
	for i, s := range r.spans {
		for _, at := range r.open[keyOf(s)] {
			if at == i {
				open[keyOf(s)] = append(open[keyOf(s)], len(kept))
				kept = append(kept, s)
			}
		}
	}
	r.spans, r.open, r.added, r.troubles, r.accepted = kept, open, nil, nil, nil
}
