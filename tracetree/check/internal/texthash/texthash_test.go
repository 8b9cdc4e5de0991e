package texthash_test

import (
	"fmt"
	"testing"

	"tracelab/tracetree/check/internal/texthash"
)

// Texts that differ where keys and names usually do have different hashes, with few exceptions.
func TestKeysOfOneKindAreSpread(t *testing.T) {
	const slots = 512
	seen := map[uint32]int{}
	for i := range slots {
		seen[texthash.Hash(fmt.Sprintf("http.request.header.x-%d", i))%slots]++
		seen[texthash.Hash(fmt.Sprint("k", i))%slots]++
	}
	if len(seen) < slots/2 {
		t.Errorf("%d texts fall on %d of %d places", 2*slots, len(seen), slots)
	}
}
