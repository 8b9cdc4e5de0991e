package stats_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func TestSummaryOfATraceAsJSON(t *testing.T) {
	var s stats.Summary
	s.Add(createTask())
	got, err := json.Marshal(s.Traces(stats.ByStart))
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"trace_id":"00000000000000000000000000000001","root":"api-gateway: POST /tasks",` +
		`"services":["api-gateway","task-service","worker"],"spans":7,"errors":1,` +
		`"first_start_unix_nano":"1000000","last_end_unix_nano":"31000000","duration_ns":30000000}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSummaryKnowsNoDurationWithoutTimes(t *testing.T) {
	tests := []struct {
		reason string
		span   tracetree.Span
		want   string
	}{
		{
			"no times",
			span(1, 0, "a", 0, 0, untimed),
			`"first_start_unix_nano":"0","last_end_unix_nano":"0","duration_ns":null`,
		},
		{
			"no end",
			span(1, 0, "a", 0, 0, unended),
			`"first_start_unix_nano":"1000000","last_end_unix_nano":"0","duration_ns":null`,
		},
		{
			"backwards",
			span(1, 0, "a", 9, 0),
			`"first_start_unix_nano":"1000009","last_end_unix_nano":"1000000","duration_ns":null`,
		},
		{
			"no time passed",
			span(1, 0, "a", 0, 0),
			`"first_start_unix_nano":"1000000","last_end_unix_nano":"1000000","duration_ns":0`,
		},
	}
	for _, tt := range tests {
		var s stats.Summary
		s.Add([]tracetree.Span{tt.span})
		got, err := json.Marshal(s.Traces(stats.ByStart))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(got), tt.want) {
			t.Errorf("%s: got %s, want in it %s", tt.reason, got, tt.want)
		}
	}
}

func TestSummaryFindsTheRoot(t *testing.T) {
	tests := []struct {
		reason string
		spans  []tracetree.Span
	}{
		{"without a parent, however late", []tracetree.Span{span(1, 9, "entry", 0, 9, server), span(2, 0, "root", 5, 9)}},
		{"the earliest of them", []tracetree.Span{span(1, 0, "late", 5, 9), span(2, 0, "root", 0, 9)}},
		{
			"one that an absent caller can have called",
			[]tracetree.Span{span(1, 9, "inner", 0, 9), span(2, 9, "root", 5, 9, server)},
		},
		{
			"a start that isn't known is no early one",
			[]tracetree.Span{span(1, 0, "untimed", 0, 0, untimed), span(2, 0, "root", 5, 9)},
		},
		{"of equal ones the smaller id", []tracetree.Span{span(2, 0, "a", 0, 9), span(1, 0, "root", 0, 9)}},
		{"the only span", []tracetree.Span{span(1, 9, "root", 0, 9)}},
	}
	for _, tt := range tests {
		for range 2 {
			var s stats.Summary
			s.Add(tt.spans)
			if got := s.Traces(stats.ByStart)[0].Root; got != "svc: root" {
				t.Errorf("%s: got %s", tt.reason, got)
			}
			slices.Reverse(tt.spans)
		}
	}
}

func TestSummaryTakesEitherOfASpanSentTwiceInAnyOrder(t *testing.T) {
	spans := []tracetree.Span{span(1, 0, "b", 0, 9), span(1, 0, "a", 0, 9)}
	for range 2 {
		var s stats.Summary
		s.Add(spans)
		if got := s.Traces(stats.ByStart)[0]; got.Root != "svc: a" || got.Spans != 2 {
			t.Errorf("got %s of %d spans", got.Root, got.Spans)
		}
		slices.Reverse(spans)
	}
}

func TestSummaryIsSortedOnDemand(t *testing.T) {
	var s stats.Summary
	s.Add([]tracetree.Span{
		span(
			1,
			0,
			"untimed",
			0,
			0,
			untimed,
			trace(1),
		),
		span(2, 1, "x", 0, 0, untimed, trace(1)),
		span(3, 1, "x", 0, 0, untimed, trace(1)),
		span(1, 0, "late", 50, 90, trace(2), failed),
		span(1, 0, "early", 0, 10, trace(3)),
		span(2, 1, "x", 0, 5, trace(3)),
		span(1, 0, "unended", 99, 0, unended, trace(5)),
		span(1, 0, "same", 50, 60, trace(4), failed),
		span(2, 1, "x", 50, 60, trace(4), failed),
	})
	tests := []struct {
		name string
		by   stats.Order
		want []string
	}{
		{"start", stats.ByStart, []string{"early", "late", "same", "unended", "untimed"}},
		{"duration", stats.ByDuration, []string{"late", "early", "same", "unended", "untimed"}},
		{"spans", stats.BySpans, []string{"untimed", "early", "same", "late", "unended"}},
		{"errors", stats.ByErrors, []string{"same", "late", "early", "unended", "untimed"}},
		{"one that doesn't exist", stats.Order(99), []string{"early", "late", "same", "unended", "untimed"}},
	}
	for _, tt := range tests {
		var got []string
		for _, trace := range s.Traces(tt.by) {
			got = append(got, strings.TrimPrefix(trace.Root, "svc: "))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSummaryGoesOnAfterATable(t *testing.T) {
	var s stats.Summary
	if got := s.Traces(stats.ByStart); len(got) != 0 {
		t.Errorf("got %v from nothing", got)
	}
	s.Add([]tracetree.Span{span(1, 0, "a", 0, 1, in("b")), span(2, 1, "a", 0, 1, in("c")), span(3, 1, "a", 0, 1, in("d"))})
	before := s.Traces(stats.ByStart)[0]
	s.Add([]tracetree.Span{span(4, 1, "a", 0, 1, in("a"))})
	after := s.Traces(stats.ByStart)[0]
	if diff := cmp.Diff(
		[][]string{{"b", "c", "d"}, {"a", "b", "c", "d"}},
		[][]string{before.Services, after.Services},
	); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if before.Spans != 3 || after.Spans != 4 {
		t.Errorf("got %d spans, then %d", before.Spans, after.Spans)
	}
}

func TestLawSummaryDoesNotDependOnBatches(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := anySpans().Draw(t, "spans")
		var whole, parts stats.Summary
		whole.Add(spans)
		shuffled := rapid.Permutation(spans).Draw(t, "shuffled")
		for len(shuffled) > 0 {
			n := rapid.IntRange(1, len(shuffled)).Draw(t, "batch")
			parts.Add(shuffled[:n])
			shuffled = shuffled[n:]
		}
		by := stats.Order(rapid.IntRange(0, 3).Draw(t, "order"))
		if diff := cmp.Diff(whole.Traces(by), parts.Traces(by)); diff != "" {
			t.Fatalf("(-whole +parts):\n%s", diff)
		}
		var n int
		for _, trace := range whole.Traces(by) {
			n += trace.Spans
		}
		if n != len(spans) {
			t.Fatalf("the table has %d spans of %d", n, len(spans))
		}
	})
}
