package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestUnendedSpan(t *testing.T) {
	wantRulings(t, "unended-span", []ruling{
		{"started and open", lone(tracetree.Span{Name: "work", Start: 5, Unended: true}), []string{"error shop: work"}},
		{"ended", lone(tracetree.Span{Name: "work", Start: 5, End: 6}), nil},
		{"a format without a duration", lone(tracetree.Span{Name: "work", Start: 5}), nil},
		{"no times at all", lone(tracetree.Span{Name: "work"}), nil},
	})
}
