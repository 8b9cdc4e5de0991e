package check

import (
	"fmt"

	"tracelab/tracetree"
)

func errorsKept() Check {
	return Check{
		ID:       "errors-kept",
		Title:    "a trace with an error was not exported",
		Severity: Error,
		Doc: `A trace with a span in ERROR of which nothing was exported. This needs the recorded spans and the exported ones: exported
spans alone don't show what is missing.

Failures are rare, and traces are mostly read to find their causes. A sampler that decides at random at the root, before
anything has failed, keeps one in a hundred of them.

Decide when the trace is complete: a tail sampler, in the program or in the Collector, that keeps every trace with an error
and a share of the others. Look at the export queue, too: if it overflows under load, it drops spans when they matter most.`,
		Mistakes: []string{"only sampling successes"},
		bad: []example{{
			Why: "the failed request was not sampled",
			Spans: `
				trace=1 span=1 service=shop name="GET /cart"
				trace=2 span=1 service=shop name="GET /cart" status=error exported=no`,
		}},
		good: []example{{
			Why: "the request that was not sampled did not fail",
			Spans: `
				trace=1 span=1 service=shop name="GET /cart"
				trace=2 span=1 service=shop name="GET /cart" exported=no`,
		}},
		run: func(p *pass) {
			if len(p.Recorded) == 0 {
				return
			}
			exported := make(map[tracetree.TraceID]bool, p.Forest.NumTops())
			for i := range p.Forest.Spans() {
				exported[p.Forest.Spans()[i].TraceID] = true
			}
			failed := map[tracetree.TraceID][]int{}
			var traces []tracetree.TraceID
			for i := range p.Recorded {
				s := &p.Recorded[i]
				if s.Status != tracetree.StatusError || exported[s.TraceID] {
					continue
				}
				if failed[s.TraceID] == nil {
					traces = append(traces, s.TraceID)
				}
				failed[s.TraceID] = append(failed[s.TraceID], i)
			}
			for _, trace := range traces {
				spans := failed[trace]
				f := p.Report(-1, fmt.Sprintf("%s in ERROR recorded and no span of the trace exported", plural(len(spans), "span")),
					"every trace with an error among those exported",
					"the sampler decided at the root, before anything had failed",
					"the export queue was full", "the exporter failed, or was shut down too early")
				f.Trace = trace.String()
				f.Related = append(f.Related, refTo(&p.Recorded[spans[0]]))
			}
		},
	}
}
