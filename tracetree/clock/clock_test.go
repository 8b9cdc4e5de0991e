package clock_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/clock"
)

const base = int64(1_700_000_000_000_000_000)

type call struct {
	caller, callee [2]time.Duration // start and end after base
	edit           func(caller, callee *tracetree.Span)
}

// between returns the forest of calls from shop to stock, and of the calls back.
func between(calls, back []call) *tracetree.Forest {
	origin := func(name string) *tracetree.Origin {
		return &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String(name)}}}
	}
	shop, stock := origin("shop"), origin("stock")
	var spans []tracetree.Span
	add := func(c call, from, to *tracetree.Origin) {
		id := byte(len(spans) + 1)
		caller := tracetree.Span{
			TraceID: tracetree.TraceID{id}, SpanID: tracetree.SpanID{id}, Kind: tracetree.KindClient,
			Origin: from,
		}
		callee := tracetree.Span{
			TraceID: caller.TraceID, SpanID: tracetree.SpanID{id + 1}, Parent: caller.SpanID, Kind: tracetree.KindServer,
			Origin: to,
		}
		caller.Start, caller.End = base+int64(c.caller[0]), base+int64(c.caller[1])
		callee.Start, callee.End = base+int64(c.callee[0]), base+int64(c.callee[1])
		if c.edit != nil {
			c.edit(&caller, &callee)
		}
		spans = append(spans, caller, callee)
	}
	for _, c := range calls {
		add(c, shop, stock)
	}
	for _, c := range back {
		add(c, stock, shop)
	}
	return tracetree.Build(spans)
}

func ms(start, end int) [2]time.Duration {
	return [2]time.Duration{time.Duration(start) * time.Millisecond, time.Duration(end) * time.Millisecond}
}

