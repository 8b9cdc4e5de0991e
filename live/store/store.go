package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"tracelab/tracetree"
)

// Store holds traces. Create one with [New]. Its methods are safe for concurrent use.
type Store struct {
	config Config

	mu       sync.Mutex
	packer   packer
	traces   map[tracetree.TraceID]*entry
	order    []*entry // by sequence number; those before first are dropped, and nil
	first    int
	linkedBy map[tracetree.TraceID][]*entry // the traces with links to a trace, which may be absent
	gone     goneTraces

	seq, version uint64
	bytes        int64 // of the entries and their dictionaries
	received     int64
	kept         int64
	dropped      map[Reason]int64

	oldest, newest *entry // the list of traces that haven't settled, by the arrival of their last spans
	timer          *time.Timer
	subscribers    map[*subscriber]struct{}
	operations     operations
	trees          treeCache
}

// New returns an empty store.
func New(config Config) *Store {
	config.Memory = cmp.Or(config.Memory, DefaultMemory)
	config.Settle = cmp.Or(config.Settle, DefaultSettle)
	return &Store{
		config:      config,
		packer:      newPacker(config.Memory, config.KeepSecrets),
		traces:      make(map[tracetree.TraceID]*entry),
		linkedBy:    make(map[tracetree.TraceID][]*entry),
		gone:        newGoneTraces(config.Memory),
		dropped:     make(map[Reason]int64),
		subscribers: make(map[*subscriber]struct{}),
		trees:       treeCache{limit: config.Memory / 4},
	}
}

// Reason is why a span was dropped.
type Reason string

// The reasons.
const (
	// DroppedInvalid: the trace ID or the span ID is zero.
	DroppedInvalid Reason = "invalid_id"
	// DroppedOldest: the whole trace made room for newer ones.
	DroppedOldest Reason = "oldest_trace"
	// DroppedCut: the trace alone fills the budget, so only its first spans are kept.
	DroppedCut Reason = "trace_too_large"
	// DroppedLate: the span arrived after its trace had made room for newer ones.
	DroppedLate Reason = "trace_already_dropped"
)

// Added is what became of the spans of one call of [Store.Add].
type Added struct {
	Kept, Dropped int
	// Problem names the first span that was dropped, and why; "" if all were kept.
	Problem string
}

func (a *Added) drop(i int, s *tracetree.Span, why string) {
	a.Dropped++
	if a.Problem == "" {
		a.Problem = fmt.Sprintf("span %d (trace %v, span %v): %s", i, s.TraceID, s.SpanID, why)
	}
}

// Add adds spans, in any order, and masks their secrets. It neither changes nor keeps the spans.
// Spans that it counts as kept may be dropped later, with the whole trace, to make room.
func (s *Store) Add(spans []tracetree.Span) Added {
	s.mu.Lock()
	defer s.mu.Unlock()
	var added Added
	s.received += int64(len(spans))
	s.begin()
	var touched []*entry // in the order of their first spans, so that equal spans make equal stores
	var e *entry
	for i := range spans {
		span := &spans[i]
		if span.TraceID.IsZero() || span.SpanID.IsZero() {
			s.dropped[DroppedInvalid]++
			added.drop(i, span, "the trace ID or the span ID is zero: want IDs with at least one other digit")
			continue
		}
		if e == nil || e.dropped || e.id != span.TraceID {
			if e = s.entryOf(span); e == nil {
				s.dropped[DroppedLate]++
				added.drop(i, span, "its trace was dropped before to make room for newer ones")
				continue
			}
			if !e.touched {
				e.touched = true
				touched = append(touched, e)
			}
		}
		if s.full(e) {
			e.cut++
			s.dropped[DroppedCut]++
			added.drop(i, span, "its trace fills the memory for traces, and keeps its first spans")
			continue
		}
		s.addSpan(e, span)
		added.Kept++
	}
	s.touch(touched)
	return added
}

// begin begins a call of Add. A full dictionary goes unless traces refer to it.
func (s *Store) begin() {
	before := s.packer.dict
	s.packer.begin()
	if after := s.packer.dict; before != after && before.traces == 0 {
		s.bytes -= before.bytes
	}
}

// entryOf returns the trace of a span, a new one if necessary. It returns nil if the trace was
// dropped before.
func (s *Store) entryOf(span *tracetree.Span) *entry {
	e := s.traces[span.TraceID]
	switch {
	case e != nil:
		return e
	case s.gone.has(span.TraceID):
		return nil
	}
	s.seq++
	e = &entry{id: span.TraceID, seq: s.seq, base: span.Start}
	s.traces[e.id] = e
	s.order = append(s.order, e)
	return e
}

