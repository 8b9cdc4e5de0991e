package check_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// crowd makes a trace of equal spans; the first is the root of the others.
func crowd(trace byte, n int, kind tracetree.Kind, length time.Duration, service string) []tracetree.Span {
	spans := make([]tracetree.Span, n)
	origin := originOf(service)
	for i := range spans {
		spans[i] = tracetree.Span{
			TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{byte(i + 1), byte(len(service))}, Name: "work",
			Kind:  kind,
			Start: ms(1), End: ms(1) + int64(length), Origin: origin,
		}
		if i > 0 {
			spans[i].Parent = spans[0].SpanID
		}
	}
	return spans
}

func TestTooManySpans(t *testing.T) {
	const long, short = 5 * time.Millisecond, 5*time.Millisecond - 1
	const client, internal = tracetree.KindClient, tracetree.KindInternal
	limited := func(limits check.Limits, spans []tracetree.Span) sample {
		return sample{Spans: spans, Config: check.Config{Limits: limits}}
	}
	var mixed []tracetree.Span // two traces, span by span
	one, other := crowd(1, 60, client, long, "shop"), crowd(2, 60, client, long, "shop")
	for i := range one {
		mixed = append(mixed, one[i], other[i])
	}
	tests := []struct {
		reason  string
		example sample
		want    []string
	}{
		{"100 spans", limited(check.Limits{}, crowd(1, 100, client, long, "shop")), nil},
		{"101 spans", limited(check.Limits{}, crowd(1, 101, client, long, "shop")), []string{"101 spans in the trace"}},
		{
			"101 spans under a limit of 101", limited(check.Limits{SpansPerTrace: 101}, crowd(1, 101, client, long, "shop")),
			nil,
		},
		{"120 spans of two traces that stand mixed", limited(check.Limits{}, mixed), nil},
		{
			"60 spans each over a limit of 59", limited(check.Limits{SpansPerTrace: 59}, mixed),
			[]string{"60 spans in the trace", "60 spans in the trace"},
		},
		{"20 short ones", limited(check.Limits{}, crowd(1, 20, client, short, "shop")), nil},
		{
			"21 short ones", limited(check.Limits{}, crowd(1, 21, client, short, "shop")),
			[]string{"21 spans shorter than 5ms"},
		},
		{
			"21 short ones under a limit of 21", limited(check.Limits{ShortSpans: 21}, crowd(1, 21, client, short, "shop")),
			nil,
		},
		{"21 that are not short", limited(check.Limits{}, crowd(1, 21, client, long, "shop")), nil},
		{"21 negative ones are another check's", limited(check.Limits{}, crowd(1, 21, client, -long/10, "shop")), nil},
		{"10 INTERNAL", limited(check.Limits{}, crowd(1, 10, internal, long, "shop")), nil},
		{
			"11 INTERNAL", limited(check.Limits{}, crowd(1, 11, internal, long, "shop")),
			[]string{"more than 10 INTERNAL spans of shop"},
		},
		{
			"11 INTERNAL under a limit of 11",
			limited(check.Limits{InternalPerService: 11}, crowd(1, 11, internal, long, "shop")), nil,
		},
		{
			"10 INTERNAL each of two services",
			limited(check.Limits{}, append(crowd(1, 10, internal, long, "shop"), crowd(1, 10, internal, long, "prices")...)),
			nil,
		},
		{
			"10 INTERNAL each of two traces",
			limited(check.Limits{}, append(crowd(1, 10, internal, long, "shop"), crowd(2, 10, internal, long, "shop")...)), nil,
		},
		{
			"two services over the limit",
			limited(check.Limits{}, append(crowd(1, 11, internal, long, "shop"), crowd(1, 11, internal, long, "prices")...)),
			[]string{"more than 10 INTERNAL spans of shop and of prices"},
		},
		{
			"all three in one finding", limited(check.Limits{}, crowd(1, 101, internal, short, "shop")),
			[]string{"101 spans in the trace, more than 10 INTERNAL spans of shop, 101 spans shorter than 5ms"},
		},
		{"nothing", sample{}, nil},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			var got []string
			for _, f := range findingsOf(t, "too-many-spans", test.example) {
				got = append(got, f.Seen)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// The finding is about the root, wherever it is among the spans; of two roots it is the first.
func TestTooManySpansNamesTheRoot(t *testing.T) {
	spans := crowd(1, 101, tracetree.KindClient, time.Second, "shop")
	spans[0].Name = "root"
	spans[60].Name, spans[60].Parent = "second", tracetree.SpanID{}
	spans[0], spans[50] = spans[50], spans[0]
	f := findingsOf(t, "too-many-spans", sample{Spans: spans})
	if len(f) != 1 || f[0].Label != "shop: root" {
		t.Errorf("findings %+v", f)
	}
}
