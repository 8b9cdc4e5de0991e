package check_test

import (
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

func TestZeroDuration(t *testing.T) {
	zero := tracetree.Span{Name: "work", Start: 5, End: 5}
	from := func(more ...string) sample {
		e := lone(zero)
		e.Spans[0].Origin = originOf("shop", textPairs(more...)...)
		return e
	}
	rough := lone(zero)
	rough.Edit = func(in *check.Input) { in.Microseconds = true }
	bare := lone(zero)
	bare.Spans[0].Origin = nil
	wantRulings(t, "zero-duration", []ruling{
		{"start and end are the same", lone(zero), []string{"warning shop: work"}},
		{"nothing is known of where it is from", bare, []string{"warning unknown_service: work"}},
		{"a nanosecond", lone(tracetree.Span{Name: "work", Start: 5, End: 6}), nil},
		{"another check's", lone(tracetree.Span{Name: "work", Start: 5, End: 4}), nil},
		{"no times", lone(tracetree.Span{Name: "work"}), nil},
		{"not ended", lone(tracetree.Span{Name: "work", Start: 5, Unended: true}), nil},
		{"the format has microseconds", rough, nil},
		{"a browser rounds its clock", from("telemetry.sdk.language", "webjs"), nil},
		{"Node.js does not", from("telemetry.sdk.language", "nodejs"), []string{"warning shop: work"}},
	})
}
