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
			Why:  "the failed request was sampled away",
			Tree: "shop: GET /cart (root)",
			Edit: recordedToo(tracetree.StatusError, 2),
		}},
		Good: []Example{{
			Why:  "what was sampled away did not fail",
			Tree: "shop: GET /cart (root)",
			Edit: recordedToo(tracetree.StatusUnset, 2),
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

// recordedToo returns an edit that says that the forest's spans were recorded,
// and beside them one of the trace of this number.
func recordedToo(status tracetree.Status, trace byte) func(*Input) {
	return func(in *Input) {
		in.Recorded = append(in.Recorded, in.Forest.Spans()...)
		in.Recorded = append(in.Recorded, tracetree.Span{
			TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{1}, Name: "GET /cart", Status: status,
		})
	}
}
