package tracetree_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

func TestGroupedLinesMergeEqualSiblings(t *testing.T) {
	lasting := func(d int64) func(*tracetree.Span) {
		return func(s *tracetree.Span) { s.End = s.Start + d }
	}
	tests := []struct {
		reason string
		spans  []tracetree.Span
		want   []string // count, spans, total, median, text
	}{
		{
			"equal siblings are one line, wherever they are among others",
			[]tracetree.Span{
				span(1, 0, "a", lasting(9)), span(2, 1, "b", lasting(5)), span(3, 1, "c", lasting(1)), span(4, 1, "b", lasting(1)),
				span(5, 1, "b", lasting(3), with("k", "v")),
			},
			[]string{"1 1 9ns 9ns svc: a (root)", "3 3 9ns 3ns   svc: b", "1 1 1ns 1ns   svc: c"},
		},
		{
			"not those that differ below, or failed",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 1, "b"), span(4, 3, "c"), span(5, 1, "b", failed("e"))},
			[]string{
				"1 1 1ns 1ns svc: a (root)", "1 1 1ns 1ns   svc: b", "1 1 1ns 1ns   svc: b", "1 1 1ns 1ns     svc: c",
				"1 1 1ns 1ns   svc: b !error=e",
			},
		},
		{
			"what is below equal trees is counted for each of them",
			[]tracetree.Span{
				span(1, 0, "a"), span(2, 1, "b"), span(3, 1, "b"),
				span(1, 0, "a", inTrace(2)), span(2, 1, "b", inTrace(2)), span(3, 1, "b", inTrace(2)),
			},
			[]string{"2 2 2ns 1ns svc: a (root)", "2 4 4ns 1ns   svc: b"},
		},
		{"nothing", nil, nil},
	}
	for _, test := range tests {
		var got []string
		for _, l := range tracetree.Lines(tracetree.Build(test.spans), tracetree.Grouped) {
			got = append(got, fmt.Sprintf("%d %d %v %v %s", l.Count, len(l.Group), l.Total, l.Median, l.Text))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
}
