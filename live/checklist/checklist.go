// Package checklist grades the traces of a store against the challenge while they arrive: for the
// page, for the command, and for the teams of a class.
package checklist

import (
	"context"
	"net/http"
	"time"

	"tracelab/challenge"
	"tracelab/live/problem"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/filter"
)

// The traces that are graded. Newest first, the ones with a span of the gateway, then the ones with
// a span of another service of the system, which a lost context leaves: so a worker that traces
// each empty poll of its queue can't push out the requests.
const (
	maxTraces = 40   // of each service
	maxSpans  = 2000 // together; a trace that would exceed this is left out
)

// Spans returns the spans of a store that are graded, and the number of traces that were left out
// because they have too many spans. The trace with the given ID, unless it is zero, is always among
// the graded ones.
func Spans(s *store.Store, names challenge.Names, trace tracetree.TraceID) (spans []tracetree.Span, leftOut int) {
	seen := make(map[tracetree.TraceID]bool)
	if !trace.IsZero() {
		seen[trace] = true
		spans = s.Spans(trace)
	}
	for _, service := range []string{names.Gateway, names.TaskService, names.Worker, ""} {
		query := store.Query{Filter: filter.Filter{Service: service}, Limit: maxTraces}
		for _, summary := range s.Traces(query) {
			if seen[summary.ID] {
				continue
			}
			seen[summary.ID] = true
			if len(spans)+summary.Spans > maxSpans {
				leftOut++
				continue
			}
			spans = append(spans, s.Spans(summary.ID)...)
		}
	}
	return spans, leftOut
}

// Path is where the API has the checklist.
const Path = "/api/v1/challenge"

// Checklist is the grade of what a store has. Its methods are safe for concurrent use.
type Checklist struct {
	store *store.Store
	names challenge.Names
	trace tracetree.TraceID

	turn    chan struct{} // has a value while one caller uses the fields below
	counted store.Stats   // of the store, when the grade was made
	made    bool
	rest    time.Time // before it, nothing is graded again for readers
	grade   challenge.Grade
	leftOut int
}

// New returns the checklist of a store, with the names of the system that is graded. Only the
// request with the given trace ID is graded, unless it is zero.
func New(s *store.Store, names challenge.Names, trace tracetree.TraceID) *Checklist {
	return &Checklist{store: s, names: names, trace: trace, turn: make(chan struct{}, 1)}
}

// MinRest is the least time between two grades. The first one after a pause is made at once.
const MinRest = 250 * time.Millisecond

// Rest returns how long to wait after a grade that took a time, so that grading has a ninth of a
// processor's time at most.
func Rest(took time.Duration) time.Duration { return max(MinRest, 8*took) }

// Grade returns the grade of what the store has, and the number of traces that were left out. It
// grades again only if spans have come since the last time.
func (c *Checklist) Grade() (grade challenge.Grade, leftOut int) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.refresh()
	return c.grade, c.leftOut
}

// shared is Grade for any number of readers: it grades again only after a [Rest], for which all
// readers wait together. If ctx ends meanwhile, it returns the last grade.
func (c *Checklist) shared(ctx context.Context) (grade challenge.Grade, leftOut int) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	if wait := time.Until(c.rest); wait > 0 && !c.isCurrent() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return c.grade, c.leftOut
		case <-timer.C:
		}
	}
	c.refresh()
	return c.grade, c.leftOut
}

// refresh grades what the store has, unless it was graded before. Its caller has the turn.
func (c *Checklist) refresh() {
	if c.isCurrent() {
		return
	}
	began := time.Now()
	c.counted, c.made = c.store.Stats(), true
	spans, leftOut := Spans(c.store, c.names, c.trace)
	c.grade = challenge.RunTrace(check.Input{Forest: tracetree.Build(spans)}, c.names, c.trace)
	c.leftOut, c.rest = leftOut, time.Now().Add(Rest(time.Since(began)))
}

// isCurrent reports whether no spans have come since the last grade. Its caller has the turn.
func (c *Checklist) isCurrent() bool {
	now := c.store.Stats()
	return c.made && now.Received == c.counted.Received && now.Kept == c.counted.Kept
}

// Answer is the checklist in the form that the API returns.
type Answer struct {
	Headings []Heading `json:"headings"` // in the order of the items
	Grade
}

// Handler returns the handler of [Path].
func (c *Checklist) Handler() http.Handler {
	headings := Headings(c.names)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, func(w http.ResponseWriter, r *http.Request) {
		problem.Respond(w, r, func(r *http.Request) (any, error) {
			grade, leftOut := c.shared(r.Context())
			return Answer{headings, NewGrade(&grade, leftOut)}, nil
		})
	})
	return problem.Mux(mux, "docs/api.md")
}
