package check

import "tracelab/tracetree"

func invalidID() Check {
	const (
		expected = "a trace id of 16 bytes and a span id of 8, neither all zeros"
		byHand   = "the ids are set by hand, or by an exporter that formats them wrongly"
	)
	return Check{
		ID:       "invalid-id",
		Title:    "an id is all zeros or of the wrong length",
		Severity: Error,
		Doc: `A span whose trace id or span id is all zeros, of the wrong length or not hexadecimal.

OTLP and W3C Trace Context call such ids invalid: backends drop the span, and no other span can be its child or link to it.

Let the SDK make the ids. Zeros come from spans that were never started by a provider: don't export spans of a no-op tracer.
Where ids are converted, keep their full length: a trace id is 32 hexadecimal digits, a span id 16, leading zeros included.`,
		bad: []example{
			{
				Why:   "an id of zeros is invalid",
				Spans: `span=0 name=work`,
			},
			{
				Why: "a span was skipped by the reader, because its id has 15 digits",
				Spans: `
					span=1 name=work
					unreadable=trace.json:3:14`,
			},
		},
		good: []example{{
			Why:   "an id of 64 bits, as older tracers make them, begins with zeros and is valid",
			Spans: `trace=00000000000000000000000000000001 span=0000000000000001 name=work`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			switch {
			case s.TraceID.IsZero():
				p.Report(i, "the trace id is all zeros", expected,
					"the span was made by a no-op tracer: no provider was set up when it started", byHand)
			case s.SpanID.IsZero():
				p.Report(i, "the span id is all zeros", expected,
					"the span was made by a no-op tracer: no provider was set up when it started", byHand)
			}
		},
		run: func(p *pass) {
			for _, where := range p.InvalidIDs {
				p.Report(-1,
					where+": a span's trace id or span id is all zeros, of the wrong length or not hexadecimal; the span is skipped",
					expected, byHand, "leading zeros were cut off", "the span was made by a no-op tracer")
			}
		},
	}
}
