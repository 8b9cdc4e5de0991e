package check

import "tracelab/tracetree/check/internal/texthash"

// memoSlots is small enough for a memo to stay in a processor's first cache.
const memoSlots = 512

// memo remembers a small result for recent texts, at a fixed size: a text that
// hashes to an occupied slot replaces the text there. The zero memo is
// ready for use.
type memo[V any] struct {
	slots []memoSlot[V]
}

type memoSlot[V any] struct {
	text  string
	known bool
	value V
}

// of returns the slot of a text, and whether it holds the text's value. If it
// doesn't, the caller has to set the value.
func (m *memo[V]) of(text string) (value *V, known bool) {
	if m.slots == nil {
		m.slots = make([]memoSlot[V], memoSlots)
	}
	slot := &m.slots[texthash.Hash(text)%memoSlots]
	if slot.known && slot.text == text {
		return &slot.value, true
	}
	slot.text, slot.known = text, true
	return &slot.value, false
}
