package api

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracelab/live/problem"
	"tracelab/live/store"
	"tracelab/tracetree"
)

// jaegerAnswer is the envelope of Jaeger's query API.
type jaegerAnswer struct {
	Data   any   `json:"data"`
	Total  int   `json:"total"`
	Limit  int   `json:"limit"`
	Offset int   `json:"offset"`
	Errors []any `json:"errors"`
}

type jaegerTrace struct {
	TraceID   string                   `json:"traceID"`
	Spans     []jaegerSpan             `json:"spans"`
	Processes map[string]jaegerProcess `json:"processes"`
	Warnings  []string                 `json:"warnings"`
}

type jaegerSpan struct {
	TraceID    string            `json:"traceID"`
	SpanID     string            `json:"spanID"`
	Operation  string            `json:"operationName"`
	References []jaegerReference `json:"references"`
	Start      int64             `json:"startTime"` // Unix time in microseconds
	Duration   int64             `json:"duration"`  // microseconds
	Tags       []jaegerTag       `json:"tags"`
	Logs       []jaegerLog       `json:"logs"`
	Process    string            `json:"processID"`
	Warnings   []string          `json:"warnings"`
}

type jaegerReference struct {
	Type    string `json:"refType"`
	TraceID string `json:"traceID"`
	SpanID  string `json:"spanID"`
}

type jaegerTag struct {
	Key   string `json:"key"`
	Type  string `json:"type"`
	Value any    `json:"value"`
}

type jaegerLog struct {
	Time   int64       `json:"timestamp"`
	Fields []jaegerTag `json:"fields"`
}

type jaegerProcess struct {
	Service string      `json:"serviceName"`
	Tags    []jaegerTag `json:"tags"`
}

func (a *API) jaegerServices(*http.Request) (any, error) {
	services := append([]string{}, a.config.Store.Services()...)
	return jaegerAnswer{Data: services, Total: len(services)}, nil
}

// jaegerOperations answers with operations and their kinds.
func (a *API) jaegerOperations(r *http.Request) (any, error) {
	type operation struct {
		Name string `json:"name"`
		Kind string `json:"spanKind"`
	}
	q := r.URL.Query()
	list := []operation{}
	for _, o := range a.sortedOperations(q.Get("service")) {
		kind := o.Kind.String()
		if o.Kind == tracetree.KindUnspecified {
			kind = ""
		}
		if want := q.Get("spanKind"); want == "" || want == kind {
			list = append(list, operation{o.Name, kind})
		}
	}
	return jaegerAnswer{Data: list, Total: len(list)}, nil
}

// jaegerServiceOperations answers with the names of operations, as older clients want them.
func (a *API) jaegerServiceOperations(r *http.Request) (any, error) {
	names := []string{}
	for _, o := range a.sortedOperations(r.PathValue("service")) {
		names = append(names, o.Name)
	}
	names = slices.Compact(names)
	return jaegerAnswer{Data: names, Total: len(names)}, nil
}

