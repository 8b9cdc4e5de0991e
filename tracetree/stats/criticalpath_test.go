package stats_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/clock"
	"tracelab/tracetree/stats"
)

// describe writes a path as "name start-end" for each segment.
func describe(p stats.Path) string {
	var parts []string
	for _, s := range p.Segments {
		name := p.Spans[s.Span].Node.Span().Name
		parts = append(parts, fmt.Sprintf("%s %d-%d", name, s.Start.Nanoseconds(), s.End.Nanoseconds()))
	}
	return strings.Join(parts, ", ")
}

// totals are a path's totals by the names of the spans, which must differ.
func totals(p stats.Path) map[string]time.Duration {
	total := make(map[string]time.Duration)
	for _, s := range p.Spans {
		total[s.Node.Span().Name] = s.Total
	}
	return total
}

func topOf(f *tracetree.Forest) tracetree.Node {
	for top := range f.Tops() {
		return top
	}
	return tracetree.Node{}
}

func TestCriticalPathIsWhatTheEndWaitedFor(t *testing.T) {
	tests := []struct {
		name, reason string
		spans        []tracetree.Span
		want         string
	}{
		{
			"one span", "nothing covers it",
			[]tracetree.Span{span(1, 0, "a", 0, 10)},
			"a 0-10",
		},
		{
			"gaps", "what no child covers belongs to the parent, between children too",
			[]tracetree.Span{span(1, 0, "a", 0, 100), span(2, 1, "b", 10, 30), span(3, 1, "c", 50, 80)},
			"a 0-10, b 10-30, a 30-50, c 50-80, a 80-100",
		},
		{
			"back to back", "a child that ends when the next one starts was waited for",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "b", 0, 10), span(3, 1, "c", 10, 20)},
			"b 0-10, c 10-20",
		},
		{
			"overlap", "b was still running when c started, so c didn't wait for b",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "b", 0, 11), span(3, 1, "c", 10, 20)},
			"a 0-10, c 10-20",
		},
		{
			"overlap with an earlier sibling", "c waited for neither of those that overlap it, but for what ended before",
			[]tracetree.Span{
				span(1, 0, "a", 0, 20), span(2, 1, "before", 1, 5), span(3, 1, "b", 4, 11), span(4, 1, "c", 10, 20),
			},
			"a 0-1, before 1-5, a 5-10, c 10-20",
		},
		{
			"fan-out", "of parallel calls the slowest is the one that counts",
			[]tracetree.Span{
				span(1, 0, "a", 0, 50), span(2, 1, "b", 5, 20), span(3, 1, "c", 5, 40), span(4, 1, "d", 5, 30),
			},
			"a 0-5, c 5-40, a 40-50",
		},
		{
			"equal ends", "the one that started first is taken, whichever comes first in the slice",
			[]tracetree.Span{span(1, 0, "a", 0, 30), span(2, 1, "late", 20, 30), span(3, 1, "early", 10, 30)},
			"a 0-10, early 10-30",
		},
		{
			"equal times", "the first in the slice is taken",
			[]tracetree.Span{span(1, 0, "a", 0, 30), span(2, 1, "b", 10, 30), span(3, 1, "c", 10, 30)},
			"a 0-10, b 10-30",
		},
		{
			"zero duration", "a span of no duration takes no time, and hides no sibling",
			[]tracetree.Span{
				span(1, 0, "a", 0, 20), span(2, 1, "b", 0, 10), span(3, 1, "instant", 10, 10), span(4, 1, "c", 10, 20),
			},
			"b 0-10, c 10-20",
		},
		{
			"zero duration root", "there is no time to tell about",
			[]tracetree.Span{span(1, 0, "a", 5, 5), span(2, 1, "b", 0, 10)},
			"",
		},
		{
			"outlives its parent", "the parent's time is what is explained; the rest is cut off",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "b", 10, 99)},
			"a 0-10, b 10-20",
		},
		{
			"starts before its parent", "clocks differ; what is outside is cut off",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "b", -10, 10), span(3, 2, "c", -10, -1)},
			"b 0-10, a 10-20",
		},
		{
			"wholly outside", "it can't explain any of the parent's time",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "after", 20, 40), span(3, 1, "before", -20, 0)},
			"a 0-20",
		},
		{
			"cut twice", "a grandchild is cut to what is left of its parent",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "b", 10, 40), span(3, 2, "c", 15, 35)},
			"a 0-10, b 10-15, c 15-20",
		},
		{
			"message", "nobody waits for the consumer, although it is a child",
			[]tracetree.Span{
				span(1, 0, "a", 0, 30), span(2, 1, "send", 10, 20, producer), span(3, 2, "process", 15, 19, consumer),
			},
			"a 0-10, send 10-20, a 20-30",
		},
		{
			"message sent by a client", "some instrumentations make the send a CLIENT",
			[]tracetree.Span{
				span(1, 0, "send", 0, 20, client, with("messaging.system", "aws_sqs")), span(2, 1, "process", 5, 10, consumer),
			},
			"send 0-20",
		},
		{
			"message without a send", "a CONSUMER in another service got a message, whatever sent it",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "process", 5, 10, consumer, in("worker"))},
			"a 0-20",
		},
		{
			"batch", "a CONSUMER below one of the same service is a part of its work",
			[]tracetree.Span{span(1, 0, "batch", 0, 20, consumer), span(2, 1, "process", 5, 10, consumer)},
			"batch 0-5, process 5-10, batch 10-20",
		},
		{
			"linked root", "it stands below the span that it links to, but started a trace of its own",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 0, "b", 5, 10, trace(2), linkTo(1, 1))},
			"a 0-20",
		},
		{
			"linked entry", "its parent is in its own trace, and only has the same span id",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "b", 5, 10, server, trace(2), linkTo(1, 1))},
			"a 0-20",
		},
		{
			"fetched message", "a CLIENT that receives sends nothing; the message is processed while it is open",
			[]tracetree.Span{
				span(1, 0, "receive", 0, 20, client, with("messaging.system", "aws_sqs", "messaging.operation.type", "receive")),
				span(2, 1, "process", 5, 10, consumer),
			},
			"receive 0-5, process 5-10, receive 10-20",
		},
		{
			"unknown child", "its own time isn't known; its child's is",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "b", 5, 0, unended), span(3, 2, "c", 5, 15)},
			"a 0-5, c 5-15, a 15-20",
		},
		{
			"end before start", "that is no known duration",
			[]tracetree.Span{span(1, 0, "a", 0, 20), span(2, 1, "b", 15, 5)},
			"a 0-20",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path, known := stats.CriticalPath(topOf(tracetree.Build(tt.spans)), nil)
			if !known {
				t.Fatalf("the path is not known; %s", tt.reason)
			}
			if diff := cmp.Diff(tt.want, describe(path)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

func TestCriticalPathHasTheIDsOfTheInput(t *testing.T) {
	client, server, other := span(1, 0, "a", 0, 10), span(2, 1, "b", 1, 9), span(3, 1, "c", 1, 8)
	server.Rare = &tracetree.Rare{OriginalID: client.SpanID}
	other.Rare = &tracetree.Rare{OriginalID: client.SpanID}
	path, _ := stats.CriticalPath(topOf(tracetree.Build([]tracetree.Span{client, server, other})), nil)
	for _, s := range path.Spans {
		if s.SpanID != client.SpanID.String() || s.Parallel != nil && s.Parallel.SpanID != client.SpanID.String() {
			t.Errorf("%s has the id %s, next to %+v; want %s", s.Label, s.SpanID, s.Parallel, client.SpanID)
		}
	}
	if len(path.Spans) != 2 || path.Spans[1].Parallel == nil {
		t.Errorf("got %+v, want two spans, the second with a parallel one", path.Spans)
	}
}

func TestCriticalPathIsUnknownWithoutTimes(t *testing.T) {
	for _, s := range []tracetree.Span{
		span(1, 0, "untimed", 0, 10, untimed), span(1, 0, "unended", 0, 10, unended), span(1, 0, "backwards", 10, 0),
	} {
		if path, known := stats.CriticalPath(topOf(tracetree.Build([]tracetree.Span{s})), nil); known {
			t.Errorf("%s: got the path %q", s.Name, describe(path))
		}
	}
}

func TestCriticalPathOfAPartOfATrace(t *testing.T) {
	forest := tracetree.Build([]tracetree.Span{
		span(1, 0, "send", 0, 10, producer), span(2, 1, "process", 20, 50, consumer), span(3, 2, "update", 30, 40, client),
	})
	path, _ := stats.CriticalPath(forest.Node(1), nil)
	if want := "process 0-10, update 10-20, process 20-30"; describe(path) != want {
		t.Errorf("got %s, want %s", describe(path), want)
	}
	if path.Start != epoch+20 || path.Duration != 30 {
		t.Errorf("got a path of %v from %d", path.Duration, path.Start)
	}
}

func TestCriticalPathOfADeepTrace(t *testing.T) {
	const depth = 10_000
	spans := make([]tracetree.Span, depth)
	for i := range spans {
		spans[i] = span(uint64(i)+1, uint64(i), "s", int64(i), 2*depth-int64(i))
	}
	path, known := stats.CriticalPath(topOf(tracetree.Build(spans)), nil)
	if !known || len(path.Spans) != depth || len(path.Segments) != 2*depth-1 {
		t.Fatalf("got %d spans in %d segments", len(path.Spans), len(path.Segments))
	}
	for i, s := range path.Spans {
		if want := time.Duration(2); s.Total != want && i != depth-1 {
			t.Fatalf("span %d has %v, want %v", i, s.Total, want)
		}
	}
}

func TestCriticalPathAsJSON(t *testing.T) {
	path, _ := stats.CriticalPath(
		topOf(tracetree.Build([]tracetree.Span{span(1, 0, "a", 0, 10), span(2, 1, "b", 4, 10)})),
		nil,
	)
	got, err := json.Marshal(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"trace_id":"00000000000000000000000000000001","start_unix_nano":"1000000","duration_ns":10,"whole_ns":10,` +
		`"segments":[{"span":0,"start_ns":0,"end_ns":4},{"span":1,"start_ns":4,"end_ns":10}],` +
		`"spans":[{"trace_id":"00000000000000000000000000000001","span_id":"0000000000000001","label":"svc: a","total_ns":4},` +
		`{"trace_id":"00000000000000000000000000000001","span_id":"0000000000000002","label":"svc: b","total_ns":6}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// skewed is the case that made clocks a subject: b's clock is ahead, by more than the whole trace
// takes. Times are in milliseconds.
func skewed(ahead int64) *tracetree.Forest {
	const ms = 1_000_000
	return tracetree.Build([]tracetree.Span{
		span(1, 0, "GET /x", 0, 100*ms, server, in("a")),
		span(2, 1, "GET", 5*ms, 95*ms, client, in("a")),
		span(3, 2, "GET /y", (10+ahead)*ms, (90+ahead)*ms, server, in("b")),
		span(4, 3, "SELECT", (15+ahead)*ms, (85+ahead)*ms, client, in("b"), with("db.system.name", "postgresql")),
	})
}

func TestTimesAreCorrectedForTheClocks(t *testing.T) {
	const ms = time.Millisecond
	for _, ahead := range []int64{0, 2000, -2000} {
		forest := skewed(ahead)
		path, _ := stats.CriticalPath(topOf(forest), clock.Estimate(forest))
		want := map[string]time.Duration{"GET /x": 10 * ms, "GET": 10 * ms, "GET /y": 10 * ms, "SELECT": 70 * ms}
		if diff := cmp.Diff(want, totals(path)); diff != "" {
			t.Errorf("%d ms ahead: path (-want +got):\n%s", ahead, diff)
		}
		if path.Whole != 100*ms {
			t.Errorf("%d ms ahead: the trace took %v, want 100ms", ahead, path.Whole)
		}
		var clocks []stats.ClockDifference
		if ahead != 0 {
			clocks = []stats.ClockDifference{{From: "a", To: "b", Ahead: time.Duration(ahead) * ms}}
		}
		if diff := cmp.Diff(clocks, path.Clocks); diff != "" {
			t.Errorf("%d ms ahead: clocks (-want +got):\n%s", ahead, diff)
		}
		self := []time.Duration{10 * ms, 10 * ms, 10 * ms, 70 * ms}
		if diff := cmp.Diff(self, stats.SelfTime(forest)); diff != "" {
			t.Errorf("%d ms ahead: self times (-want +got):\n%s", ahead, diff)
		}
	}
}

func TestSelfTimeOfParallelCallsToSkewedClocks(t *testing.T) {
	const ms = 1_000_000
	forest := tracetree.Build([]tracetree.Span{
		span(1, 0, "fan out", 0, 100*ms, in("a")),
		span(2, 1, "late clock", 5010*ms, 5050*ms, server, in("b")),
		span(3, 1, "early clock", -4960*ms, -4920*ms, server, in("c")),
	})
	// Each call has room of 60 ms, and is taken to be in its middle: 30 to 70, both.
	if got, want := stats.SelfTime(forest)[0], 60*time.Millisecond; got != want {
		t.Errorf("self time of the caller: %v, want %v", got, want)
	}
}

func TestPathSaysHowLongTheTraceTook(t *testing.T) {
	tests := []struct {
		reason string
		spans  []tracetree.Span
		want   time.Duration
	}{
		{"all within the top", []tracetree.Span{span(1, 0, "a", 0, 10), span(2, 1, "b", 2, 8)}, 10},
		{"a message is processed later", []tracetree.Span{
			span(1, 0, "a", 0, 10), span(2, 1, "send", 2, 8, producer), span(3, 2, "process", 20, 35, consumer),
		}, 35},
		{"another trace that links to it is another trace", []tracetree.Span{
			span(1, 0, "a", 0, 10), span(2, 0, "b", 20, 40, trace(2), linkTo(1, 1)),
		}, 10},
		{"times that are unknown end nothing", []tracetree.Span{span(1, 0, "a", 0, 10), span(2, 1, "b", 2, 0, unended)}, 10},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			path, _ := stats.CriticalPath(topOf(tracetree.Build(tt.spans)), nil)
			if path.Whole != tt.want || path.Duration != 10 {
				t.Errorf("whole %d, of which the top %d, want %d and 10", path.Whole, path.Duration, tt.want)
			}
		})
	}
}

func TestPathNamesParallelSiblings(t *testing.T) {
	tests := []struct {
		reason string
		spans  []tracetree.Span
		want   map[string]string
	}{
		{
			"the next one to end is what the parent would wait for",
			[]tracetree.Span{span(1, 0, "a", 0, 50), span(2, 1, "b", 5, 20), span(3, 1, "c", 5, 40), span(4, 1, "d", 5, 39)},
			map[string]string{"c": "svc: d 1"},
		},
		{
			"one after the other is not parallel",
			[]tracetree.Span{span(1, 0, "a", 0, 50), span(2, 1, "b", 5, 20), span(3, 1, "c", 20, 40)},
			nil,
		},
		{
			"ends together",
			[]tracetree.Span{span(1, 0, "a", 0, 30), span(2, 1, "late", 20, 30), span(3, 1, "early", 10, 30)},
			map[string]string{"early": "svc: late 0"},
		},
		{
			"two pairs",
			[]tracetree.Span{
				span(1, 0, "a", 0, 50), span(2, 1, "b", 0, 20), span(3, 1, "c", 0, 18),
				span(4, 1, "d", 30, 50), span(5, 1, "e", 30, 45),
			},
			map[string]string{"b": "svc: c 2", "d": "svc: e 5"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			path, _ := stats.CriticalPath(topOf(tracetree.Build(tt.spans)), nil)
			var got map[string]string
			for _, s := range path.Spans {
				if s.Parallel != nil {
					if got == nil {
						got = make(map[string]string)
					}
					got[s.Node.Span().Name] = fmt.Sprintf("%s %d", s.Parallel.Label, s.Parallel.Slack)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestASpanThatFollowsItsParentIsNotAwaited(t *testing.T) {
	forest := tracetree.Build([]tracetree.Span{
		span(
			1,
			0,
			"root",
			0,
			1000,
		),
		span(2, 1, "later", 800, 5800, linkTo(1, 1)),
		span(3, 1, "other", 100, 200, linkTo(1, 2)),
	})
	path, _ := stats.CriticalPath(topOf(forest), nil)
	if got, want := describe(path), "root 0-100, other 100-200, root 200-1000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if path.Whole != 5800 {
		t.Errorf("the trace took %d, want 5800", path.Whole)
	}
	if got := stats.SelfTime(forest)[0]; got != 900 {
		t.Errorf("self time of root: %d, want 900", got)
	}
}
