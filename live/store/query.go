package store

import (
	"cmp"
	"iter"
	"slices"

	"tracelab/tracetree"
	"tracelab/tracetree/filter"
)

// Query selects traces for [Store.Traces].
type Query struct {
	filter.Filter
	// Before is the Seq of the last summary of the page before; 0 is for the first page.
	Before uint64
	// Limit is the largest number of summaries, 0 for [DefaultLimit].
	Limit int
}

// DefaultLimit is the number of summaries of a page.
const DefaultLimit = 100

// Traces returns the traces that match, the newest arrival first. A page with fewer than Limit
// summaries is the last one. The time that a query takes grows with the traces that it has to look
// at, and not with the spans, unless something is wanted of spans; adding spans doesn't wait for
// it.
func (s *Store) Traces(q Query) []Summary {
	limit := q.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	var found []*entry
	for before := q.Before; len(found) < limit; {
		candidates, last := s.candidates(&q, before, limit)
		s.learn(candidates)
		for i := range candidates {
			if c := &candidates[i]; len(found) < limit && c.matches(&q.Filter) {
				found = append(found, c.entry)
			}
		}
		if before = last; last == 0 {
			break
		}
	}
	summaries := make([]Summary, 0, len(found))
	for some := range slices.Chunk(found, lockedTraces) {
		summaries = s.summarize(summaries, some)
	}
	return summaries
}

// lockedTraces is how many traces a query looks at before it lets others have the lock.
const lockedTraces = 4096

func (s *Store) summarize(summaries []Summary, entries []*entry) []Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		summaries = append(summaries, e.summary())
	}
	return summaries
}

// Summary returns the summary of a trace as it is now, and whether it exists.
func (s *Store) Summary(id tracetree.TraceID) (Summary, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.traces[id]
	if e == nil {
		return Summary{}, false
	}
	return e.summary(), true
}

// candidate is a trace that has what is wanted of traces.
type candidate struct {
	*entry
	spans   snapshot // if spans have to be looked at
	certain bool     // it matches
	unknown bool     // an operation is wanted, and those of the trace are not known
}

// candidates returns the next traces that may match, and where to go on; 0 when there are no more.
// It looks at a bounded number of traces, so that the lock isn't held for long.
func (s *Store) candidates(q *Query, before uint64, limit int) ([]candidate, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	operations, alone := s.operations.matching(q.Operation), isOperationAlone(&q.Filter)
	at := len(s.order)
	if before > 0 {
		older, _ := slices.BinarySearchFunc(s.order[s.first:], before, func(e *entry, seq uint64) int {
			return cmp.Compare(e.seq, seq)
		})
		at = s.first + older
	}
	var found []candidate
	for n := 0; at > s.first && n < lockedTraces && len(found) < limit; n++ {
		at--
		e := s.order[at]
		if !e.mayMatch(&q.Filter) {
			continue
		}
		c := candidate{entry: e, certain: !q.WantsSpan()}
		if q.Operation != "" {
			refs, known := s.operationsOf(e)
			has := slices.ContainsFunc(refs, func(ref uint32) bool { return operations[ref] })
			if known && !has {
				continue
			}
			c.certain, c.unknown = known && alone, !known
		}
		if !c.certain {
			c.spans = e.snapshot()
		}
		found = append(found, c)
	}
	if at == s.first {
		return found, 0
	}
	return found, s.order[at].seq
}

// mayMatch reports whether a trace has what is wanted of traces, and may have a span that has what
// is wanted of spans.
func (e *entry) mayMatch(f *filter.Filter) bool {
	if f.Error && e.errors == 0 {
		return false
	}
	if f.Service != "" {
		if _, has := slices.BinarySearch(e.services, f.Service); !has {
			return false
		}
	}
	duration, known := e.duration()
	return f.Trace(e.id, e.firstStart, duration, known)
}

func (c *candidate) matches(f *filter.Filter) bool {
	if c.certain {
		return true
	}
	for at := range c.spans.all() {
		if f.Error && at.head.status != tracetree.StatusError ||
			f.Service != "" && at.unpacker.serviceOf(at.head) != f.Service {
			continue
		}
		if span := at.span(); f.Span(&span) {
			return true
		}
	}
	return false
}

// cursor is a packed span of a snapshot, of which the head was read.
type cursor struct {
	head     head
	unpacker unpacker // at the span, after its length
	id       tracetree.TraceID
	base     int64
	room     []tracetree.Attr // for the attributes of one span after the other
}

// span unpacks the span, which is valid until the next one.
func (c *cursor) span() tracetree.Span {
	var s tracetree.Span
	u := c.unpacker
	u.slab = c.room
	u.span(&s, c.id, c.base)
	return s
}

// all returns the packed spans. A cursor is valid until the next one.
func (s *snapshot) all() iter.Seq[*cursor] {
	return func(yield func(*cursor) bool) {
		c := cursor{id: s.id, base: s.base, room: make([]tracetree.Attr, 64)}
		for _, p := range s.parts {
			rest := string(p.data)
			for rest != "" {
				u := unpacker{vocabulary: p.vocabulary, data: rest}
				n := int(u.uvarint())
				c.unpacker = u
				c.unpacker.data = u.data[:n]
				rest = u.data[n:]
				of := c.unpacker
				c.head = of.head()
				if !yield(&c) {
					return
				}
			}
		}
	}
}