func (a *API) sortedOperations(service string) []store.Operation {
	operations := a.config.Store.Operations(service)
	slices.SortFunc(operations, func(a, b store.Operation) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return operations
}

// jaegerTraces answers a search. Its parameters are service, operation, tags, start, end,
// minDuration, maxDuration and limit, or traceID, once or more.
func (a *API) jaegerTraces(r *http.Request) (any, error) {
	q := r.URL.Query()
	traces := []jaegerTrace{}
	if ids := q["traceID"]; len(ids) > 0 {
		for _, id := range ids[:min(len(ids), store.DefaultLimit)] {
			if trace, err := a.traceOf(padID(id)); err == nil {
				traces = append(traces, jaegerOf(trace))
			}
		}
		return jaegerAnswer{Data: traces, Total: len(traces)}, nil
	}
	query, operation, err := jaegerQuery(q)
	if err != nil {
		return nil, err
	}
	for _, summary := range a.config.Store.Traces(query) {
		trace, found := a.config.Store.Trace(summary.ID)
		if found && hasOperation(trace, query.Service, operation) {
			traces = append(traces, jaegerOf(trace))
		}
	}
	return jaegerAnswer{Data: traces, Total: len(traces), Limit: query.Limit}, nil
}

// hasOperation reports whether a span of the service has exactly this name: our own filter also
// finds parts of it.
func hasOperation(trace *store.Trace, service, operation string) bool {
	if operation == "" {
		return true
	}
	spans := trace.Forest.Spans()
	return slices.ContainsFunc(spans, func(s tracetree.Span) bool {
		return s.TraceID == trace.ID && s.Name == operation && (service == "" || s.Service() == service)
	})
}

func (a *API) jaegerTrace(r *http.Request) (any, error) {
	trace, err := a.traceOf(padID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return jaegerAnswer{Data: []jaegerTrace{jaegerOf(trace)}, Total: 1}, nil
}

// padID returns an ID with the zeros that Jaeger leaves out.
func padID(id string) string {
	if len(id) < 32 && id != "" {
		id = strings.Repeat("0", 32-len(id)) + id
	}
	return id
}

func jaegerOf(trace *store.Trace) jaegerTrace {
	t := jaegerTrace{TraceID: trace.ID.String(), Spans: []jaegerSpan{}, Processes: make(map[string]jaegerProcess)}
	if trace.Cut > 0 {
		t.Warnings = append(t.Warnings, strconv.Itoa(trace.Cut)+" spans were dropped for lack of memory")
	}
	processes := make(map[*tracetree.Origin]string)
	spans := ownSpans(trace)
	for i := range spans {
		s := &spans[i]
		process, known := processes[s.Origin]
		if !known {
			process = "p" + strconv.Itoa(len(processes)+1)
			processes[s.Origin] = process
			p := jaegerProcess{Service: s.Service(), Tags: []jaegerTag{}}
			if s.Origin != nil {
				p.Tags = tagsOf(slices.DeleteFunc(slices.Clone(s.Origin.Resource),
					func(a tracetree.Attr) bool { return a.Key == "service.name" }))
			}
			t.Processes[process] = p
		}
		t.Spans = append(t.Spans, jaegerSpanOf(s, process))
	}
	return t
}

func jaegerSpanOf(s *tracetree.Span, process string) jaegerSpan {
	j := jaegerSpan{
		TraceID: s.TraceID.String(), SpanID: s.SpanID.String(), Operation: s.Name, References: []jaegerReference{},
		Start: s.Start / 1000, Tags: tagsOf(s.Attributes), Logs: []jaegerLog{}, Process: process,
	}
	if d, known := s.Duration(); known {
		j.Duration = d.Microseconds()
	}
	if !s.Parent.IsZero() {
		j.References = append(j.References, jaegerReference{"CHILD_OF", j.TraceID, s.Parent.String()})
	}
	for _, link := range s.Links {
		j.References = append(j.References, jaegerReference{"FOLLOWS_FROM", link.TraceID.String(), link.SpanID.String()})
	}
	if s.Kind != tracetree.KindUnspecified {
		j.Tags = append(j.Tags, stringTag("span.kind", s.Kind.String()))
	}
	switch s.Status {
	case tracetree.StatusError:
		j.Tags = append(j.Tags, jaegerTag{"error", "bool", true}, stringTag("otel.status_code", "ERROR"))
	case tracetree.StatusOK:
		j.Tags = append(j.Tags, stringTag("otel.status_code", "OK"))
	}
	if s.StatusMessage != "" {
		j.Tags = append(j.Tags, stringTag("otel.status_description", s.StatusMessage))
	}
	if s.Rare != nil && s.Rare.TraceState != "" {
		j.Tags = append(j.Tags, stringTag("w3c.tracestate", s.Rare.TraceState))
	}
	if o := s.Origin; o != nil && o.ScopeName != "" {
		j.Tags = append(j.Tags, stringTag("otel.scope.name", o.ScopeName))
		if o.ScopeVersion != "" {
			j.Tags = append(j.Tags, stringTag("otel.scope.version", o.ScopeVersion))
		}
	}
	for _, event := range s.Events {
		fields := append([]jaegerTag{stringTag("event", event.Name)}, tagsOf(event.Attributes)...)
		j.Logs = append(j.Logs, jaegerLog{event.Time / 1000, fields})
	}
	return j
}

func stringTag(key, value string) jaegerTag { return jaegerTag{key, "string", value} }

func tagsOf(attrs []tracetree.Attr) []jaegerTag {
	tags := make([]jaegerTag, 0, len(attrs))
	for _, a := range attrs {
		tag := stringTag(a.Key, a.Value.Text())
		switch a.Value.Kind() {
		case tracetree.BoolValue:
			tag.Type, tag.Value = "bool", a.Value.Text() == "true"
		case tracetree.IntValue:
			n, _ := a.Value.AsInt()
			tag.Type, tag.Value = "int64", n
		case tracetree.FloatValue:
			// Numbers that JSON doesn't have stay texts.
			if f, _ := a.Value.AsFloat(); f-f == 0 {
				tag.Type, tag.Value = "float64", f
			}
		}
		tags = append(tags, tag)
	}
	return tags
}

const jaegerLimit = 20 // traces of a search, unless it has a limit

// jaegerQuery returns the query of a search, and the name of the operation.
func jaegerQuery(q url.Values) (query store.Query, operation string, err error) {
	query.Service, operation = q.Get("service"), q.Get("operation")
	if operation == "all" {
		operation = ""
	}
	query.Operation = operation
	if query.Limit, err = intOf(q, "limit", jaegerLimit, 0, 1500); err != nil {
		return query, "", err
	}
	if query.Limit == 0 {
		query.Limit = jaegerLimit
	}
	for name, into := range map[string]*time.Duration{
		"minDuration": &query.MinDuration, "maxDuration": &query.MaxDuration,
	} {
		if text := q.Get(name); text != "" {
			if *into, err = time.ParseDuration(text); err != nil {
				return query, "", problem.BadRequest("%s is %.80q: want a duration such as 250ms", name, text)
			}
		}
	}
	for name, into := range map[string]*time.Time{"start": &query.Since, "end": &query.Until} {
		if text := q.Get(name); text != "" {
			micros, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return query, "", problem.BadRequest("%s is %.80q: want Unix time in microseconds", name, text)
			}
			*into = time.UnixMicro(micros)
		}
	}
	if err := jaegerTags(q, &query); err != nil {
		return query, "", err
	}
	return query, operation, nil
}
