package stats_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func TestTotalsAddPathsUp(t *testing.T) {
	path := func(duration time.Duration, spans ...stats.PathSpan) stats.Path {
		return stats.Path{Duration: duration, Spans: spans}
	}
	tests := []struct {
		reason string
		paths  []stats.Path
		want   []stats.Total
	}{
		{"nothing", nil, []stats.Total{}},
		{
			"the longest first, then by label; a label twice in a path counts as one path",
			[]stats.Path{
				path(
					100,
					stats.PathSpan{Label: "b", Total: 20},
					stats.PathSpan{Label: "a", Total: 30},
					stats.PathSpan{Label: "a", Total: 50},
				),
				path(100, stats.PathSpan{Label: "b", Total: 60}, stats.PathSpan{Label: "c", Total: 40}),
			},
			[]stats.Total{
				{Label: "a", Total: 80, Share: 0.4, Paths: 1},
				{Label: "b", Total: 80, Share: 0.4, Paths: 2},
				{Label: "c", Total: 40, Share: 0.2, Paths: 1},
			},
		},
		{"paths that take no time", []stats.Path{path(0, stats.PathSpan{Label: "a"})}, []stats.Total{{Label: "a", Paths: 1}}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, stats.Totals(test.paths)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
}

func ExampleTotals() {
	forest := tracetree.Build([]tracetree.Span{span(1, 0, "a", 0, 10), span(2, 1, "b", 4, 10)})
	path, _ := stats.CriticalPath(topOf(forest), nil)
	for _, total := range stats.Totals([]stats.Path{path}) {
		fmt.Printf("%s %.0f%%\n", total.Label, 100*total.Share)
	}
	// Output:
	// svc: b 60%
	// svc: a 40%
}

// A link is what started a span that has no parent, whatever their kinds are.
func TestServiceMapHasLinksAsEdges(t *testing.T) {
	link := func(s tracetree.Span, to ...tracetree.Span) tracetree.Span {
		for _, target := range to {
			s.Links = append(s.Links, tracetree.Link{TraceID: target.TraceID, SpanID: target.SpanID})
		}
		return s
	}
	a := span(1, 0, "start", 0, 10, in("A"))
	tests := []struct {
		reason string
		spans  []tracetree.Span
		want   []string
	}{
		{"an INTERNAL root", []tracetree.Span{a, link(span(2, 0, "job", 20, 30, in("B")), a)}, []string{"A → B 1"}},
		{
			"linked twice is one call",
			[]tracetree.Span{a, link(span(2, 0, "job", 20, 30, in("B")), a, a)},
			[]string{"A → B 1"},
		},
		{"within a service nothing is called", []tracetree.Span{a, link(span(2, 0, "job", 20, 30, in("A")), a)}, nil},
		{"a link to what is not there", []tracetree.Span{link(span(2, 0, "job", 20, 30, in("B")), a)}, nil},
	}
	for _, test := range tests {
		var got []string
		for _, edge := range stats.ServiceMap(tracetree.Build(test.spans)).Edges {
			got = append(got, fmt.Sprintf("%s → %s %d", edge.From.Name, edge.To.Name, edge.Calls))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
}