func TestOffsetsAreEstimatedFromCalls(t *testing.T) {
	inside := call{caller: ms(0, 100), callee: ms(10, 90)}
	ahead := call{caller: ms(0, 100), callee: ms(2010, 2090)}
	tests := []struct {
		reason      string
		calls, back []call
		want        []string
	}{
		{reason: "inside of the call", calls: []call{inside}},
		{reason: "2 s ahead", calls: []call{ahead}, want: []string{"shop > stock: 2s, 1 of 1"}},
		{
			reason: "behind", calls: []call{{caller: ms(0, 100), callee: ms(-500, -420)}},
			want: []string{"shop > stock: -510ms, 1 of 1"},
		},
		{
			reason: "a call with less room narrows it down",
			calls:  []call{ahead, {caller: ms(200, 300), callee: ms(2201, 2300)}},
			want:   []string{"shop > stock: 2.0005s, 2 of 2"},
		},
		{reason: "a millisecond is nothing", calls: []call{{caller: ms(0, 100), callee: ms(-1, 90)}}},
		{reason: "one of three calls is odd, the clocks are fine", calls: []call{inside, ahead, inside}},
		{reason: "the callee goes on after its answer", calls: []call{{caller: ms(0, 100), callee: ms(10, 500)}}},
		{
			reason: "the callee took longer and began early: it is behind at least by that",
			calls:  []call{{caller: ms(0, 100), callee: ms(-50, 500)}}, want: []string{"shop > stock: -50ms, 1 of 1"},
		},
		{
			reason: "the caller gave up before the call was received",
			calls: []call{
				{caller: ms(0, 10), callee: ms(20, 25), edit: func(c, _ *tracetree.Span) { c.Status = tracetree.StatusError }},
			},
		},
		{
			reason: "nobody waits for it, as its link says",
			calls: []call{{caller: ms(0, 10), callee: ms(-20, -15), edit: func(c, s *tracetree.Span) {
				s.Links = []tracetree.Link{{TraceID: c.TraceID, SpanID: c.SpanID}}
			}}},
		},
		{
			reason: "a message may wait, and is looked at elsewhere",
			calls: []call{
				{caller: ms(0, 10), callee: ms(-20, -15), edit: func(c, _ *tracetree.Span) { c.Kind = tracetree.KindProducer }},
			},
		},
		{
			reason: "no times",
			calls:  []call{{edit: func(c, s *tracetree.Span) { c.Start, c.End, s.Start, s.End = 0, 0, 0, 0 }}},
		},
		{
			reason: "calls back show the same two clocks",
			calls:  []call{ahead}, back: []call{{caller: ms(3000, 3100), callee: ms(1010, 1090)}},
			want: []string{"shop > stock: 2s, 2 of 2"},
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			var got []string
			for _, s := range clock.Estimate(between(test.calls, test.back)).Skews() {
				got = append(got, fmt.Sprintf("%s > %s: %v, %d of %d", s.From.Service, s.To.Service, s.Offset, s.Shown, s.Calls))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("skews (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProcessesAreToldApartByInstanceThenHost(t *testing.T) {
	resource := func(attrs ...string) *tracetree.Span {
		o := &tracetree.Origin{}
		for i := 0; i < len(attrs); i += 2 {
			o.Resource = append(o.Resource, tracetree.Attr{Key: attrs[i], Value: tracetree.String(attrs[i+1])})
		}
		return &tracetree.Span{Origin: o}
	}
	for _, test := range []struct {
		span *tracetree.Span
		want clock.Process
	}{
		{
			resource("service.name", "shop", "service.instance.id", "1", "host.name", "h"),
			clock.Process{Service: "shop", Instance: "1"},
		},
		{resource("service.name", "shop", "host.name", "h"), clock.Process{Service: "shop", Instance: "h"}},
		{resource("service.name", "shop"), clock.Process{Service: "shop"}},
		{&tracetree.Span{}, clock.Process{Service: tracetree.UnknownService}},
	} {
		if got := clock.ProcessOf(test.span); got != test.want {
			t.Errorf("got %+v, want %+v", got, test.want)
		}
	}
}

// Whatever the offset and however the calls lie, correcting by the estimate puts each callee inside
// of its call.
func TestCorrectedCalleesAreInsideTheirCalls(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		offset := time.Duration(rapid.Int64Range(int64(time.Second), int64(time.Hour)).Draw(t, "offset"))
		if rapid.Bool().Draw(t, "behind") {
			offset = -offset
		}
		var calls []call
		for range rapid.IntRange(1, 5).Draw(t, "calls") {
			start := time.Duration(rapid.IntRange(0, 1000).Draw(t, "start")) * time.Millisecond
			length := time.Duration(rapid.IntRange(10, 100).Draw(t, "length")) * time.Millisecond
			out := time.Duration(rapid.Int64Range(0, int64(length/2)).Draw(t, "out"))
			home := time.Duration(rapid.Int64Range(0, int64(length/2)).Draw(t, "home"))
			calls = append(calls, call{
				caller: [2]time.Duration{start, start + length},
				callee: [2]time.Duration{start + out + offset, start + length - home + offset},
			})
		}
		forest := between(calls, nil)
		offsets := clock.Estimate(forest)
		for i := range forest.Spans() {
			callee := &forest.Spans()[i]
			above, ok := forest.Node(i).Parent()
			if !ok {
				continue
			}
			caller := above.Span()
			by := int64(offsets.Between(caller, callee))
			if callee.Start-by < caller.Start || callee.End-by > caller.End {
				t.Fatalf("the callee is outside of its call by %v and %v",
					time.Duration(caller.Start-callee.Start+by), time.Duration(callee.End-by-caller.End))
			}
		}
	})
}

func ExampleEstimate() {
	// stock's clock is 2 s ahead: its span seems to begin after the call has ended.
	forest := between([]call{{caller: ms(0, 100), callee: ms(2010, 2090)}}, nil)
	for _, skew := range clock.Estimate(forest).Skews() {
		fmt.Printf("%s is %v ahead of %s\n", skew.To.Service, skew.Offset, skew.From.Service)
	}
	// Output: stock is 2s ahead of shop
}
