package codec

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"

	"tracelab/tracetree"
)

// zipkinMerger merges and separates the records that Zipkin has under one id.
//
// A program can report a span in pieces: late tags come in a record of their own. And a client and
// the server that it calls can report a half each with the same id, as can several servers that
// receive one message.
//
// Pieces are merged: records of equal or unknown endpoints, unless they are of different kinds, or
// both have times and differ in them. The client's half keeps the id. A server's half becomes its
// child, with an id that is derived from the shared one and the server's endpoint, whose original
// is kept in [tracetree.Rare]. A span below the shared one moves below the half with its endpoint,
// or at least its service, or below a server if it has no service; the rest stays below the
// client's half. A half whose counterpart is missing keeps its id and its parent.
//
// Records are merged and separated only if they are within zipkinWindow spans of each other.
type zipkinMerger struct {
	before map[spanKey][]zipkinHalf // of the window before
}

// spanKey is a span's id in its trace.
type spanKey struct {
	trace tracetree.TraceID
	span  tracetree.SpanID
}

// zipkinHalf is a half of a shared span: where it is from, and its own id.
type zipkinHalf struct {
	endpoint zipkinEndpoint
	server   bool
	id       tracetree.SpanID
}

// release appends the spans that begin in the first n of the held ones to the batch, after a look
// at all of them. It returns what is still held.
func (m *zipkinMerger) release(batch []tracetree.Span, held []zipkinSpan, n int) ([]tracetree.Span, []zipkinSpan) {
	first := make(map[spanKey]int, len(held))
	groups := make(map[spanKey][]int) // of several records with one id: there are few
	for i := range held {
		key := spanKey{held[i].span.TraceID, held[i].span.SpanID}
		if at, seen := first[key]; !seen {
			first[key] = i
		} else if groups[key] == nil {
			groups[key] = []int{at, i}
		} else {
			groups[key] = append(groups[key], i)
		}
	}
	halves := make(map[spanKey][]zipkinHalf)
	for key, group := range groups {
		if group = mergePieces(held, group); len(group) > 1 {
			halves[key] = separate(held, group)
		}
	}
	rest := held[:0]
	for i := range held {
		s := &held[i]
		switch {
		case s.merged:
		case i >= n:
			rest = append(rest, *s)
		default:
			m.adopt(s, halves)
			batch = append(batch, s.span)
		}
	}
	m.before = halves
	return batch, rest
}

// mergePieces merges the pieces of a group of records with one id, and returns what is left of the
// group. The records that have a kind or a time are merged into first, because the others can't be
// assigned to a half without them.
func mergePieces(held []zipkinSpan, group []int) []int {
	order := slices.Clone(group)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(held[a].weight(), held[b].weight()) })
	var whole []int
	for _, i := range order {
		into := -1
		for _, j := range whole {
			if held[j].takes(&held[i]) && (into < 0 || held[j].endpoint.same(held[i].endpoint)) {
				into = j
				if held[j].endpoint.same(held[i].endpoint) {
					break
				}
			}
		}
		if into < 0 {
			whole = append(whole, i)
			continue
		}
		held[into].merge(&held[i])
	}
	slices.Sort(whole)
	return whole
}

// weight orders the records of an id: those with a kind and times, those with less, and those with
// nothing but tags.
func (s *zipkinSpan) weight() int {
	weight := 0
	if s.span.Kind == tracetree.KindUnspecified {
		weight += 2
	}
	if s.span.Start == 0 {
		weight++
	}
	return weight
}

// takes reports whether a record with the same id can be a piece of this span.
func (s *zipkinSpan) takes(piece *zipkinSpan) bool {
	a, b := &s.span, &piece.span
	switch {
	case a.Kind != b.Kind && a.Kind != tracetree.KindUnspecified && b.Kind != tracetree.KindUnspecified,
		!s.endpoint.couldBe(piece.endpoint):
		return false
	case a.Start != 0 && b.Start != 0 && a.End != 0 && b.End != 0:
		return a.Start == b.Start && a.End == b.End && a.Name == b.Name && a.Parent == b.Parent
	}
	return true
}

