package exercises

import (
	"strings"
	"testing"

	"tracelab/lab/sampling"
)

// The cost is compared with the precision with which it is printed: 14.0 % is at most 14 %.
func TestCostIsComparedAsItIsPrinted(t *testing.T) {
	tests := []struct {
		kept int64 // of 100,000
		want bool
	}{{13_900, true}, {14_000, true}, {14_049, true}, {14_051, false}, {14_100, false}}
	for _, test := range tests {
		var g Grade
		gradeCost(&g, sampling.Policy{}, &sampling.Result{Bytes: sampling.Kept{Kept: test.kept, Of: 100_000}})
		if v := g.Verdicts[0]; v.OK != test.want || strings.HasPrefix(v.Has, "14.0 %") != test.want && test.kept > 13_900 {
			t.Errorf("%d of 100000: %+v", test.kept, v)
		}
	}
}
