package sampling

import (
	"encoding/binary"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

func TestOnlyTheLatestVerdictsAreRemembered(t *testing.T) {
	memory := newVerdictMemory()
	numbered := func(n int) (id trace.TraceID) {
		binary.BigEndian.PutUint64(id[:], uint64(n))
		return id
	}
	const n = 2*maxVerdicts + 10
	for i := range n {
		memory.add(numbered(i), &verdict{})
	}
	if len(memory.of) != maxVerdicts || len(memory.ring) != maxVerdicts {
		t.Errorf("%d are remembered, in a ring of %d, want %d", len(memory.of), len(memory.ring), maxVerdicts)
	}
	if memory.of[numbered(n-maxVerdicts-1)] != nil || memory.of[numbered(n-maxVerdicts)] == nil ||
		memory.of[numbered(n-1)] == nil {
		t.Error("it isn't the latest ones that are remembered")
	}
}
