package law_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/internal/slow"
)

func TestInputIsTheSameEachTime(t *testing.T) {
	inputs := func() []int64 {
		var list []int64
		law.Check(t, func(t *rapid.T) { list = append(list, rapid.Int64().Draw(t, "n")) })
		return list
	}
	first, second := inputs(), inputs()
	if same := cmp.Equal(first, second); same == slow.Enabled() {
		t.Errorf("same input is %t, slow tests are %t", same, slow.Enabled())
	}
	if len(first) < 10 {
		t.Errorf("%d inputs", len(first))
	}
}
