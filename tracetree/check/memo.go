package check

import "tracelab/tracetree/check/internal/texthash"

// memoSlots is small enough for a memo to stay in a processor's first cache.
const memoSlots = 512

// memo remembers a small result for recent texts, at a fixed size: a text whose two slots are
// occupied replaces the text in the first. The zero memo is ready for use.
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
	at := texthash.Hash(text) % memoSlots
	slot := &m.slots[at]
	if slot.known && slot.text == text {
		return &slot.value, true
	}
	// Two texts that take turns at one slot would never be remembered. So there is a second one.
	if second := &m.slots[at^1]; second.known && second.text == text {
		return &second.value, true
	} else if slot.known && !second.known {
		slot = second
	}
	slot.text, slot.known = text, true
	return &slot.value, false
}
