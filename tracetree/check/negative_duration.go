package check

import (
	"fmt"

	"tracelab/tracetree"
)

func negativeDuration() Check {
	return Check{
		ID:       "negative-duration",
		Title:    "a span ends before it starts",
		Severity: Error,
		Doc: `A span whose end is before its start.

Durations are what most people look at first, and sums and percentiles over negative ones are nonsense.

Take both times from the same clock: let the SDK set them, or pass a start and an end that were read in one process. A
clock that was set back while the span was open does it too; monotonic clocks, as SDKs use them, are safe from that.`,
		Lesson: []string{"durations are realistic: none is negative"},
		bad: []example{{
			Why:   "the end was read from another clock",
			Spans: `span=1 name=work start=1s end=0s`,
		}},
		good: []example{{
			Why:   "a span without an end is not a span that ends early",
			Spans: `span=1 name=work start=1s`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			if d, known := s.Duration(); known && d < 0 {
				p.Report(i, fmt.Sprintf("the span ends %s before it starts", -d), "an end that is not before the start",
					"start and end come from different clocks",
					"the clock was set back while the span was open",
					"start and end were mixed up where they are set by hand")
			}
		},
	}
}
