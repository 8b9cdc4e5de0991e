package check

import (
	"fmt"

	"tracelab/tracetree"
)

func zeroDuration() Check {
	return Check{
		ID:       "zero-duration",
		Title:    "a span takes no time",
		Severity: Warning,
		Doc: `A span whose start and end are the same nanosecond. Times with only microseconds, as in Jaeger's and Zipkin's formats, and
those of browsers, which round their clocks, can make a short span seem to take no time: that is not flagged, nor is a span
without times.

All work takes time, so the span doesn't show how long its work took, and that time is missing from sums and percentiles.

Start the span before the work and end it after the work; defer span.End() right after the start does so. Record a moment
as an event of the enclosing span, not as a span. In a test with a manual clock, advance the clock.`,
		Lesson: []string{"no zero unless expected"},
		bad: []example{{
			Why:  "the span was ended before the query was made",
			Tree: "shop: GET /cart (root)\n  db: Query (carts table) [=0s]",
		}},
		good: []example{{
			Why:  "a nanosecond is short, but it is a duration",
			Tree: "shop: GET /cart (root)\n  shop: find cached cart [=1ns]",
		}, {
			Why: "the times of the format have only microseconds",
			Spans: `
				times=microseconds
				span=1 service=shop kind=server name="GET /cart" start=0s end=3ms
				span=2 parent=1 service=shop kind=internal name="find cached cart" start=1ms end=1ms`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			if d, known := s.Duration(); !known || d != 0 || p.Microseconds || isBrowser(s.Origin) {
				return
			}
			p.Report(i, fmt.Sprintf("the span starts and ends at %d ns", s.Start), "an end after the start",
				"the span was ended right after it was started, before its work",
				"a moment was recorded as a span, not as an event",
				"start and end were set by hand to one time",
				"a test's clock stood still")
		},
	}
}

// isBrowser reports whether spans come from a browser. Browsers round their clocks to up to a
// millisecond, and requests begin in them.
func isBrowser(o *tracetree.Origin) bool {
	if o == nil {
		return false
	}
	for i := range o.Resource {
		if o.Resource[i].Key == "telemetry.sdk.language" {
			return o.Resource[i].Value == tracetree.String("webjs")
		}
	}
	return false
}
