package check

import (
	"cmp"
	"slices"

	"tracelab/tracetree"
)

func duplicateSpanID() Check {
	return Check{
		ID:       "duplicate-span-id",
		Title:    "two spans of a trace have one id",
		Severity: Error,
		Doc: `A trace in which a span id occurs twice. Two different spans with one id are an error. The same span twice means that an
exporter sent it again, which is reported as a remark.

A child names its parent by id alone. If two spans have the id, the child's parent is ambiguous, and backends keep one of the
two and drop the other.

Let the SDK make the ids; random ones need a random seed in every process, also after a fork. Zipkin's libraries can let
client and server share a span: turn that off (in Brave, supportsJoin(false)). If spans are sent again, check that one
exporter is registered once, and that the Collector's retries go to a backend that deduplicates them.`,
		bad: []example{{
			Why: "two spans of one trace have the id 2",
			Spans: `
				span=1 name="POST /order"
				span=2 parent=1 name=reserve
				span=2 parent=1 name=charge`,
		}},
		good: []example{{
			Why: "span ids have to be unique only within a trace",
			Spans: `
				trace=1 span=1 name="POST /order"
				trace=2 span=1 name="GET /order"`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			if !p.Forest.Node(i).Has(tracetree.Duplicate) {
				return
			}
			first, _ := p.Forest.Lookup(s.TraceID, s.SpanID)
			f := duplicated(p, i, first.Span(), s)
			f.Related = []Ref{refTo(first.Span())}
		},
	}
}

func duplicated(p *pass, i int, first, s *tracetree.Span) *Finding {
	const expected = "an id that no other span of the trace has"
	if sameSpan(first, s) {
		f := p.Report(i, "the same span occurs twice", "every span once",
			"the exporter sent it again, because the first response was lost",
			"two processors or exporters are registered for one provider",
			"the same file was read twice")
		f.Severity = Info
		return f
	}
	seen := "another span of the trace has the same id " + inputID(s).String() + ": " + tracetree.Label(first)
	if first.Kind != s.Kind && isHalf(first) && isHalf(s) {
		return p.Report(i, seen, expected,
			"client and server share a span, as Zipkin's libraries do",
			"ids are made by hand, or by a generator with a fixed seed")
	}
	return p.Report(i, seen, expected,
		"ids are made by a generator with a fixed seed, or one that a fork copied",
		"ids are set by hand",
		"the span was exported once before and once after it was changed")
}

// isHalf reports whether a span is one end of a call.
func isHalf(s *tracetree.Span) bool {
	return s.Kind == tracetree.KindClient || s.Kind == tracetree.KindServer
}

// sameSpan reports whether two spans with the same ids have the same content. The
// order of attributes doesn't count.
func sameSpan(a, b *tracetree.Span) bool {
	return a.Parent == b.Parent && a.Name == b.Name && a.Start == b.Start && a.End == b.End && a.Kind == b.Kind &&
		a.Status == b.Status && a.StatusMessage == b.StatusMessage &&
		a.Service() == b.Service() &&
		sameAttributes(a.Attributes, b.Attributes) &&
		slices.EqualFunc(a.Events, b.Events, func(x, y tracetree.Event) bool {
			return x.Name == y.Name && x.Time == y.Time && sameAttributes(x.Attributes, y.Attributes)
		}) &&
		slices.EqualFunc(a.Links, b.Links, func(x, y tracetree.Link) bool {
			return x.TraceID == y.TraceID && x.SpanID == y.SpanID && sameAttributes(x.Attributes, y.Attributes)
		})
}

func sameAttributes(a, b []tracetree.Attr) bool {
	if len(a) != len(b) || slices.Equal(a, b) {
		return len(a) == len(b)
	}
	byKey := func(x, y tracetree.Attr) int {
		return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(x.Value.Text(), y.Value.Text()))
	}
	return slices.Equal(slices.SortedFunc(slices.Values(a), byKey), slices.SortedFunc(slices.Values(b), byKey))
}
