package stats_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	upTo := func(n int) []time.Duration {
		list := make([]time.Duration, n)
		for i := range list {
			list[i] = time.Duration(i) + 1
		}
		return list
	}
	tests := []struct {
		n, percent int
		want       time.Duration
		reason     string
	}{
		{1, 50, 1, "of one duration it is that one"},
		{2, 50, 1, "half of them don't exceed the first"},
		{2, 51, 2, "half is less than 51 %"},
		{20, 95, 19, "19 of 20 are exactly 95 %"},
		{20, 99, 20, "19 of 20 are less than 99 %"},
		{100, 7, 7, "0.07 × 100 is more than 7 in floating point"},
		{101, 99, 100, "99.99 is rounded up"},
		{5, 0, 1, "the smallest"},
		{5, -3, 1, "taken for 0"},
		{5, 100, 5, "the largest"},
		{5, 1000, 5, "taken for 100"},
	}
	for _, tt := range tests {
		if got, ok := stats.Percentile(upTo(tt.n), tt.percent); !ok || got != tt.want {
			t.Errorf("percentile %d of 1 to %d: got %d, want %d: %s", tt.percent, tt.n, got, tt.want, tt.reason)
		}
	}
	if got, ok := stats.Percentile(nil, 50); ok {
		t.Errorf("percentile of nothing: got %v", got)
	}
}

func TestOperationsHaveRateErrorsAndDurations(t *testing.T) {
	const s = int64(time.Second)
	get := with("http.request.method", "GET", "http.route", "/x")
	forest := tracetree.Build([]tracetree.Span{
		span(1, 0, "GET", 0, 4*s, server, get),
		span(2, 1, "work", 1*s, 2*s),
		span(3, 0, "GET", 2*s, 4*s, server, get, trace(2), failed),
		span(4, 0, "GET", 0, 0, server, get, trace(3), untimed),
		span(3, 0, "GET", 2*s, 4*s, server, get, trace(2), failed), // a resend
	})
	other := tracetree.Build([]tracetree.Span{span(1, 0, "work", 7*s, 8*s, trace(4))})
	want := []stats.Operation{
		{
			Label: "svc: GET /x", Calls: 3, Errors: 1, ErrorRate: 1. / 3, Rate: 3. / 8,
			Durations: &stats.Durations{
				Known: 2,
				Total: 6 * time.Second,
				P50:   2 * time.Second,
				P95:   4 * time.Second,
				P99:   4 * time.Second,
				Max:   4 * time.Second,
			},
			SelfTimes: &stats.Durations{
				Known: 2,
				Total: 5 * time.Second,
				P50:   2 * time.Second,
				P95:   3 * time.Second,
				P99:   3 * time.Second,
				Max:   3 * time.Second,
			},
		},
		{
			Label: "svc: work",
			Calls: 2,
			Rate:  2. / 8,
			Durations: &stats.Durations{
				Known: 2,
				Total: 2 * time.Second,
				P50:   time.Second,
				P95:   time.Second,
				P99:   time.Second,
				Max:   time.Second,
			},
			SelfTimes: &stats.Durations{
				Known: 2,
				Total: 2 * time.Second,
				P50:   time.Second,
				P95:   time.Second,
				P99:   time.Second,
				Max:   time.Second,
			},
		},
	}
	if diff := cmp.Diff(want, stats.Operations(forest, other)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOperationsWithoutTimesHaveNoRateAndNoDurations(t *testing.T) {
	tests := []struct {
		name, want string
		spans      []tracetree.Span
	}{
		{"no spans", `[]`, nil},
		{
			"no times", `[{"label":"svc: a","calls":1,"errors":0,"error_rate":0}]`,
			[]tracetree.Span{span(1, 0, "a", 0, 0, untimed)},
		},
		{
			"one moment", `[{"label":"svc: a","calls":1,"errors":1,"error_rate":1}]`,
			[]tracetree.Span{span(1, 0, "a", 0, 0, unended, failed)},
		},
		{
			"no time passed",
			`[{"label":"svc: a","calls":1,"errors":0,"error_rate":0,` +
				`"durations":{"known":1,"total_ns":0,"p50_ns":0,"p95_ns":0,"p99_ns":0,"max_ns":0},` +
				`"self_times":{"known":1,"total_ns":0,"p50_ns":0,"p95_ns":0,"p99_ns":0,"max_ns":0}}]`,
			[]tracetree.Span{span(1, 0, "a", 3, 3)},
		},
	}
	for _, tt := range tests {
		got, err := json.Marshal(stats.Operations(tracetree.Build(tt.spans)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestTotalsOfImpossibleDurationsDoNotWrapAround(t *testing.T) {
	long := func(id uint64) tracetree.Span {
		s := span(id, 0, "a", 0, 0)
		s.Start, s.End = 1, math.MaxInt64
		return s
	}
	wide := span(3, 0, "b", 0, 0)
	wide.Start, wide.End = math.MinInt64, math.MaxInt64
	wrapped := span(4, 0, "c", 0, 0)
	wrapped.Start, wrapped.End = math.MaxInt64, math.MinInt64 // the difference comes out as 1
	operations := stats.Operations(tracetree.Build([]tracetree.Span{long(1), long(2), wide, wrapped}))
	if got := operations[0].Durations.Total; got != math.MaxInt64 {
		t.Errorf("got a total of %d", got)
	}
	for _, o := range operations[1:] {
		if o.Durations != nil {
			t.Errorf("%s: a duration that doesn't fit counts as %v", o.Label, o.Durations.Max)
		}
	}
}