// merge adds a piece to the span: what it has and the span has not.
func (s *zipkinSpan) merge(piece *zipkinSpan) {
	a, b := &s.span, &piece.span
	a.Name = cmp.Or(a.Name, b.Name)
	a.Kind = cmp.Or(a.Kind, b.Kind)
	a.Status = max(a.Status, b.Status)
	a.StatusMessage = cmp.Or(a.StatusMessage, b.StatusMessage)
	if a.Parent.IsZero() {
		a.Parent = b.Parent
	}
	if a.Start == 0 || b.Start != 0 && b.Start < a.Start && b.End != 0 {
		a.Start = b.Start
	}
	a.End = max(a.End, b.End)
	for _, attr := range b.Attributes {
		if i := slices.IndexFunc(a.Attributes, func(known tracetree.Attr) bool { return known.Key == attr.Key }); i >= 0 {
			a.Attributes[i] = attr
		} else {
			a.Attributes = append(a.Attributes, attr)
		}
	}
	for _, e := range b.Events {
		if !slices.ContainsFunc(a.Events,
			func(known tracetree.Event) bool { return known.Name == e.Name && known.Time == e.Time }) {
			a.Events = append(a.Events, e)
		}
	}
	for _, l := range b.Links {
		same := func(known tracetree.Link) bool { return known.TraceID == l.TraceID && known.SpanID == l.SpanID }
		if !slices.ContainsFunc(a.Links, same) {
			a.Links = append(a.Links, l)
		}
	}
	if a.Rare == nil {
		a.Rare = b.Rare
	}
	if s.endpoint.service == "" {
		a.Origin = b.Origin
	}
	s.endpoint = s.endpoint.or(piece.endpoint)
	s.shared = s.shared || piece.shared
	piece.merged = true
}

// separate gives the halves of a shared span ids of their own. The caller's half keeps the id.
func separate(held []zipkinSpan, group []int) []zipkinHalf {
	first := slices.IndexFunc(group, func(i int) bool { return held[i].calls() })
	if first < 0 {
		first = slices.IndexFunc(group, func(i int) bool { return !held[i].serves() })
	}
	first = max(first, 0)
	caller := &held[group[first]]
	halves := []zipkinHalf{{caller.endpoint, caller.serves(), caller.span.SpanID}}
	for k, i := range group {
		s := &held[i]
		half := s.serves() || caller.calls() && !s.calls()
		if k == first || !half || caller.serves() && s.endpoint.same(caller.endpoint) {
			continue // a span that was reported twice keeps its id
		}
		original, parent := s.span.SpanID, s.span.Parent
		id := derive(spanKey{s.span.TraceID, original}, s.endpoint)
		for slices.ContainsFunc(halves, func(h zipkinHalf) bool { return h.id == id }) {
			id = derive(spanKey{s.span.TraceID, id}, s.endpoint)
		}
		if !caller.serves() {
			s.span.Parent, s.span.ParentRemote = original, tracetree.RemoteYes
		}
		if s.span.Rare == nil {
			s.span.Rare = new(tracetree.Rare)
		}
		s.span.SpanID, s.span.Rare.OriginalID, s.span.Rare.OriginalParent = id, original, parent
		s.moved = true
		halves = append(halves, zipkinHalf{s.endpoint, true, id})
	}
	return halves
}

// serves reports whether the span is the half of a server or consumer.
func (s *zipkinSpan) serves() bool {
	return s.shared || s.span.Kind == tracetree.KindServer || s.span.Kind == tracetree.KindConsumer
}

// calls reports whether the span is the half of a client or producer.
func (s *zipkinSpan) calls() bool {
	return s.span.Kind == tracetree.KindClient || s.span.Kind == tracetree.KindProducer
}

// adopt moves a span below the half of a shared span that it belongs to.
func (m *zipkinMerger) adopt(s *zipkinSpan, halves map[spanKey][]zipkinHalf) {
	if s.moved || s.span.Parent.IsZero() {
		return
	}
	key := spanKey{s.span.TraceID, s.span.Parent}
	candidates := halves[key]
	if candidates == nil {
		candidates = m.before[key]
	}
	best, most := -1, 0
	for i, half := range candidates {
		if n := half.fits(s.endpoint); n > most {
			best, most = i, n
		}
	}
	if best >= 0 {
		if id := candidates[best].id; id != s.span.Parent {
			if s.span.Rare == nil {
				s.span.Rare = new(tracetree.Rare)
			}
			s.span.Parent, s.span.Rare.OriginalParent = id, s.span.Parent
		}
	}
}

// fits returns how well a span below a half fits to it; 0 is not at all.
func (h zipkinHalf) fits(child zipkinEndpoint) int {
	fits := 0
	switch {
	case h.endpoint.same(child):
		fits = 3
	case h.endpoint.service == child.service && child.service != "":
		fits = 2
	case child.service == "" && h.server:
		fits = 1
	default:
		return 0
	}
	fits *= 2
	if h.server {
		fits++ // of the two halves of one service's call to itself
	}
	return fits
}

// derive returns an id that depends on nothing but a shared id and the server's endpoint.
func derive(key spanKey, server zipkinEndpoint) tracetree.SpanID {
	hash := fnv.New64a()
	hash.Write(key.trace[:])
	hash.Write(key.span[:])
	hash.Write([]byte(server.service))
	hash.Write([]byte{0})
	hash.Write([]byte(server.address))
	hash.Write(binary.BigEndian.AppendUint64(nil, uint64(server.port)))
	var id tracetree.SpanID
	binary.BigEndian.PutUint64(id[:], hash.Sum64()|1) // an id is never zero
	return id
}
