package check

import "tracelab/tracetree/check/internal/texthash"

// memoSlots is small enough for a memo to stay in a processor's first cache.
const memoSlots = 512

// memo remembers a small result for texts that were looked at lately, at a
// fixed size: a text that falls on another's place takes it. The zero memo is
// ready for use.
type memo[V any] struct {
	slots []memoSlot[V]
}

type memoSlot[V any] struct {
	text  string
	known bool
	value V
}

// of returns the place of a text, and whether it holds the text's value. When it
// doesn't, the caller sets the value.
func (m *memo[V]) of(text string) (value *V, known bool) {
	if m.slots == nil {
		m.slots = make([]memoSlot[V], memoSlots)
	}
	slot := &m.slots[texthash.Of(text)%memoSlots]
	if slot.known && slot.text == text {
		return &slot.value, true
	}
	slot.text, slot.known = text, true
	return &slot.value, false
}
