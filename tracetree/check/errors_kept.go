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
		Doc: `A trace of which some span ended in ERROR, and of which nothing was exported. This takes both the spans that were
recorded and those that were exported; from exported spans alone nobody can tell.

Failures are rare and are what traces are looked at for. A sampler that decides by chance at the root, before anything has
failed, keeps one in a hundred of them.

Decide when the trace is over: a tail sampler, in the program or in a collector, that keeps every trace with an error and
a share of the others. Look at the export queue, too: one that overflows under load drops when it matters.`,
		Mistakes: []string{"only sampling successes"},
		Bad: []Example{{
			Why: "the failed request was sampled away",
			Spans: `
				trace=1 span=1 service=shop name="GET /cart"
				trace=2 span=1 service=shop name="GET /cart" status=error exported=no`,
		}},
		Good: []Example{{
			Why: "what was sampled away did not fail",
			Spans: `
				trace=1 span=1 service=shop name="GET /cart"
				trace=2 span=1 service=shop name="GET /cart" exported=no`,
		}},
		Run: func(p *Pass) {
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
