package check

import (
	"fmt"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

// shownLinks is how many of a span's dangling links a finding names.
const shownLinks = 3

func danglingLink() Check {
	return Check{
		ID:       "dangling-link",
		Title:    "a link leads out of the capture",
		Severity: Info,
		Doc: `A link to a span that is not in the capture. A link to the span's own parent, if that is absent too, is not reported.

The link can't be followed. Often the other trace was just captured elsewhere or at another time; if it never turns up, the
two ends were sampled differently.

Capture both ends. Let a span that links to a sampled one be sampled too: a sampler sees the links when the span starts.`,
		bad: []example{{
			Why:   "the span that sent the message was not captured",
			Spans: `trace=2 span=1 kind=consumer name="process order" link=1/1`,
		}},
		good: []example{
			{
				Why: "the link leads to another trace, which was captured",
				Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders)\n" +
					"    mail: process order {@trace=new}          ← linked span",
			},
			{
				Why:   "it links to its parent, which is not part of the capture: it is an entry",
				Spans: `span=2 parent=1 kind=consumer name="process order" link=1/1`,
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			dangling := 0
			var shown []string
			for at := range s.Links {
				link := &s.Links[at]
				toParent := link.SpanID == s.Parent && link.TraceID == s.TraceID
				if toParent || span.IsCaptured(p.Forest, link) {
					continue
				}
				if dangling++; dangling <= shownLinks {
					shown = append(shown, "span "+link.SpanID.String()+" of trace "+link.TraceID.String())
				}
			}
			if dangling == 0 {
				return
			}
			if dangling > shownLinks {
				shown = append(shown, "…")
			}
			p.Report(i, fmt.Sprintf("%s of %d not in the capture: %s", plural(dangling, "link"), len(s.Links),
				strings.Join(shown, ", ")),
				"links to spans of the capture",
				"the other trace was captured elsewhere, or before this capture began",
				"the other trace was sampled away: samplers don't look at links by themselves",
				"the link's ids are set by hand")
		},
	}
}
