package stats_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func TestSelfTimeIsWhatNoChildCovers(t *testing.T) {
	const unknown = stats.Unknown
	tests := []struct {
		name, reason string
		spans        []tracetree.Span
		want         []time.Duration
	}{
		{
			"leaf", "nothing covers it",
			[]tracetree.Span{span(1, 0, "a", 0, 10)},
			[]time.Duration{10},
		},
		{
			"overlapping children", "time during which two children ran counts once",
			[]tracetree.Span{span(1, 0, "a", 0, 100), span(2, 1, "b", 10, 40), span(3, 1, "c", 30, 60)},
			[]time.Duration{50, 30, 30},
		},
		{
			"child within a sibling", "it covers nothing more",
			[]tracetree.Span{span(1, 0, "a", 0, 100), span(2, 1, "b", 10, 60), span(3, 1, "c", 20, 30), span(4, 1, "d", 50, 70)},
			[]time.Duration{40, 50, 10, 20},
		},
		{
			"grandchildren", "only the own children are taken off",
			[]tracetree.Span{span(1, 0, "a", 0, 100), span(2, 1, "b", 10, 90), span(3, 2, "c", 20, 80)},
			[]time.Duration{20, 20, 60},
		},
		{
			"child outside",
			"what it ran outside of its parent covers nothing",
			[]tracetree.Span{
				span(1, 0, "a", 0, 100),
				span(2, 1, "b", -50, 10),
				span(3, 1, "c", 90, 200),
				span(4, 1, "d", 300, 400),
			},
			[]time.Duration{80, 60, 110, 100},
		},
		{
			"message", "the sender doesn't wait for the consumer",
			[]tracetree.Span{span(1, 0, "send", 0, 10, producer), span(2, 1, "process", 5, 8, consumer)},
			[]time.Duration{10, 3},
		},
		{
			"linked root", "it isn't a child",
			[]tracetree.Span{span(1, 0, "a", 0, 10), span(2, 0, "b", 5, 8, trace(2), linkTo(1, 1))},
			[]time.Duration{10, 3},
		},
		{
			"zero duration", "no time is a known time",
			[]tracetree.Span{span(1, 0, "a", 5, 5), span(2, 1, "b", 5, 5)},
			[]time.Duration{0, 0},
		},
		{
			"unknown times",
			"how much of it an unended child covers isn't known either",
			[]tracetree.Span{
				span(1, 0, "a", 0, 10),
				span(2, 1, "b", 5, 0, unended),
				span(3, 2, "c", 5, 8),
				span(4, 2, "d", 5, 8, untimed),
			},
			[]time.Duration{unknown, unknown, 3, unknown},
		},
		{
			"end before start", "that is no known duration",
			[]tracetree.Span{span(1, 0, "a", 0, 10), span(2, 1, "b", 8, 5)},
			[]time.Duration{unknown, unknown},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, stats.SelfTime(tracetree.Build(tt.spans))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}
