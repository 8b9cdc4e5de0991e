package texthash_test

import (
	"fmt"
	"testing"

	"tracelab/tracetree/check/internal/texthash"
)

// Texts that differ where keys and names do fall on different places, mostly.
func TestKeysOfOneKindAreSpread(t *testing.T) {
	const slots = 512
	seen := map[uint32]int{}
	for i := range slots {
		seen[texthash.Of(fmt.Sprintf("http.request.header.x-%d", i))%slots]++
		seen[texthash.Of(fmt.Sprint("k", i))%slots]++
	}
	if len(seen) < slots/2 {
		t.Errorf("%d texts fall on %d of %d places", 2*slots, len(seen), slots)
	}
}
