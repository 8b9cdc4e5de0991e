package checklist

import (
	"tracelab/challenge"
	"tracelab/internal/redact"
	"tracelab/live/rows"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Heading is the heading of an item.
type Heading struct {
	ID    string `json:"id"`
	Group string `json:"group"`
	Title string `json:"title"`
}

// Headings returns the headings of all items, in their order.
func Headings(names challenge.Names) []Heading {
	var list []Heading
	for _, item := range challenge.Items(names) {
		list = append(list, Heading{item.ID, item.Group, item.Title})
	}
	return list
}

// Grade is what has been reached. Texts are without secrets, and cut if they are long.
type Grade struct {
	Trace    string `json:"trace_id,omitempty"` // of the graded request; empty without one
	Requests int    `json:"requests"`           // that could have been graded
	Met      int    `json:"met"`
	Items    []Item `json:"items"`
	// Findings are those about the request that are errors or warnings.
	Findings []Finding `json:"findings"`
	// Tree is the graded request in the notation.
	Tree string `json:"tree,omitempty"`
	// LeftOut is the number of newest traces that were not graded because they have too many spans.
	LeftOut int `json:"left_out,omitempty"`
}

// Item is an item of the challenge with its status.
type Item struct {
	ID     string           `json:"id"`
	Status challenge.Status `json:"status"`
	Seen   string           `json:"seen,omitempty"` // for an open item, what was seen instead
	// Label is that of the span that the status is about, if it is about one, and Trace and Span
	// are its IDs.
	Label    string `json:"label,omitempty"`
	Trace    string `json:"trace_id,omitempty"`
	Span     string `json:"span_id,omitempty"`
	Language string `json:"language,omitempty"`
	Advice   string `json:"advice,omitempty"` // what to do about an open item, in the language of its service
}

// Finding is what a check found.
type Finding struct {
	Check    string         `json:"check"`
	Severity check.Severity `json:"severity"`
	Seen     string         `json:"seen"`
	Label    string         `json:"label,omitempty"`
}

// The bounds of a grade.
const (
	maxFindings = 50
	maxText     = 400    // bytes
	maxTree     = 20_000 // bytes
)

// NewGrade returns a grade of the challenge as the API has it, with the number of traces that were
// left out.
func NewGrade(graded *challenge.Grade, leftOut int) Grade {
	g := Grade{
		Requests: graded.Requests, Met: len(graded.Verdicts) - graded.Open(), LeftOut: leftOut,
		Items: make([]Item, len(graded.Verdicts)), Findings: []Finding{},
	}
	for i := range graded.Verdicts {
		v := &graded.Verdicts[i]
		g.Items[i] = Item{
			ID: v.Item.ID, Status: v.Status, Seen: clean(v.Seen), Label: clean(v.At.Label), Language: v.Language,
		}
		if v.At.Span != "" {
			g.Items[i].Trace, g.Items[i].Span = v.At.Trace, v.At.Span
		}
		if v.Status != challenge.Met {
			g.Items[i].Advice = v.Item.AdviceFor(v.Language)
		}
	}
	for i := range graded.Findings {
		f := &graded.Findings[i]
		if f.Severity >= check.Warning && len(g.Findings) < maxFindings {
			g.Findings = append(g.Findings, Finding{f.Check, f.Severity, clean(f.Seen), clean(f.Label)})
		}
	}
	if !graded.Trace.IsZero() {
		g.Trace = graded.Trace.String()
	}
	g.Tree = rows.Cut(tracetree.Format(tracetree.Build(graded.Spans)), maxTree)
	return g
}

// clean returns a text without secrets that isn't too long.
func clean(text string) string { return rows.Cut(redact.Text(text), maxText) }
