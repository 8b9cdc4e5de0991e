package check

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
	slot := &m.slots[memoHash(text)%memoSlots]
	if slot.known && slot.text == text {
		return &slot.value, true
	}
	slot.text, slot.known = text, true
	return &slot.value, false
}

// memoHash mixes the length with the last eight bytes and one in the middle: it
// has to be cheap, not to tell all texts apart.
func memoHash(text string) uint32 {
	n := len(text)
	if n < 8 {
		h := uint32(n)
		for i := range n {
			h = h*31 + uint32(text[i])
		}
		return h * 2654435769 >> 16
	}
	tail := text[n-8:]
	low := uint32(tail[0]) | uint32(tail[1])<<8 | uint32(tail[2])<<16 | uint32(tail[3])<<24
	high := uint32(tail[4]) | uint32(tail[5])<<8 | uint32(tail[6])<<16 | uint32(tail[7])<<24
	h := low*2246822519 ^ high*3266489917 ^ uint32(n)*668265263 ^ uint32(text[0])*374761393 ^ uint32(text[n/2])
	return h * 2654435769 >> 16
}
