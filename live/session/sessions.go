// Package session keeps the spans of tests apart, so that programs in any language can be asserted
// over HTTP as package treetest asserts those in Go: a test opens a session, its spans arrive at
// the receiver, and it posts the tree that it expects. docs/sessions.md describes the requests.
//
// A span belongs to a session because its trace was registered when the session was opened, because
// its resource or its request names the session, or because its trace is linked with one of the
// session. Sessions never mix: a span is in one of them at most, and one that would be in a second
// is reported there.
package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tracelab/live/receiver"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/mask"
)

// The default limits of [Config].
const (
	DefaultSessions = 1000
	DefaultSpans    = 20_000
	DefaultMemory   = 128 << 20
	DefaultLifetime = time.Hour
	DefaultWaiting  = 256
)

// Config holds what differs from the default. The zero Config is ready to use.
type Config struct {
	Sessions int           // open at one time; 0 for DefaultSessions
	Spans    int           // of one session; 0 for DefaultSpans
	Memory   int64         // for the spans of all sessions, estimated, in bytes; 0 for DefaultMemory
	Lifetime time.Duration // after which a session ends by itself; 0 for DefaultLifetime
	Waiting  int           // expectations that wait at one time; 0 for DefaultWaiting

	// Checks configures the checks of a session.
	Checks check.Config
	// HTTP and GRPC are the URLs of the receiver. Their hosts are replaced by the one that the
	// request for a session was sent to. Empty ones are left out of answers.
	HTTP, GRPC string
}

// Sessions are the open sessions. Create them with [New]; the methods are safe for concurrent use.
type Sessions struct {
	config Config
	bytes  atomic.Int64
	places chan struct{} // one for each expectation that may wait

	mu      sync.Mutex
	open    map[string]*session
	traces  map[tracetree.TraceID]owner
	ended   endedTraces
	waiting waiting
	unknown map[string]time.Time // when spans named a session that isn't open, the last time
}

// owner is the session that the spans of a trace belong to.
type owner struct {
	session    *session
	registered bool // when it was opened, so that other names on its spans don't count
}

// New returns no sessions: they are opened by requests to the handler.
func New(config Config) *Sessions {
	config.Sessions = cmp.Or(config.Sessions, DefaultSessions)
	config.Spans = cmp.Or(config.Spans, DefaultSpans)
	config.Memory = cmp.Or(config.Memory, DefaultMemory)
	config.Lifetime = cmp.Or(config.Lifetime, DefaultLifetime)
	config.Waiting = cmp.Or(config.Waiting, DefaultWaiting)
	return &Sessions{
		config: config, places: make(chan struct{}, config.Waiting), open: make(map[string]*session),
		traces: make(map[tracetree.TraceID]owner), unknown: make(map[string]time.Time),
	}
}

// Add takes the spans of a request to the receiver, whose context may name a session. It keeps
// copies of those that belong to a session, with their secrets masked. It returns a warning for the
// sender, or "". It doesn't change the spans, but may keep them.
func (s *Sessions) Add(ctx context.Context, spans []tracetree.Span) (warning string) {
	named := receiver.Session(ctx)
	s.mu.Lock()
	if len(s.open) == 0 && named == "" {
		s.mu.Unlock()
		return ""
	}
	parts := make(map[*session][]tracetree.Span)
	for i := range spans {
		if w := s.assign(&spans[i], receiver.SessionNames(&spans[i], named), parts); warning == "" {
			warning = w
		}
	}
	s.mu.Unlock()
	for session, part := range parts {
		session.add(part)
	}
	return warning
}

// assign adds a span, and the waiting spans of its trace, to the spans of its session in parts. It
// returns a warning if a name is that of no open session.
func (s *Sessions) assign(span *tracetree.Span, names []string, parts map[*session][]tracetree.Span) (warning string) {
	var named *session // by the most specific name
	for _, name := range names {
		switch marked := s.open[name]; {
		case marked == nil:
			s.noteUnknown(name)
			warning = fmt.Sprintf("no test session %.80q is open: want one that POST /test/sessions has opened", name)
		case named == nil:
			named = marked
		case named != marked:
			marked.foreign(span, "its resource names session "+named.name)
		}
	}
	own, target := s.traces[span.TraceID], named
	switch {
	case s.ended.has(span.TraceID):
		if named != nil {
			named.foreign(span, "its trace belongs to a session that has ended")
		}
		return warning
	case own.session == nil && named == nil:
		target = s.linkedSession(span)
	case named == nil:
		target = own.session
	case own.registered && own.session != named:
		named.foreign(span, "its trace was registered by session "+own.session.name)
		target = own.session
	case own.session != nil && own.session != named:
		// Unnamed spans of the trace went to the other session. Each has a part of the trace.
		own.session.foreign(span, "it names session "+named.name+", but other spans of its trace belong here")
		named.foreign(span, "other spans of its trace belong to session "+own.session.name)
	}
	if target == nil {
		s.waiting.add(span)
		return warning
	}
	parts[target] = append(parts[target], *span)
	if own.session == nil {
		s.adopt(target, span.TraceID, parts)
	}
	return warning
}