// addSpan packs a span, then drops the oldest traces until there is room for it.
func (s *Store) addSpan(e *entry, span *tracetree.Span) {
	dict := s.packer.dict.bytes
	e.add(&s.packer, span)
	for i := range span.Links {
		if to := span.Links[i].TraceID; e.link(to) {
			s.linkedBy[to] = append(s.linkedBy[to], e)
			s.change(s.traces[to])
		}
	}
	s.kept++
	s.bytes += s.packer.dict.bytes - dict
	s.count(e)
	for s.bytes > s.config.Memory && s.order[s.first] != e {
		s.dropOldest()
	}
	// Now e is the oldest trace, or there is room. If it is not the one that fills the budget, it
	// goes too.
	if s.bytes > s.config.Memory && e.counted < s.config.Memory/2 && len(s.traces) > 1 {
		s.dropOldest()
	}
}

// full reports whether a trace fills the budget: it is over it, and no older trace can make room.
func (s *Store) full(e *entry) bool {
	return s.bytes > s.config.Memory && s.order[s.first] == e && e.spans > 0
}

// count brings the bytes of a trace in the sum up to date.
func (s *Store) count(e *entry) {
	size := e.size()
	s.bytes += size - e.counted
	e.counted = size
}

// dropOldest drops the oldest trace, and dictionaries that nothing refers to any more.
func (s *Store) dropOldest() {
	e := s.order[s.first]
	s.order[s.first] = nil
	s.first++
	if s.first > len(s.order)/2 {
		s.order = slices.Delete(s.order, 0, s.first)
		s.first = 0
	}
	delete(s.traces, e.id)
	s.bytes += s.gone.add(e.id)
	s.kept -= int64(e.spans)
	s.dropped[DroppedOldest] += int64(e.spans)
	s.bytes -= e.counted
	for _, p := range e.packed {
		if p.dict.traces--; p.dict.traces == 0 && p.dict != s.packer.dict {
			s.bytes -= p.dict.bytes
		}
	}
	for _, to := range e.linksTo {
		s.unlink(to, e)
		s.change(s.traces[to])
	}
	for _, from := range s.linkedBy[e.id] {
		s.change(from)
	}
	e.dropped = true
	s.unlist(e)
	s.trees.remove(e)
	s.publish(Change{TraceID: e.id, Dropped: true})
}

func (s *Store) unlink(to tracetree.TraceID, e *entry) {
	from := s.linkedBy[to]
	switch i := slices.Index(from, e); {
	case i == 0: // the usual case: the oldest goes first
		from = from[1:]
	case i > 0:
		from = slices.Delete(from, i, i+1)
	}
	if len(from) == 0 {
		delete(s.linkedBy, to)
	} else {
		s.linkedBy[to] = from
	}
}

// change gives a trace, if it is not nil, a new version: itself or a trace that is linked with it
// changed.
func (s *Store) change(e *entry) {
	if e == nil {
		return
	}
	s.version++
	e.version = s.version
	s.publish(Change{TraceID: e.id, Settled: e.settled})
}

// Stats are the figures of a store.
type Stats struct {
	Received int64 // spans
	Kept     int64 // spans that are in the store now
	// Dropped has the spans that are not, by reason. Received is Kept and the sum of these.
	Dropped map[Reason]int64
	Traces  int
	Bytes   int64 // an estimate of the memory of the packed traces
	Memory  int64 // the budget
}

// Stats returns the figures as they are now.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Received: s.received, Kept: s.kept, Dropped: maps.Clone(s.dropped), Traces: len(s.traces),
		Bytes: s.bytes, Memory: s.config.Memory,
	}
}

// goneTraces remembers the IDs of traces that were dropped, so that spans that come late don't make
// a trace without its beginning. It remembers the last ones only.
type goneTraces struct {
	limit int
	ring  []tracetree.TraceID
	next  int
	ids   map[tracetree.TraceID]struct{}
}

// bytesPerGone is about what an ID takes in the ring and the map.
const bytesPerGone = 64

// newGoneTraces returns a memory of IDs that takes up to about a hundredth of the budget.
func newGoneTraces(memory int64) goneTraces {
	limit := min(max(memory/100/bytesPerGone, 8), 1<<16)
	return goneTraces{limit: int(limit), ids: make(map[tracetree.TraceID]struct{})}
}

func (g *goneTraces) has(id tracetree.TraceID) bool {
	_, gone := g.ids[id]
	return gone
}

// add remembers an ID, and returns the additional bytes that this takes.
func (g *goneTraces) add(id tracetree.TraceID) int64 {
	g.ids[id] = struct{}{}
	if len(g.ring) < g.limit {
		g.ring = append(g.ring, id)
		return bytesPerGone
	}
	delete(g.ids, g.ring[g.next])
	g.ring[g.next] = id
	g.next = (g.next + 1) % len(g.ring)
	return 0
}
