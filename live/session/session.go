package session

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"tracelab/internal/expect"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
)

// session has the spans of one test.
type session struct {
	name    string
	opened  time.Time
	expires time.Time
	timer   *time.Timer // ends it
	all     *Sessions
	ended   context.Context
	end     context.CancelFunc // of ended
	// traces are those that belong to it, under the lock of Sessions.
	traces map[tracetree.TraceID]struct{}
	// parents are the span contexts that the test sends: what is below one of them is a root.
	parents map[tracetree.TraceID]tracetree.SpanID

	mu         sync.Mutex
	masker     *mask.Masker
	spans      []tracetree.Span
	seen       map[spanKey][]int // indexes of spans
	duplicates int               // spans that were sent again, as exporters do that had no answer
	cut        int               // spans that there was no room for
	bytes      int64
	others     map[string]foreignSpans // by the reason
	changed    chan struct{}           // closed, and replaced, when spans are added
	changes    int
}

// foreignSpans are spans that are not in the session, all for one reason.
type foreignSpans struct {
	count   int
	example string // the label and the trace of the first one
}

type spanKey struct {
	trace tracetree.TraceID
	span  tracetree.SpanID
}

func newSession(all *Sessions, name string, parents map[tracetree.TraceID]tracetree.SpanID) *session {
	ended, end := context.WithCancel(context.Background())
	now := time.Now()
	return &session{
		name: name, all: all, opened: now, expires: now.Add(all.config.Lifetime), ended: ended, end: end,
		traces: make(map[tracetree.TraceID]struct{}), parents: parents,
		masker: mask.New(), seen: make(map[spanKey][]int), others: make(map[string]foreignSpans),
		changed: make(chan struct{}),
	}
}

// add adds copies of spans. A span that was sent twice counts once; another one with the same ID is
// kept too, as it is a mistake of the program.
func (s *session) add(spans []tracetree.Span) {
	spans = clone(spans)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended.Err() != nil {
		return
	}
	s.masker.Spans(spans)
	added := false
	origins := make(map[*tracetree.Origin]bool)
	for i := range spans {
		span := &spans[i]
		if parent, ok := s.parents[span.TraceID]; ok && span.Parent == parent {
			span.Parent, span.ParentRemote = tracetree.SpanID{}, 0
		}
		key := spanKey{span.TraceID, span.SpanID}
		size := sizeOf(span)
		if !origins[span.Origin] {
			origins[span.Origin] = true
			size += sizeOfOrigin(span.Origin)
		}
		switch {
		case slices.ContainsFunc(s.seen[key], func(at int) bool { return reflect.DeepEqual(&s.spans[at], span) }):
			s.duplicates++
		case len(s.spans) >= s.all.config.Spans || s.all.bytes.Load()+size > s.all.config.Memory:
			s.cut++
			added = true
		default:
			s.all.bytes.Add(size)
			s.bytes += size
			s.seen[key] = append(s.seen[key], len(s.spans))
			s.spans = append(s.spans, *span)
			added = true
		}
	}
	if added {
		close(s.changed)
		s.changed = make(chan struct{})
		s.changes++
	}
}

// close lets go of the spans. Expectations that wait end.
func (s *session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.all.bytes.Add(-s.bytes)
	s.spans, s.seen = nil, nil
	s.end()
}

// maxOthers is the number of reasons for foreign spans that are counted one by one.
const maxOthers = 20

// foreign counts a span that isn't in the session.
func (s *session) foreign(span *tracetree.Span, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.others[reason]; !known && len(s.others) >= maxOthers {
		reason = "further reasons"
	}
	same, known := s.others[reason]
	if !known {
		same.example = describe(s.masker, span)
	}
	same.count++
	s.others[reason] = same
}

// take returns what has come so far.
func (s *session) take() expect.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot := expect.Snapshot{
		Spans: slices.Clone(s.spans), Foreign: s.foreignLines(), Changed: s.changed, Changes: s.changes,
	}
	if s.cut > 0 {
		snapshot.Incomplete = true
		snapshot.Troubles = append(snapshot.Troubles, fmt.Sprintf("%d further spans: the session has %d, as many as "+
			"there is room for", s.cut, len(s.spans)))
	}
	return snapshot
}

// foreignLines is called under the lock.
func (s *session) foreignLines() []string {
	var lines []string
	for _, reason := range slices.Sorted(maps.Keys(s.others)) {
		same := s.others[reason]
		line := fmt.Sprintf("%dx %s: %s", same.count, reason, same.example)
		if same.count > 1 {
			line = fmt.Sprintf("%dx %s, the first one: %s", same.count, reason, same.example)
		}
		lines = append(lines, line)
	}
	return lines
}

// clone returns copies of spans that can be masked.
func clone(spans []tracetree.Span) []tracetree.Span {
	spans = slices.Clone(spans)
	origins := make(map[*tracetree.Origin]*tracetree.Origin)
	for i := range spans {
		s := &spans[i]
		s.Attributes = slices.Clone(s.Attributes)
		s.Events = slices.Clone(s.Events)
		for j := range s.Events {
			s.Events[j].Attributes = slices.Clone(s.Events[j].Attributes)
		}
		s.Links = slices.Clone(s.Links)
		for j := range s.Links {
			s.Links[j].Attributes = slices.Clone(s.Links[j].Attributes)
		}
		if s.Rare != nil {
			rare := *s.Rare
			s.Rare = &rare
		}
		if s.Origin == nil {
			continue
		}
		if origins[s.Origin] == nil {
			o := *s.Origin
			o.Resource, o.ScopeAttributes = slices.Clone(o.Resource), slices.Clone(o.ScopeAttributes)
			o.Entities = slices.Clone(o.Entities)
			origins[s.Origin] = &o
		}
		s.Origin = origins[s.Origin]
	}
	return spans
}

// sizeOf estimates the memory of a span, without what it shares with others.
func sizeOf(s *tracetree.Span) int64 {
	const span, part = 300, 64
	size := span + int64(len(s.Name)+len(s.StatusMessage)) + sizeOfAttributes(s.Attributes)
	for i := range s.Events {
		size += part + int64(len(s.Events[i].Name)) + sizeOfAttributes(s.Events[i].Attributes)
	}
	for i := range s.Links {
		size += part + int64(len(s.Links[i].TraceState)) + sizeOfAttributes(s.Links[i].Attributes)
	}
	return size
}

func sizeOfOrigin(o *tracetree.Origin) int64 {
	if o == nil {
		return 0
	}
	return sizeOfAttributes(o.Resource) + sizeOfAttributes(o.ScopeAttributes) + sizeOfAttributes(o.Entities)
}

func sizeOfAttributes(list []tracetree.Attr) int64 {
	const attribute = 64
	size := int64(0)
	for i := range list {
		size += attribute + int64(len(list[i].Key)+len(list[i].Value.Text()))
	}
	return size
}