// linkedSession returns the session of the first trace that a span links to and that has one. The
// consumer of a batch can link to traces of several: the others have it as foreign.
func (s *Sessions) linkedSession(span *tracetree.Span) *session {
	var first *session
	for i := range span.Links {
		switch other := s.traces[span.Links[i].TraceID].session; {
		case other == nil || other == first:
		case first == nil:
			first = other
		default:
			other.foreign(span, "it links to this session, but to session "+first.name+" first")
		}
	}
	return first
}

// adopt makes a trace belong to a session, with the spans that have come before, and the traces
// that link to it.
func (s *Sessions) adopt(target *session, id tracetree.TraceID, parts map[*session][]tracetree.Span) {
	todo := []tracetree.TraceID{id}
	for len(todo) > 0 {
		id, todo = todo[0], todo[1:]
		s.traces[id] = owner{session: target}
		target.traces[id] = struct{}{}
		parts[target] = append(parts[target], s.waiting.take(id)...)
		for from := range s.waiting.from[id] {
			todo = append(todo, from)
		}
	}
}

// maxUnknown is the number of unknown names that are remembered.
const maxUnknown = 20

func (s *Sessions) noteUnknown(name string) {
	if _, known := s.unknown[name]; !known && len(s.unknown) >= maxUnknown {
		var oldest string
		for name, at := range s.unknown {
			if oldest == "" || at.Before(s.unknown[oldest]) {
				oldest = name
			}
		}
		delete(s.unknown, oldest)
	}
	s.unknown[name] = time.Now()
}

// unknownSince returns the names that spans have carried since a time while no such session was
// open.
func (s *Sessions) unknownSince(at time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, last := range s.unknown {
		if !last.Before(at) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// sinceWithoutSession describes the traces without a session that have had spans since a time: the
// last ones and the number of the others.
func (s *Sessions) sinceWithoutSession(at time.Time) string {
	s.mu.Lock()
	traces, more := s.waiting.since(at, maxListed)
	s.mu.Unlock()
	var list []string
	for _, first := range traces {
		list = append(list, describe(mask.New(), &first))
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	return strings.Join(list, "; ")
}

// maxListed is the number of traces without a session that a report names.
const maxListed = 3

// describe returns the label of a span and its trace, with secrets masked.
func describe(masker *mask.Masker, span *tracetree.Span) string {
	masked := clone([]tracetree.Span{*span})
	masker.Spans(masked)
	return fmt.Sprintf("%s in trace %v", tracetree.Label(&masked[0]), span.TraceID)
}

// register opens a session. Parents are the span contexts that the test sends as traceparent: what
// is below one of them is a root.
func (s *Sessions) register(name string, parents map[tracetree.TraceID]tracetree.SpanID) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "" {
		name = "test-" + strings.ToLower(rand.Text()[:12])
	}
	switch {
	case s.open[name] != nil:
		return nil, conflict("session %q is open: want another name, or DELETE it first", name)
	case len(s.open) >= s.config.Sessions:
		return nil, overload("%d sessions are open, as many as can be: want DELETE at the end of each test", len(s.open))
	}
	for id := range parents {
		if s.traces[id].session != nil || s.ended.has(id) {
			return nil, conflict("trace %s belongs to a session already: want a new trace ID in each test", id)
		}
	}
	created := newSession(s, name, parents)
	s.open[name] = created
	delete(s.unknown, name)
	parts := make(map[*session][]tracetree.Span)
	for id := range parents {
		s.adopt(created, id, parts)
	}
	for id := range parents {
		s.traces[id] = owner{created, true}
	}
	created.add(parts[created])
	created.timer = time.AfterFunc(s.config.Lifetime, func() { s.end(created) })
	return created, nil
}

// find returns an open session.
func (s *Sessions) find(name string) (*session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.open[name]
	return found, ok
}

// all returns the open sessions, by name.
func (s *Sessions) all() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.open), func(a, b *session) int { return strings.Compare(a.name, b.name) })
}

// end ends a session. Its traces are remembered, so that spans that come late are not those of
// another session with the same name.
func (s *Sessions) end(closing *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[closing.name] != closing {
		return // it has ended before
	}
	delete(s.open, closing.name)
	for id := range closing.traces {
		delete(s.traces, id)
		s.ended.add(id)
	}
	if len(s.open) == 0 {
		s.waiting = waiting{}
	}
	closing.close()
}

// Close ends all sessions.
func (s *Sessions) Close() {
	for _, session := range s.all() {
		s.end(session)
	}
}
