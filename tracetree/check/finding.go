package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tracelab/internal/redact"
	"tracelab/tracetree"
)

// A Finding is a mistake in a span, or in a trace as a whole.
type Finding struct {
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	// Trace and Span are hex. Span is empty in a finding about a trace as a whole,
	// both are empty in one about the whole input.
	Trace   string `json:"trace_id,omitempty"`
	Span    string `json:"span_id,omitempty"`
	Service string `json:"service,omitempty"`
	// Label is the label of the span: see tracetree.Label.
	Label string `json:"label,omitempty"`
	// Seen and Expected are sentences without a period.
	Seen     string `json:"seen"`
	Expected string `json:"expected"`
	// Causes are the likely causes, the likeliest first.
	Causes []string `json:"causes,omitempty"`
	// Related are other spans that the finding is about.
	Related []Ref `json:"related,omitempty"`
	// Others is the number of other spans with the same finding. Seen ends with it.
	Others int `json:"others,omitempty"`
	// Also are those of the other spans that have been reported one by one.
	Also []Ref `json:"also,omitempty"`
}

// A Ref refers to a span.
type Ref struct {
	Trace   string `json:"trace_id"`
	Span    string `json:"span_id"`
	Service string `json:"service"`
	Label   string `json:"label"`
}

func refTo(s *tracetree.Span) Ref {
	return Ref{s.TraceID.String(), inputID(s).String(), redact.Text(s.Service()), maskedLabel(s)}
}

// maskedLabel returns the label of a span without secrets. Its parts are masked
// before they are joined: a label quotes and escapes them, which can hide a secret
// from redact.
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

// mask masks the text of spans that a finding quotes.
func (f *Finding) mask() {
	f.Seen, f.Expected = redact.Text(f.Seen), redact.Text(f.Expected)
	for i, cause := range f.Causes {
		f.Causes[i] = redact.Text(cause)
	}
}

// compare orders findings by severity, the worst first, then by the table of
// checks, then by the order of the spans, so that the output is deterministic.
func (f placed) compare(g placed) int {
	return cmp.Or(
		cmp.Compare(g.Severity, f.Severity), cmp.Compare(f.check, g.check), cmp.Compare(f.span, g.span),
		cmp.Compare(f.n, g.n))
}

// placed is a finding with what it is sorted and grouped by.
type placed struct {
	Finding
	check, span, n int
	cause          string // empty: what was seen, without its numbers and ids
}

// sorted returns the findings in their order, one for each group.
func sorted(findings []placed, grouped bool) []Finding {
	slices.SortFunc(findings, placed.compare)
	if grouped {
		findings = group(findings)
	}
	out := make([]Finding, len(findings))
	for i := range findings {
		out[i] = findings[i].Finding
		out[i].Seen += others(out[i].Others)
	}
	return out
}

// sameCause is what the findings of one group have in common.
type sameCause struct {
	check            int
	severity         Severity
	service, related string
	cause, expected  string
}

// group keeps the first of the findings that one check has of one service for one
// cause, and counts the others. Findings without a span are about different
// traces, and stay.
func group(findings []placed) []placed {
	first := map[sameCause]int{}
	kept := findings[:0]
	for _, f := range findings {
		if f.span < 0 {
			kept = append(kept, f)
			continue
		}
		key := sameCause{f.check, f.Severity, f.Service, "", f.cause, withoutNumbers(f.Expected)}
		if f.cause == "" {
			key.cause = withoutNumbers(f.Seen)
		}
		if len(f.Related) > 0 {
			key.related = f.Related[0].Service
		}
		at, known := first[key]
		if !known {
			first[key] = len(kept)
			kept = append(kept, f)
			continue
		}
		kept[at].Others += 1 + f.Others
		kept[at].Also = append(kept[at].Also, Ref{f.Trace, f.Span, f.Service, f.Label})
	}
	return kept
}

// withoutNumbers returns the words of a sentence with a question mark for each
// that has a digit: numbers, durations, ids.
func withoutNumbers(sentence string) string {
	words := strings.Fields(sentence)
	for i, word := range words {
		if strings.ContainsAny(word, "0123456789") {
			words[i] = "?"
		}
	}
	return strings.Join(words, " ")
}

// others returns the end of a sentence that counts the other spans of a finding.
func others(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " (and on 1 other span)"
	default:
		return fmt.Sprintf(" (and on %d other spans)", n)
	}
}

// inputID returns the id of a span in its input.
func inputID(s *tracetree.Span) tracetree.SpanID {
	id, _ := s.InputIDs()
	return id
}
