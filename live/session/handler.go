package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"tracelab/live/problem"
	"tracelab/live/receiver"
	"tracelab/tracetree"
)

// Path is where the sessions are.
const Path = "/test/sessions"

// Handler returns the handler of [Path] and what is below it. It doesn't protect itself from other
// sites or hosts: see package guard.
func (s *Sessions) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range s.routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(w, r); err != nil {
				problem.Write(w, err)
			}
		})
	}
	return problem.Mux(mux, "docs/sessions.md")
}

// Routes returns the patterns of all routes in order, as in "GET /test/sessions".
func (s *Sessions) Routes() []string { return slices.Sorted(maps.Keys(s.routes())) }

func (s *Sessions) routes() map[string]func(http.ResponseWriter, *http.Request) error {
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"POST " + Path:                    s.openSession,
		"GET " + Path:                     s.listSessions,
		"GET " + Path + "/{name}":         s.with(s.show),
		"DELETE " + Path + "/{name}":      s.with(s.endSession),
		"POST " + Path + "/{name}/expect": s.with(s.expect),
		"PUT " + Path + "/{name}/golden":  s.with(s.golden),
		"GET " + Path + "/{name}/tree":    s.with(s.tree),
		"POST " + Path + "/{name}/check":  s.with(s.check),
	}
}

// with finds the session of a request.
func (s *Sessions) with(
	handle func(http.ResponseWriter, *http.Request, *session) error,
) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		found, ok := s.find(r.PathValue("name"))
		if !ok {
			return problem.NotFound("no session %.80q is open: it was not opened, was ended, or is older than %v",
				r.PathValue("name"), s.config.Lifetime)
		}
		return handle(w, r, found)
	}
}

func conflict(format string, args ...any) error {
	return problem.New(http.StatusConflict, format, args...)
}

func overload(format string, args ...any) error {
	return problem.New(http.StatusServiceUnavailable, format, args...)
}

// Opened is the answer to a request for a session. It has what a test and the programs need.
type Opened struct {
	Session string    `json:"session"`
	Expires time.Time `json:"expires"`
	// Header is the line for OTEL_EXPORTER_OTLP_HEADERS.
	Header string `json:"header"`
	// Endpoint and Endpoints are URLs for OTEL_EXPORTER_OTLP_ENDPOINT: over HTTP for this session
	// alone, over gRPC together with the header.
	Endpoint     string `json:"endpoint,omitempty"`
	GRPCEndpoint string `json:"grpc_endpoint,omitempty"`
	// Resource is the line for OTEL_RESOURCE_ATTRIBUTES.
	Resource string `json:"resource"`
	// Traceparent is a header for the requests of the test. Its trace belongs to the session.
	Traceparent string `json:"traceparent"`
	// URL is the path of the session, to which /expect, /golden, /tree and /check are appended.
	URL string `json:"url"`
}

// openSession opens a session.
func (s *Sessions) openSession(w http.ResponseWriter, r *http.Request) error {
	q, err := parametersOf(r, "name", "traceparent")
	if err != nil {
		return err
	}
	if n, _ := io.CopyN(io.Discard, r.Body, 1); n > 0 {
		return problem.BadRequest("found a body: want name and traceparent in the query, as in %s?name=checkout", Path)
	}
	if q.Has("name") && !receiver.IsSessionName(q.Get("name")) {
		return problem.BadRequest("name is %.80q: want %s", q.Get("name"), receiver.SessionName)
	}
	first := newTraceparent()
	parents := make(map[tracetree.TraceID]tracetree.SpanID)
	for i, text := range append([]string{first}, q["traceparent"]...) {
		id, parent, err := parseTraceparent(text)
		if err != nil {
			return err
		}
		if i > maxTraceparents {
			return problem.BadRequest("found %d traceparents: want at most %d", len(q["traceparent"]), maxTraceparents)
		}
		parents[id] = parent
	}
	opened, err := s.register(q.Get("name"), parents)
	if err != nil {
		return err
	}
	answer := Opened{
		Session: opened.name, Expires: opened.expires.UTC().Truncate(time.Second),
		Header: receiver.SessionHeader + "=" + opened.name, Resource: receiver.SessionAttribute + "=" + opened.name,
		Traceparent: first, URL: Path + "/" + opened.name, GRPCEndpoint: receiver.Reached(s.config.GRPC, r),
	}
	if at := receiver.Reached(s.config.HTTP, r); at != "" {
		answer.Endpoint = at + receiver.SessionPrefix + opened.name
	}
	w.Header().Set("Location", answer.URL)
	return writeJSON(w, http.StatusCreated, answer)
}

