package check

import (
	"fmt"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

func oneRoot() Check {
	return Check{
		ID:       "one-root",
		Title:    "a trace has no root, or several",
		Severity: Error,
		Doc: `A trace that doesn't have exactly one root. A root is a span without a parent, or an entry: the one span whose caller
is not part of the capture.

The root is what the trace is listed, counted and measured by. With several there are several requests in one trace, or one
that fell apart; without a root, it can't be seen what was requested.

With several roots, look for a trace id that is set by hand or reused, and for spans that are started with a context whose
span was taken out. With none, look at the findings about orphans: the root was lost, or has not ended yet.`,
		Lesson: []string{"exactly one root span"},
		bad: []example{
			{
				Why: "two requests are in one trace",
				Spans: `
					span=1 kind=server name="POST /order"
					span=2 kind=server name="GET /order"`,
			},
			{
				Why:  "the root was never exported",
				Tree: "shop: load prices (orphan)\n  db: Query (prices table)",
			},
		},
		good: []example{
			{
				Why:   "the caller of an entry isn't part of the capture, and need not be",
				Spans: `span=2 parent=1 remote=yes kind=server name="POST /order"`,
			},
			{
				Why: "the worker's root is the root of a trace of its own, which links to the first",
				Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders)\n" +
					"    mail: process order {@trace=new}          ← linked span",
			},
		},
		span: countRoots,
		run: func(p *pass) {
			for trace, count := range p.roots {
				reportRoots(p, trace, count)
			}
		},
	}
}

// rootCount is how many roots a trace has.
type rootCount struct {
	roots, tops   int32
	first, second int32 // the first two roots, or the first top of a trace without one
	lost          bool  // a top lacks a parent that should be there
	cut           bool  // a top is a span at which a cycle was cut
}

func countRoots(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
	if p.roots == nil {
		p.roots = map[tracetree.TraceID]rootCount{}
	}
	n := p.Forest.Node(i)
	if _, ok := span.Parent(p.Forest, n); ok || n.Has(tracetree.Duplicate) {
		return
	}
	c := p.roots[s.TraceID]
	c.tops++
	switch {
	case span.IsRoot(p.Forest, n):
		switch c.roots++; c.roots {
		case 1:
			c.first = int32(i)
		case 2:
			c.second = int32(i)
		}
	case c.tops == 1, c.cut && !c.lost: // rather a span whose parent is absent than one of a cycle
		c.first = int32(i)
	}
	c.cut = c.cut || n.Has(tracetree.Cycle)
	c.lost = c.lost || n.Has(tracetree.Orphan) && !isEntry(s)
	p.roots[s.TraceID] = c
}

// isEntry reports whether a span whose parent is absent may have been called
// from outside.
func isEntry(s *tracetree.Span) bool {
	return s.ParentRemote != tracetree.RemoteNo &&
		(s.ParentRemote == tracetree.RemoteYes || s.Kind == tracetree.KindServer || s.Kind == tracetree.KindConsumer)
}

// rootlessTops returns the tops that one-root reports: in a trace without a root of which a span
// was lost, the first. It is empty if one-root is not among the checks of this run. It is for the
// Run functions of checks.
func (in *Input) rootlessTops() map[int]bool {
	found := map[int]bool{}
	for _, c := range in.roots {
		if c.roots == 0 && c.lost {
			found[int(c.first)] = true
		}
	}
	return found
}

func reportRoots(p *pass, trace tracetree.TraceID, c rootCount) {
	switch {
	case c.roots > 1:
		f := p.Report(int(c.second), fmt.Sprintf("%d spans of trace %s have no parent", c.roots, trace),
			"exactly one root span",
			"a trace id is set by hand, or used for more than one request",
			"a span is started with a context that has the trace but not the span",
			"the parent's id was lost on the way")
		f.Related = []Ref{refTo(&p.Forest.Spans()[c.first])}
	case c.roots == 0 && !c.lost && p.cycles[trace] && !p.Config.silences("parent-cycle"):
		// One fact is one finding, here that of parent-cycle.
	case c.roots == 0 && (c.lost || c.cut):
		p.Report(int(c.first), fmt.Sprintf("no span of trace %s is its root: %d lack their parents", trace, c.tops),
			"exactly one root span",
			"the root was never ended, or not exported",
			"the capture ended before the root did",
			"the root came after a tail sampler had decided about its trace")
	}
}
