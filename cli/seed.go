package cli

import "math/rand/v2"

// maxSeed keeps seeds that the program chooses short enough to be typed again.
const maxSeed = 9999

// seedOf returns the seed of the flag, or else a random one.
func seedOf(asked *uint64) uint64 {
	if asked != nil {
		return *asked
	}
	return rand.Uint64N(maxSeed) + 1
}
