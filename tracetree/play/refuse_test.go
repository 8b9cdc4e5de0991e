package play_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

func TestPlayRefusesImpossibleTexts(t *testing.T) {
	tests := []struct {
		reason, text string
		want         []string
	}{
		{"a cycle", "a: b (cycle)", []string{"line 1, column 1", "(cycle) can't be played"}},
		{"a duplicate", "a: b (root)\n  a: c (duplicate)", []string{"line 2, column 3", "(duplicate) can't be played"}},
		{"a place at any depth", "a: b (root)\n  ... c: d", []string{"line 2, column 7", "in its place"}},
		{"any operation", "a: GET * (root)", []string{"line 1, column 4", "wildcard"}},
		{"any actor", "a: b (root)\n  *: c", []string{"line 2, column 3", "wildcard"}},
		{"any target", "a: b (root)\n  db: Query (* table)", []string{"line 2, column 14", "wildcard"}},
		{"a top that is neither root nor orphan", "a: b", []string{"line 1, column 1", "want either (root) or (orphan)"}},
		{"a top that is both", "a: b (root) (orphan)", []string{"line 1, column 1", "want either"}},
		{"a root below a span", "a: b (root)\n  a: c (root)", []string{"line 2, column 3", "want it at the top"}},
		{
			"a lone consumer can't be an orphan", "a: process b (orphan)",
			[]string{"line 1, column 1", "the entry of its trace"},
		},
		{
			"a new trace without a link", "a: b (root)\n  a: c {@trace=new}",
			[]string{"line 2, column 3", "want ← linked span"},
		},
		{
			"a database call without a table", "a: b (root)\n  db: Query (carts)",
			[]string{"line 2, column 14", "(tasks table)"},
		},
		{
			"a receive has the label of its service",
			"a: b (root)\n  sqs: s (q) {@kind=client, messaging.operation.type=receive}",
			[]string{"line 2, column 8", "no span has this label", "a: s q"},
		},
		{
			"attributes that change the label", "a: /x.Y/Z (root) {rpc.method=A/B, @name!=/x.Y/Z}",
			[]string{"line 1, column 4", "the closest is a: /A/B"},
		},
		{"conditions that contradict each other", "a: b (root) {k<3, k>5}", []string{"line 1, column 14", `"k"`}},
		{"an attribute that is required and forbidden", "a: b (root) {k, !k}", []string{"line 1, column 14"}},
		{
			"an expression for which no example was found", `a: b (root) {k~"a\\bb"}`,
			[]string{"line 1, column 14", "want k=value"},
		},
		{"a kind that the SDK doesn't have", "a: b (root) {@kind=unspecified}", []string{"line 1, column 14", "@kind=value"}},
		{"a success with status error", "a: b (root) {@status=error}", []string{"line 1, column 14"}},
		{
			"an error without its type", "a: b (root) !error=x {=}",
			[]string{"differs", "want !error=x, got !error without error.type"},
		},
		{"a duration below zero", "a: b (root) [<0s]", []string{"differs", "[<0s]"}},
		{"a top starts its trace", "a: b (root) [=1ms at +1ms]", []string{"differs", "got 1ms at +0s"}},
		{
			"order and offsets that contradict each other", "a: b (root) (in order)\n  a: c [1ms at +5ms]\n  a: d [1ms at +2ms]",
			[]string{"differs", "order"},
		},
		{
			"only the real difference, in the full view", "a: b (root) [<0s]\n  a: grpc.client.M\n    c: /x.Y/M",
			[]string{"\n1 time differs."},
		},
		{"an endless duration", "a: b (root) [9000h]", []string{"line 1, column 1", "longer than 8760h"}},
		{"durations that add up", "a: b (root)\n  2x a: c [5000h]", []string{"line 2, column 6", "longer than 8760h"}},
		{"trees that add up", "2x a: b (root) [5000h]", []string{"line 1, column 4", "longer than 8760h"}},
		{
			"too many spans", "a: b (root)\n  1000x a: c\n    1000x a: d",
			[]string{"line 3, column 11", "more than 100000 spans"},
		},
		{"the second error is not reached", "a: * (root)\n  *: b", []string{"line 1, column 4"}},
	}
	for _, test := range tests {
		spans, err := tryPlay(t, test.text, telemetry.Config{}, play.Config{})
		if err == nil {
			t.Errorf("%s: played:\n%s\n%s", test.reason, test.text, tracetree.Format(tracetree.Build(spans)))
			continue
		}
		if len(spans) > 0 {
			t.Errorf("%s: %d spans were played before the error %v", test.reason, len(spans), err)
		}
		for _, want := range append(test.want, "play notation: ") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error lacks %q: %v", test.reason, want, err)
			}
		}
	}
}

func TestPlayRefusesBadConfiguration(t *testing.T) {
	providers := over(telemetry.NewPipeline(telemetry.Config{}))
	pattern := parse(t, courseTree)
	tests := []struct {
		reason  string
		pattern *tracetree.Pattern
		config  play.Config
		want    string
	}{
		{"no pattern", nil, play.Config{}, "pattern is nil"},
		{"no providers", pattern, play.Config{}, "providers is nil"},
		{"a negative count", pattern, play.Config{Count: -1}, "count is -1"},
		{"a negative rate", pattern, play.Config{Rate: -1}, "rate is -1"},
		{"a rate that isn't a number", pattern, play.Config{Rate: math.NaN()}, "rate is NaN"},
		{"an infinite rate", pattern, play.Config{Rate: math.Inf(1)}, "rate is +Inf"},
		{"repetitions that take too long", pattern, play.Config{Count: 2, Rate: 1e-9}, "want at most 8760h0m0s"},
		{"before Unix time", pattern, play.Config{Start: time.Unix(-1, 0)}, "year 1969"},
		{"after Unix time in nanoseconds", pattern, play.Config{Start: start.AddDate(300, 0, 0)}, "year 2326"},
	}
	for _, test := range tests {
		to := providers
		if test.reason == "no providers" {
			to = nil
		}
		err := play.Play(t.Context(), test.pattern, to, test.config)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", test.reason, err, test.want)
		}
	}
}

func TestPlayStopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	seen := tracetest.NewSpanRecorder()
	config := telemetry.Config{Processors: []sdktrace.SpanProcessor{seen}}
	err := play.Play(ctx, parse(t, courseTree), over(telemetry.NewPipeline(config)), play.Config{Count: 3})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "repetition 1 of 3") {
		t.Errorf("got %v, want context canceled before repetition 1 of 3", err)
	}
	if n := len(seen.Started()); n > 0 {
		t.Errorf("%d spans were played", n)
	}
}
