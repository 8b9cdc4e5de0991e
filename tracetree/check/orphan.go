package check

import "tracelab/tracetree"

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
		Bad: []Example{{
			Why:  "the span between was never exported",
			Tree: "shop: GET /cart (root)\n\nshop: load prices (orphan)",
		}},
		Good: []Example{{
			Why:  "the caller of an entry isn't part of the capture, and need not be",
			Tree: "shop: GET /cart (root) {@kind=server}\n  db: Query (carts table)",
		}},
		Run: func(p *Pass) {
			for top := range p.Forest.Tops() {
				if !top.Has(tracetree.Orphan) || top.Has(tracetree.Duplicate) {
					continue
				}
				s := top.Span()
				seen := "its parent " + s.Parent.String() + " is not among the spans"
				if s.ParentRemote == tracetree.RemoteNo {
					p.Report(top.Index(), seen, "a parent in the same process, as the span says",
						"the parent was never ended", "the parent was dropped from a full export queue",
						"the program exited before its spans were flushed")
					continue
				}
				p.Report(top.Index(), seen, "a parent among the spans",
					"the service above is not instrumented, or its spans go elsewhere",
					"the service above sampled the trace away, and this one decided for itself",
					"the capture is incomplete").Severity = Warning
			}
		},
	}
}
