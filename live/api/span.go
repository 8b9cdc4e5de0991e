package api

import (
	"net/http"
	"strconv"
	"time"

	"tracelab/live/problem"
	"tracelab/live/rows"
	"tracelab/tracetree"
	"tracelab/tracetree/chart"
	"tracelab/tracetree/check/semconv"
)

// Span has everything about a span.
type Span struct {
	Trace      string      `json:"trace_id"`
	ID         string      `json:"span_id"`
	Parent     string      `json:"parent_id,omitempty"`
	Label      string      `json:"label"`
	Name       string      `json:"name"`
	Service    string      `json:"service"`
	Kind       string      `json:"kind"`
	Status     string      `json:"status"`
	Message    string      `json:"status_message,omitempty"`
	Start      string      `json:"start_unix_nano"`
	End        string      `json:"end_unix_nano"`
	Duration   string      `json:"duration"`
	Unended    bool        `json:"unended,omitempty"`
	Flags      uint32      `json:"flags"`
	TraceState string      `json:"trace_state,omitempty"`
	Attributes []Attribute `json:"attributes"`
	Events     []Event     `json:"events"`
	Links      []Link      `json:"links"`    // to other spans
	Incoming   []Link      `json:"incoming"` // from other spans
	Resource   []Attribute `json:"resource"`
	Scope      string      `json:"scope,omitempty"`
	Version    string      `json:"scope_version,omitempty"`
	// Dropped are the numbers of attributes, events and links that the SDK dropped.
	Dropped [3]uint32 `json:"dropped"`
	// Findings are the indexes of the findings at the span, if they were asked for.
	Findings []int `json:"findings,omitempty"`
}

// Attribute is an attribute of a span, an event, a link or a resource.
type Attribute struct {
	Key   string `json:"key"`
	Type  string `json:"type"`
	Value string `json:"value"`
	// Length is the length of the value in bytes, if Value has only its beginning.
	Length int `json:"length,omitempty"`
	// Current are the names that the semantic conventions have today for an attribute with an older
	// name.
	Current []string `json:"current,omitempty"`
}

// Event is an event of a span.
type Event struct {
	Name       string      `json:"name"`
	Time       string      `json:"time_unix_nano"`
	After      string      `json:"after"` // since the start of the span, as the terminal prints it
	Attributes []Attribute `json:"attributes"`
}

// Link is a link from or to another span.
type Link struct {
	Trace      string      `json:"trace_id"`
	Span       string      `json:"span_id"`
	Label      string      `json:"label,omitempty"` // empty if the span is not here
	Here       bool        `json:"here"`            // the span is in the store
	Attributes []Attribute `json:"attributes"`
}

// The bounds of what is shown of a span. The download has the whole.
const (
	maxValue      = 16 << 10
	maxName       = 4 << 10
	maxAttributes = 1000
	maxEvents     = 500
	maxLinks      = 500
)

func (a *API) span(r *http.Request) (any, error) {
	id, err := spanIDOf(r.PathValue("span"))
	if err != nil {
		return nil, err
	}
	trace, err := a.traceOf(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	node, found := trace.Forest.Lookup(trace.ID, id)
	if !found {
		return nil, problem.NotFound("span %s is not in trace %s", id, trace.ID)
	}
	s := node.Span()
	shown, parent := s.InputIDs()
	result := Span{
		Trace: trace.ID.String(), ID: shown.String(), Label: rows.Cut(tracetree.Label(s), maxName),
		Name: rows.Cut(s.Name, maxName), Service: s.Service(), Kind: s.Kind.String(), Status: s.Status.String(),
		Message: rows.Cut(s.StatusMessage, maxValue), Start: strconv.FormatInt(s.Start, 10),
		End: strconv.FormatInt(s.End, 10), Duration: chart.DurationOf(s), Unended: s.Unended, Flags: s.Flags,
		Attributes: attributesOf(s.Attributes), Events: []Event{}, Links: []Link{}, Incoming: []Link{},
		Resource: []Attribute{},
	}
	if !parent.IsZero() {
		result.Parent = parent.String()
	}
	findings, err := boolOf(r.URL.Query(), "findings")
	if err != nil {
		return nil, err
	}
	if findings {
		result.Findings = trace.FindingsAt(node)
	}
	if s.Rare != nil {
		result.TraceState = s.Rare.TraceState
		result.Dropped = [3]uint32{s.Rare.DroppedAttributes, s.Rare.DroppedEvents, s.Rare.DroppedLinks}
	}
	if s.Origin != nil {
		result.Resource = attributesOf(s.Origin.Resource)
		result.Scope, result.Version = s.Origin.ScopeName, s.Origin.ScopeVersion
	}
	for _, event := range s.Events[:min(len(s.Events), maxEvents)] {
		e := Event{
			Name: rows.Cut(event.Name, maxName), Time: strconv.FormatInt(event.Time, 10), After: "?",
			Attributes: attributesOf(event.Attributes),
		}
		if event.Time != 0 && s.Start != 0 {
			e.After = chart.Duration(time.Duration(event.Time - s.Start))
		}
		result.Events = append(result.Events, e)
	}
	for _, link := range s.Links[:min(len(s.Links), maxLinks)] {
		l := Link{Trace: link.TraceID.String(), Span: link.SpanID.String(), Attributes: attributesOf(link.Attributes)}
		if other, found := trace.Forest.Lookup(link.TraceID, link.SpanID); found {
			l.Label, l.Here = rows.Cut(tracetree.Label(other.Span()), maxName), true
		} else if _, found := a.config.Store.Summary(link.TraceID); found {
			l.Here = true
		}
		result.Links = append(result.Links, l)
	}
	incoming := a.config.Store.IncomingLinks(trace.ID, id)
	for _, link := range incoming[:min(len(incoming), maxLinks)] {
		result.Incoming = append(result.Incoming, Link{
			Trace: link.TraceID.String(), Span: link.SpanID.String(), Label: rows.Cut(link.Label, maxName), Here: true,
			Attributes: attributesOf(link.Link.Attributes),
		})
	}
	return result, nil
}

func attributesOf(attrs []tracetree.Attr) []Attribute {
	list := make([]Attribute, 0, min(len(attrs), maxAttributes))
	for _, attr := range attrs[:min(len(attrs), maxAttributes)] {
		text := attr.Value.Text()
		a := Attribute{Key: rows.Cut(attr.Key, maxName), Type: attr.Value.Kind().String(), Value: rows.Cut(text, maxValue)}
		if len(text) > maxValue {
			a.Length = len(text)
		}
		if known := semconv.Lookup(attr.Key); known != nil {
			a.Current = known.Renamed
		}
		list = append(list, a)
	}
	return list
}
