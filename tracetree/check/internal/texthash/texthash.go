// Package texthash hashes short texts cheaply: the keys of attributes, the names of spans.
package texthash

// Hash returns a hash of the length, the first byte, one in the middle and the last eight, in which
// the keys of one namespace differ. It is fast, and collides for texts that differ only elsewhere.
func Hash(text string) uint32 {
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
