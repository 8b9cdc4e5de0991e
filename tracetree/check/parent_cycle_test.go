package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestParentCycle(t *testing.T) {
	work := func(id, parent byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(id, parent, tracetree.KindInternal, "shop", "work", more...)
	}
	testStructure(t, "parent-cycle", []ruleCase{
		{
			reason: "its own parent", spans: []tracetree.Span{work(1, 1)},
			want: []string{"error: it is its own parent"},
		},
		{
			reason: "three in a circle are one finding", spans: []tracetree.Span{work(1, 2), work(2, 3), work(3, 1)},
			want: []string{"error: its parent leads back to it over 3 spans"},
		},
		{
			reason: "what hangs below a circle is not in it",
			spans:  []tracetree.Span{work(1, 2), work(2, 1), work(3, 1), work(4, 3)},
			want:   []string{"error: its parent leads back to it over 2 spans"},
		},
		{
			reason: "two circles", spans: []tracetree.Span{work(1, 2), work(2, 1), work(3, 3, inTrace(2))},
			want: []string{"error: its parent leads back to it over 2 spans", "error: it is its own parent"},
		},
		{reason: "a chain comes to an end", spans: []tracetree.Span{work(1, 0), work(2, 1), work(3, 2)}},
		{reason: "the parent has this span id in another trace", spans: []tracetree.Span{work(1, 2), work(2, 1, inTrace(2))}},
		{
			reason: "a root that links to what is below it, which started before it, by its clock",
			spans: []tracetree.Span{
				work(1, 0, during(5, 9), linkedTo(1, 2)), work(2, 1, during(1, 2)),
			},
		},
	})
}
