package api

import (
	"net/http"
	"net/url"

	"tracelab/live/problem"
	"tracelab/live/rows"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/stats"
)

// Findings are what the checks find in a trace.
type Findings struct {
	Findings []Finding `json:"findings"`
	Revision uint64    `json:"revision"`
}

// Finding is a finding with the documentation of its check.
type Finding struct {
	// Also in it has at most maxAlso of the other spans: a page marks the rest by the findings of
	// its rows.
	check.Finding
	Others int    `json:"others,omitempty"` // the number of all other spans
	Title  string `json:"title"`
	Doc    string `json:"doc"` // three paragraphs of Markdown: what it catches, why that matters, how to fix it
}

// maxAlso is the number of the other spans of a finding that are listed. A finding can be about
// each of a million spans.
const maxAlso = 100

func (a *API) findings(r *http.Request) (any, error) {
	trace, err := a.traceOf(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	docs := make(map[string]check.Check)
	for _, c := range check.All() {
		docs[c.ID] = c
	}
	result := Findings{Findings: []Finding{}, Revision: trace.Revision}
	for _, f := range trace.Findings().Findings {
		others := len(f.Also)
		f.Also = f.Also[:min(others, maxAlso)]
		result.Findings = append(result.Findings, Finding{f, others, docs[f.Check].Title, docs[f.Check].Doc})
	}
	return result, nil
}

// The bounds of the spans that figures are computed from.
const (
	figureTraces = 10_000
	figureSpans  = 200_000
)

// Extent describes what figures are computed from: the newest traces that match, as far as the
// bounds allow.
type Extent struct {
	Traces int `json:"traces"`
	Spans  int `json:"spans"`
	Total  int `json:"total"` // traces that match
}

// forestOf returns a forest of the traces that match.
func (a *API) forestOf(q url.Values) (*tracetree.Forest, Extent, error) {
	l, _, err := a.listing(q)
	if err != nil {
		return nil, Extent{}, err
	}
	var spans []tracetree.Span
	extent := Extent{Total: len(l.traces)}
	for i := range l.traces {
		if i == figureTraces || extent.Traces > 0 && len(spans)+l.traces[i].Spans > figureSpans {
			break
		}
		if trace, found := a.config.Store.Trace(l.traces[i].ID); found {
			spans = append(spans, ownSpans(trace)...)
			extent.Traces++
		}
	}
	extent.Spans = len(spans)
	return tracetree.Build(spans), extent, nil
}

// Map is a service map with places for its nodes.
type Map struct {
	Nodes  []MapNode `json:"nodes"`
	Edges  []MapEdge `json:"edges"`
	Extent Extent    `json:"extent"`
}

// MapNode is an endpoint at a place.
type MapNode struct {
	stats.Endpoint
	rows.Cell
}

// MapEdge is an edge between two nodes, by their indices.
type MapEdge struct {
	From      int              `json:"from"`
	To        int              `json:"to"`
	Calls     int              `json:"calls"`
	Errors    int              `json:"errors"`
	ErrorRate float64          `json:"error_rate"`
	Durations *stats.Durations `json:"durations"`
	Message   bool             `json:"message"` // from or to a queue
	Via       []rows.Cell      `json:"via"`     // free places that the edge goes through
}

func (a *API) serviceMap(r *http.Request) (any, error) {
	forest, extent, err := a.forestOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	m := stats.ServiceMap(forest)
	result := Map{Nodes: []MapNode{}, Edges: []MapEdge{}, Extent: extent}
	index := make(map[stats.Endpoint]int)
	for i, node := range m.Nodes {
		index[node] = i
	}
	edges := make([][2]int, len(m.Edges))
	for i, e := range m.Edges {
		edges[i] = [2]int{index[e.From], index[e.To]}
		result.Edges = append(result.Edges, MapEdge{
			From: index[e.From], To: index[e.To], Calls: e.Calls, Errors: e.Errors, ErrorRate: e.ErrorRate,
			Durations: e.Durations, Message: e.From.Kind == stats.Queue || e.To.Kind == stats.Queue,
			Via: []rows.Cell{},
		})
	}
	cells, via := rows.Layered(len(m.Nodes), edges)
	for i, cell := range cells {
		result.Nodes = append(result.Nodes, MapNode{m.Nodes[i], cell})
	}
	for i := range via {
		result.Edges[i].Via = append(result.Edges[i].Via, via[i]...)
	}
	return result, nil
}

// Operations is the table of rate, errors and durations.
type Operations struct {
	Operations []stats.Operation `json:"operations"`
	Extent     Extent            `json:"extent"`
}

func (a *API) operations(r *http.Request) (any, error) {
	forest, extent, err := a.forestOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return Operations{stats.Operations(forest), extent}, nil
}

// Comparison is the difference of two traces.
type Comparison struct {
	Before     Trace                   `json:"before"`
	After      Trace                   `json:"after"`
	Equal      bool                    `json:"equal"` // in structure
	Summary    string                  `json:"summary,omitempty"`
	Lines      []DiffLine              `json:"lines"`
	Durations  []stats.Comparison      `json:"durations"`
	Errors     []stats.ErrorChange     `json:"errors"`
	Attributes []stats.AttributeChange `json:"attributes"`
}

// DiffLine is a line of a structural difference.
type DiffLine struct {
	Op   string `json:"op"` // " " as before, "-" missing, "+" new, "~" changed
	Text string `json:"text"`
	Note string `json:"note,omitempty"`
}

// maxCompared is the number of spans up to which the structures of traces are compared.
const maxCompared = 20_000

func (a *API) compare(r *http.Request) (any, error) {
	q := r.URL.Query()
	var traces [2]*store.Trace
	for i, name := range []string{"before", "after"} {
		trace, err := a.traceOf(q.Get(name))
		if err != nil {
			return nil, err
		}
		if len(trace.Forest.Spans()) > maxCompared {
			return nil, problem.BadRequest("trace %s has %d spans with those that it is linked with: want at most %d to compare",
				trace.ID, len(trace.Forest.Spans()), maxCompared)
		}
		traces[i] = trace
	}
	options, err := optionsOf(q)
	if err != nil {
		return nil, err
	}
	var view []tracetree.Option
	if options.Full {
		view = append(view, tracetree.Full)
	}
	before, after := traces[0].Forest, traces[1].Forest
	text := tracetree.Format(before, view...)
	pattern, err := tracetree.Parse(text)
	if err != nil {
		return nil, err
	}
	result := Comparison{
		Before: traceRow(0, &traces[0].Summary), After: traceRow(1, &traces[1].Summary), Lines: []DiffLine{},
		Durations:  append([]stats.Comparison{}, stats.Compare(before, after)...),
		Errors:     append([]stats.ErrorChange{}, stats.CompareErrors(before, after)...),
		Attributes: append([]stats.AttributeChange{}, stats.CompareAttributes(before, after)...),
	}
	if report := pattern.Match(after, view...); report != nil {
		result.Summary = report.Summary()
		for _, line := range report.Lines {
			result.Lines = append(result.Lines, DiffLine{string(line.Op), rows.Cut(line.Text, maxName), line.Note})
		}
		return result, nil
	}
	result.Equal = true
	for _, line := range tracetree.Lines(after, view...) {
		result.Lines = append(result.Lines, DiffLine{Op: " ", Text: rows.Cut(line.Text, maxName)})
	}
	return result, nil
}
