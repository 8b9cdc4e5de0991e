package check

import (
	"fmt"

	"tracelab/tracetree"
)

// namedMissing is how many of a trace's missing spans a finding refers to.
const namedMissing = 5

func partialTrace() Check {
	return Check{
		ID:       "partial-trace",
		Title:    "a trace was exported in part",
		Severity: Warning,
		Doc: `A trace of which some recorded spans were exported and others, that had ended, were not. This needs the recorded spans and
the exported ones. A trace that was not exported at all was sampled that way, and is not flagged.

A tree with holes is misleading: the missing work seems not to have happened, and the spans below it are orphans.

Let all services decide alike: a sampler that follows the parent's decision, and one decision for a trace and those that are
linked to it. Give the export queue room for bursts, and shut providers down, with time to flush, before the program exits.`,
		bad: []example{{
			Why: "one span was recorded and never arrived",
			Spans: `
				span=1 service=shop name="GET /cart"
				span=2 parent=1 service=shop name="load prices" exported=no`,
		}},
		good: []example{{
			Why: "the other trace was not exported at all",
			Spans: `
				trace=1 span=1 service=shop name="GET /cart"
				trace=2 span=1 service=shop name="GET /cart" exported=no`,
		}},
		run: func(p *pass) {
			if len(p.Recorded) == 0 {
				return
			}
			exported := make(map[tracetree.TraceID]int, p.Forest.NumTops())
			for i := range p.Forest.Spans() {
				if s := &p.Forest.Spans()[i]; s.Parent.IsZero() || exported[s.TraceID] == 0 {
					exported[s.TraceID] = i + 1
				}
			}
			missing := map[tracetree.TraceID][]int{}
			recorded := map[tracetree.TraceID]int{}
			var traces []tracetree.TraceID
			for i := range p.Recorded {
				s := &p.Recorded[i]
				if exported[s.TraceID] == 0 || s.Unended {
					continue
				}
				recorded[s.TraceID]++
				if _, ok := p.Forest.Lookup(s.TraceID, s.SpanID); ok {
					continue
				}
				if missing[s.TraceID] == nil {
					traces = append(traces, s.TraceID)
				}
				missing[s.TraceID] = append(missing[s.TraceID], i)
			}
			for _, trace := range traces {
				spans := missing[trace]
				f := p.Report(exported[trace]-1, fmt.Sprintf("%d of the %s of the trace were not exported",
					len(spans), plural(recorded[trace], "span")),
					"all spans of the trace, or none",
					"the services decide for themselves what to sample",
					"the export queue was full", "the program exited before its spans were flushed")
				for _, i := range spans[:min(len(spans), namedMissing)] {
					f.Related = append(f.Related, refTo(&p.Recorded[i]))
				}
			}
		},
	}
}
