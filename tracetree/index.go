package tracetree

import (
	"hash/maphash"
	"math/bits"
)

// spanIndex finds a span by its ids. It is an open hash table of indexes, five bytes for a span, where a Go map would
// need more than thirty. The hash is seeded, so nobody can choose ids that collide.
type spanIndex struct {
	seed  maphash.Seed
	slots []int32 // an index plus one; 0 is free
}

func newSpanIndex(n int) spanIndex {
	return spanIndex{seed: maphash.MakeSeed(), slots: make([]int32, n+n/4+1)}
}

// insert adds span i and reports false when there is a span with its ids already.
func (x *spanIndex) insert(spans []Span, i int32) bool {
	slot := x.find(spans, spans[i].TraceID, spans[i].SpanID)
	if x.slots[slot] != 0 {
		return false
	}
	x.slots[slot] = i + 1
	return true
}

// lookup returns the index of the span with these ids, or none.
func (x *spanIndex) lookup(spans []Span, trace TraceID, span SpanID) int32 {
	return x.slots[x.find(spans, trace, span)] - 1
}

// find returns the slot that has these ids, or the free one where they belong.
func (x *spanIndex) find(spans []Span, trace TraceID, span SpanID) int {
	var key [24]byte
	copy(key[:16], trace[:])
	copy(key[16:], span[:])
	high, _ := bits.Mul64(maphash.Bytes(x.seed, key[:]), uint64(len(x.slots)))
	slot := int(high)
	for {
		i := x.slots[slot] - 1
		if i < 0 || spans[i].SpanID == span && spans[i].TraceID == trace {
			return slot
		}
		if slot++; slot == len(x.slots) {
			slot = 0
		}
	}
}
