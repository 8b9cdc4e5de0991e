package check

import (
	"tracelab/tracetree"
)

func unendedSpan() Check {
	return Check{
		ID:       "unended-span",
		Title:    "a span was started and never ended",
		Severity: Error,
		Doc: `A span that had a start and no end when it was read. A recorder in the process sees such spans, and some exports contain
spans that are still open.

A span is exported when it ends. A span that never ends is lost, and the spans below it become orphans.

End the span on every path out of the function: defer span.End() right after the start does so, in a panic too. Where
work goes on in another goroutine or a callback, end it there. Let a test wait until the work is done before it looks.`,
		bad: []example{{
			Why:   "the function returned early, before the call of End",
			Spans: `span=1 name="load cart" start=0s end=never`,
		}},
		good: []example{{
			Why:   "the format has no duration for this span, but it isn't open",
			Spans: `span=1 name="load cart" start=0s`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			if s.Unended {
				p.Report(i, "the span was started and has no end", "a span that was ended",
					"a path out of the function, an early return or a panic, skips the call of End",
					"the work was still going on when the spans were read",
					"the end was left to a callback that was never called")
			}
		},
	}
}
