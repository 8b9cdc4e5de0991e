package codec

import (
	"encoding/binary"
	"hash/fnv"

	"tracelab/tracetree"
)

// zipkinHalves gives the server's half of a shared span an id of its own.
//
// In Zipkin a client and the server that it calls can report one span each with the same id. When both are there, the
// server's half gets an id that is derived from the shared one, and the client's half becomes its parent. What is below
// the shared span and has the server's service, or no service, moves below the server's half; the rest stays below the
// client's. A half whose counterpart is missing keeps its id and its parent.
//
// The halves and their children have to be within zipkinWindow spans of each other.
type zipkinHalves struct {
	before map[halfKey]tracetree.SpanID // the derived ids of the window before
}

// spanKey is a span's id in its trace.
type spanKey struct {
	trace tracetree.TraceID
	span  tracetree.SpanID
}

// halfKey is a shared span at its server; the service is "" for any of them.
type halfKey struct {
	spanKey
	service string
}

// release appends the first n of the held spans to the batch, after a look at all of them.
func (h *zipkinHalves) release(batch []tracetree.Span, held []zipkinSpan, n int) []tracetree.Span {
	clients := make(map[spanKey]bool)
	for i := range held {
		if s := &held[i].span; s.Kind == tracetree.KindClient {
			clients[spanKey{s.TraceID, s.SpanID}] = true
		}
	}
	derived := make(map[halfKey]tracetree.SpanID)
	half := func(s *zipkinSpan) (halfKey, bool) {
		key := spanKey{s.span.TraceID, s.span.SpanID}
		return halfKey{key, s.service}, (s.shared || s.span.Kind == tracetree.KindServer) && clients[key]
	}
	for i := range held {
		if key, ok := half(&held[i]); ok {
			id := derive(key)
			derived[key] = id
			derived[halfKey{spanKey: key.spanKey}] = id
		}
	}
	for i := range held[:n] {
		s := held[i].span
		if key, ok := half(&held[i]); ok {
			s.Parent, s.SpanID, s.ParentRemote = s.SpanID, derived[key], tracetree.RemoteYes
		} else if !s.Parent.IsZero() {
			parent := halfKey{spanKey{s.TraceID, s.Parent}, held[i].service}
			if id, ok := derived[parent]; ok {
				s.Parent = id
			} else if id, ok := h.before[parent]; ok {
				s.Parent = id
			}
		}
		batch = append(batch, s)
	}
	h.before = derived
	return batch
}

// derive returns an id that depends on nothing but the shared id and the server's service.
func derive(key halfKey) tracetree.SpanID {
	hash := fnv.New64a()
	hash.Write(key.trace[:])
	hash.Write(key.span[:])
	hash.Write([]byte(key.service))
	var id tracetree.SpanID
	binary.BigEndian.PutUint64(id[:], hash.Sum64()|1) // an id is never zero
	return id
}