// maxTraceparents is the number of traces that can be registered with a session.
const maxTraceparents = 100

func newTraceparent() string {
	var id [24]byte
	_, _ = rand.Read(id[:]) // it never fails
	id[0] |= 1              // neither ID is zero
	id[16] |= 1
	return "00-" + hex.EncodeToString(id[:16]) + "-" + hex.EncodeToString(id[16:]) + "-01"
}

// parseTraceparent reads a header by W3C Trace Context. Later versions may have further fields.
func parseTraceparent(text string) (tracetree.TraceID, tracetree.SpanID, error) {
	header := propagation.MapCarrier{"traceparent": text}
	sent := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), header))
	if !sent.IsValid() {
		return tracetree.TraceID{}, tracetree.SpanID{}, problem.BadRequest("traceparent is %.80q: "+
			"want 00-TRACEID-SPANID-01, with 32 and 16 hexadecimal digits in lower case that are not all zero", text)
	}
	return tracetree.TraceID(sent.TraceID()), tracetree.SpanID(sent.SpanID()), nil
}

// Info describes a session.
type Info struct {
	Session    string    `json:"session"`
	Expires    time.Time `json:"expires"`
	Spans      int       `json:"spans"`
	Traces     int       `json:"traces"`
	Duplicates int       `json:"duplicates"` // spans that were sent again and count once
	Dropped    int       `json:"dropped"`    // for want of room
	Foreign    []string  `json:"foreign"`    // spans that are in no or in another session, with the reason
}

func (s *session) info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	traces := make(map[tracetree.TraceID]bool)
	for i := range s.spans {
		traces[s.spans[i].TraceID] = true
	}
	return Info{
		Session: s.name, Expires: s.expires.UTC().Truncate(time.Second), Spans: len(s.spans), Traces: len(traces),
		Duplicates: s.duplicates, Dropped: s.cut, Foreign: append([]string{}, s.foreignLines()...),
	}
}

// listSessions lists the open sessions.
func (s *Sessions) listSessions(w http.ResponseWriter, r *http.Request) error {
	if _, err := parametersOf(r); err != nil {
		return err
	}
	list := struct {
		Sessions []Info `json:"sessions"`
	}{[]Info{}}
	for _, session := range s.all() {
		list.Sessions = append(list.Sessions, session.info())
	}
	return writeJSON(w, http.StatusOK, list)
}

func (s *Sessions) show(w http.ResponseWriter, r *http.Request, of *session) error {
	if _, err := parametersOf(r); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, of.info())
}

func (s *Sessions) endSession(w http.ResponseWriter, r *http.Request, of *session) error {
	if _, err := parametersOf(r); err != nil {
		return err
	}
	s.end(of)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// repeated is the parameter that a request may have several times.
const repeated = "traceparent"

// parametersOf returns the query of a request, which has no other parameters than those known, each
// once.
func parametersOf(r *http.Request, known ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem.BadRequest("read the query: %w", err)
	}
	for name, values := range q {
		if len(values) > 1 && name != repeated && slices.Contains(known, name) {
			return nil, problem.BadRequest("found %d values of %s: want one", len(values), name)
		}
		if !slices.Contains(known, name) {
			want := "none"
			if len(known) > 0 {
				want = strings.Join(known, ", ")
			}
			return nil, problem.BadRequest("unknown parameter %.80q: want %s", name, want)
		}
	}
	return q, nil
}

// flagOf returns a parameter that is true without a value, as in ?update.
func flagOf(q url.Values, name string) (bool, error) {
	if !q.Has(name) || q.Get(name) == "" {
		return q.Has(name), nil
	}
	on, err := strconv.ParseBool(q.Get(name))
	if err != nil {
		return false, problem.BadRequest("%s is %.80q: want true, false or nothing", name, q.Get(name))
	}
	return on, nil
}

// maxTime is the longest time that a request can wait for.
const maxTime = time.Minute

func timeOf(q url.Values, name string) (time.Duration, error) {
	if !q.Has(name) {
		return 0, nil
	}
	d, err := time.ParseDuration(q.Get(name))
	if err != nil || d <= 0 || d > maxTime {
		return 0, problem.BadRequest("%s is %.80q: want a time of at most %v, such as 2s or 100ms", name, q.Get(name),
			maxTime)
	}
	return d, nil
}
