package check

import (
	"fmt"

	"tracelab/tracetree"
	"tracelab/tracetree/check/hops"
)

func orphan() Check {
	return Check{
		ID:       "orphan",
		Title:    "a span's parent is missing",
		Severity: Error,
		Doc: `A span that names a parent which is not among the spans, although it should be. A parent that is known to be in
the same process is an error: a span was lost. One that may be elsewhere is a warning: its service may not be
instrumented, or was not captured.

The tree falls apart at that place: what is below no longer shows what it was done for.

See that every span is ended, on every path out of the function; that providers are shut down or flushed before the
program exits; that queues are large enough for bursts; and that all services sample alike (parent based).`,
		Lesson: []string{"spans are connected: no orphans"},
		bad: []example{{
			Why:  "the span between was never exported",
			Tree: "shop: GET /cart (root)\n\nshop: load prices (orphan)",
		}},
		good: []example{{
			Why:  "the caller of an entry isn't part of the capture, and need not be",
			Tree: "shop: GET /cart (root) {@kind=server}\n  db: Query (carts table)",
		}},
		run: func(p *pass) {
			var absent []int
			for top := range p.Forest.Tops() {
				if top.Has(tracetree.Orphan) && !top.Has(tracetree.Duplicate) {
					absent = append(absent, top.Index())
				}
			}
			if len(absent) > 0 {
				reportOrphans(p, absent)
			}
			reportHeadless(p)
		},
	}
}

// reportOrphans reports each fragment that no other check reports: broken-propagation does where it
// is known where the fragment belongs, one-root where a trace has lost its root.
func reportOrphans(p *pass, absent []int) {
	reported := map[int]bool{}
	if lost := p.lostContext(); lost != nil && !p.Config.silences("broken-propagation") {
		reported = lost.Receivers()
	}
	rootless := map[int]bool{}
	if !p.Config.silences("one-root") {
		rootless = p.rootlessTops()
	}
	elsewhere := hops.ParentsElsewhere(p.Forest, absent)
	for _, i := range absent {
		if !reported[i] && !rootless[i] {
			reportOrphan(p, i, elsewhere)
		}
	}
}

func reportOrphan(p *pass, i int, elsewhere map[int]int) {
	s := &p.Forest.Spans()[i]
	seen := "its parent " + s.Parent.String() + " is not among the spans"
	var related []Ref
	if at, ok := elsewhere[i]; ok {
		other := &p.Forest.Spans()[at]
		seen = "its parent " + s.Parent.String() + " is not among the spans of its trace: trace " + other.TraceID.String() +
			" has a span of this ID"
		related = []Ref{refTo(other)}
	}
	if s.ParentRemote == tracetree.RemoteNo {
		f := p.Report(i, seen, "a parent in the same process, as the span claims",
			"the parent was never ended, or has not ended yet", "the parent was dropped from a full export queue",
			"the program exited before its spans were flushed",
			"the parent came after a tail sampler had decided about its trace")
		f.Related = related
		return
	}
	f := p.Report(i, seen, "a parent among the spans",
		"the service above is not instrumented, or its spans go elsewhere",
		"the service above sampled the trace away, and this one decided for itself",
		"the spans above came after a tail sampler had decided about their trace",
		"the root is still open, or the capture is incomplete")
	f.Severity = Warning
	f.Related = related
}

// minHeadless is how many traces of a service must begin below an absent parent, and none
// otherwise, before it is worth a remark: one is an entry whose caller isn't captured.
const minHeadless = 3

// reportHeadless reports the services of which every trace begins below a parent that isn't in the
// capture: something above all of them is missing.
func reportHeadless(p *pass) {
	type starts struct{ absent, other, first int }
	services := map[string]*starts{}
	var order []string
	for top := range p.Forest.Tops() {
		if top.Has(tracetree.Duplicate) || top.Has(tracetree.Cycle) {
			continue
		}
		name := top.Span().Service()
		at := services[name]
		if at == nil {
			at = &starts{first: top.Index()}
			services[name] = at
			order = append(order, name)
		}
		if top.Span().Parent.IsZero() || !isEntry(top.Span()) {
			at.other++
		} else {
			at.absent++
		}
	}
	for _, name := range order {
		if at := services[name]; at.other == 0 && at.absent >= minHeadless {
			p.Report(at.first,
				fmt.Sprintf("all %d traces of %s begin below a parent that is not in the capture", at.absent, name),
				"the caller's spans in the same capture, or roots",
				"the caller is a gateway, a mesh or a platform whose spans go elsewhere",
				"a client sends a traceparent and exports no spans",
				"the caller's export fails").Severity = Info
		}
	}
}
