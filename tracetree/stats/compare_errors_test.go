package stats_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func TestCompareErrors(t *testing.T) {
	calls := func(n, errors int) *tracetree.Forest {
		var spans []tracetree.Span
		for i := range n {
			s := span(uint64(i+1), 0, "call", 0, 10, trace(uint64(i+1)))
			if i < errors {
				failed(&s)
			}
			spans = append(spans, s)
		}
		return tracetree.Build(spans)
	}
	tests := []struct {
		reason        string
		before, after *tracetree.Forest
		want          bool
	}{
		{"none", calls(10, 0), calls(10, 0), false},
		{"the first one", calls(10, 0), calls(10, 1), true},
		{"fewer", calls(10, 3), calls(10, 1), false},
		{"a few more by chance", calls(10, 3), calls(10, 4), false},
		{"the same share of more calls", calls(10, 3), calls(100, 30), false},
		{"many more", calls(50, 5), calls(50, 40), true},
		{"an operation that is new", tracetree.Build(nil), calls(10, 10), false},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got := stats.CompareErrors(tt.before, tt.after)
			if (len(got) > 0) != tt.want {
				t.Errorf("got %+v, want a change: %t", got, tt.want)
			}
		})
	}
	want := []stats.ErrorChange{{
		Label: "svc: call", Before: stats.ErrorCount{Calls: 10}, After: stats.ErrorCount{Calls: 5, Errors: 2},
	}}
	if diff := cmp.Diff(want, stats.CompareErrors(calls(10, 0), calls(5, 2))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
