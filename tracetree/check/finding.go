package check

import (
	"cmp"
	"slices"

	"tracelab/internal/redact"
	"tracelab/tracetree"
)

// A Finding is one thing that is wrong with one span, or with a trace.
type Finding struct {
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	// Trace and Span are hex; Span is empty for what is wrong with a trace as a
	// whole, and both are for what is wrong with all of them.
	Trace   string `json:"trace_id,omitempty"`
	Span    string `json:"span_id,omitempty"`
	Service string `json:"service,omitempty"`
	// Label is what the span means: see tracetree.Label.
	Label string `json:"label,omitempty"`
	// Seen and Expected are sentences without a period.
	Seen     string `json:"seen"`
	Expected string `json:"expected"`
	// Causes are what is likely to have led to it, the likeliest first.
	Causes []string `json:"causes,omitempty"`
	// Related are other spans that it is about.
	Related []Ref `json:"related,omitempty"`
}

// A Ref is a span that a finding is also about.
type Ref struct {
	Trace   string `json:"trace_id"`
	Span    string `json:"span_id"`
	Service string `json:"service"`
	Label   string `json:"label"`
}

func refTo(s *tracetree.Span) Ref {
	return Ref{s.TraceID.String(), s.SpanID.String(), redact.Text(s.Service()), maskedLabel(s)}
}

// maskedLabel returns the label of a span without secrets. Its parts are masked
// before they are put together: a label quotes and escapes them, and that can
// hide a secret from redact.
func maskedLabel(s *tracetree.Span) string {
	masked := tracetree.Span{Name: redact.Text(s.Name), Kind: s.Kind, Attributes: slices.Clone(s.Attributes)}
	for i := range masked.Attributes {
		a := &masked.Attributes[i]
		if text := a.Value.Text(); redact.Find(text) != nil {
			a.Value = tracetree.String(redact.Text(text))
		}
	}
	service := tracetree.Attr{Key: "service.name", Value: tracetree.String(redact.Text(s.Service()))}
	masked.Origin = &tracetree.Origin{Resource: []tracetree.Attr{service}}
	return redact.Text(tracetree.Label(&masked))
}

// mask masks what a finding quotes.
func (f *Finding) mask() {
	f.Seen, f.Expected = redact.Text(f.Seen), redact.Text(f.Expected)
	for i, cause := range f.Causes {
		f.Causes[i] = redact.Text(cause)
	}
}

// compare puts the worst findings first, then goes by the table of checks, then
// by the order of the spans, so that the output is the same every time.
func (f placed) compare(g placed) int {
	return cmp.Or(
		cmp.Compare(g.Severity, f.Severity), cmp.Compare(f.check, g.check), cmp.Compare(f.span, g.span), cmp.Compare(f.n, g.n))
}

// placed is a finding with what it is sorted by.
type placed struct {
	Finding
	check, span, n int
}

func sorted(findings []placed) []Finding {
	slices.SortFunc(findings, placed.compare)
	out := make([]Finding, len(findings))
	for i := range findings {
		out[i] = findings[i].Finding
	}
	return out
}
