package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestNegativeDuration(t *testing.T) {
	flagged := []string{"error shop: work"}
	wantRulings(t, "negative-duration", []ruling{
		{"by a nanosecond", lone(tracetree.Span{Name: "work", Start: 2, End: 1}), flagged},
		{"no time at all is not negative", lone(tracetree.Span{Name: "work", Start: 2, End: 2}), nil},
		{"the usual", lone(tracetree.Span{Name: "work", Start: 1, End: 2}), nil},
		{"the start is not known", lone(tracetree.Span{Name: "work", End: 2}), nil},
		{"it has not ended", lone(tracetree.Span{Name: "work", Start: 2, Unended: true}), nil},
	})
}

func TestNegativeDurationSaysByHowMuch(t *testing.T) {
	f := findingsOf(t, "negative-duration", lone(tracetree.Span{Name: "work", Start: ms(20), End: ms(5)}))
	if len(f) != 1 || f[0].Seen != "the span ends 15ms before it starts" {
		t.Errorf("findings %+v", f)
	}
}
