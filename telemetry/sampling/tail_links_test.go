package sampling_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
)

func TestTraceWaitsForTheReceiverOfItsMessage(t *testing.T) {
	consumers := map[string]func(s *tailed, producer context.Context) trace.Span{
		"child": func(s *tailed, producer context.Context) trace.Span {
			_, span := s.child(producer, "process", trace.WithSpanKind(trace.SpanKindConsumer))
			return span
		},
		"link": func(s *tailed, producer context.Context) trace.Span {
			_, span := s.root("process", trace.WithSpanKind(trace.SpanKindConsumer),
				trace.WithLinks(trace.LinkFromContext(producer)))
			return span
		},
	}
	tests := []struct {
		name    string
		arrives time.Duration
		keep    bool
		reason  string
	}{
		{"at once", 0, true, ""},
		{"after many windows", 9 * time.Second, true, "the send span waits for it"},
		{"too late", 12 * time.Second, false, "nothing is held for ever"},
	}
	for consumer, process := range consumers {
		for _, test := range tests {
			t.Run(consumer+" "+test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newTailed(t, never(sampling.TailPolicy{Errors: true, Window: time.Second, MessageWait: 10 * time.Second}))
					ctx, root := s.root("request")
					producer, send := s.child(ctx, "send", trace.WithSpanKind(trace.SpanKindProducer))
					send.End()
					root.End()
					pass(test.arrives)
					span := process(s, producer)
					pass(2 * time.Second) // it works for longer than the window
					failed(span)
					span.End()
					switch {
					case test.keep:
						s.close([]string{"process", "request", "send"}, nil)
					case consumer == "child":
						s.close(nil, policyDropped(3)) // a trace is kept whole or not at all
					default:
						s.close([]string{"process"}, policyDropped(2)) // its own trace is whole
					}
				})
			})
		}
	}
}

// One that is kept is not waited for: it goes out after a window, and what comes
// later follows.
func TestLateSpansFollowTheDecision(t *testing.T) {
	for _, bad := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newTailed(t, never(sampling.TailPolicy{Errors: true, Window: time.Second}))
			ctx, root := s.root("request")
			if bad {
				failed(root)
			}
			root.End()
			pass(time.Minute)
			_, late := s.child(ctx, "late")
			failed(late)
			late.End()
			if bad {
				s.close([]string{"late", "request"}, nil)
			} else {
				s.close(nil, policyDropped(2))
			}
		})
	}
}

func TestLinkedTracesAreKeptTogether(t *testing.T) {
	tests := []struct {
		name     string
		rest     float64
		between  time.Duration // from the end of the first to the start of the second
		bad      string        // which of them fails
		exported []string
		dropped  map[sampling.DropReason]int64
		reason   string
	}{
		{"neither fails", 0, 0, "", nil, policyDropped(2), ""},
		{"the second fails", 0, 0, "second", []string{"first", "second"}, nil, "it would link to nothing"},
		{"the first fails", 0, 0, "first", []string{"first", "second"}, nil, "what came of it belongs to it"},
		{
			"the first fails, long before", 0, time.Minute, "first",
			[]string{"first", "second"},
			nil,
			"its decision is remembered",
		},
		{
			"the second fails, long after", 0, time.Minute, "second",
			[]string{"second"},
			policyDropped(1),
			"the first was gone, and every error is kept",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newTailed(t, never(sampling.TailPolicy{Errors: true, Window: time.Second}))
				end := func(span trace.Span) {
					if test.bad == span.(sdktrace.ReadOnlySpan).Name() {
						failed(span)
					}
					span.End()
				}
				ctx, first := s.root("first")
				end(first)
				pass(test.between)
				_, second := s.root("second", trace.WithLinks(trace.LinkFromContext(ctx)))
				end(second)
				s.close(test.exported, test.dropped)
			})
		})
	}
}

// A batch joins the traces of its messages, also by a link that is added later.
func TestTracesOfABatchAreKeptTogether(t *testing.T) {
	s := newTailed(t, never(sampling.TailPolicy{Errors: true}))
	var links []trace.Link
	var want []string
	for _, name := range []string{"a", "b", "c", "d"} {
		ctx, root := s.root(name)
		root.End()
		links = append(links, trace.LinkFromContext(ctx))
		want = append(want, name)
	}
	_, batch := s.root("batch", trace.WithLinks(links[:3]...))
	batch.AddLink(links[3])
	failed(batch)
	batch.End()
	_, other := s.root("other")
	other.End()
	s.close(append(want, "batch"), policyDropped(1))
}

// The batch's traces that the head has sampled are kept, or none of them: half of
// a batch would be no sample.
func TestChanceDecidesAboutABatchAsAWhole(t *testing.T) {
	s := newTailed(t, telemetry.Config{Tail: tail(sampling.TailPolicy{Rest: 0.5}), IDs: &numberedIDs{}})
	const batches, size = 200, 4
	for range batches {
		var links []trace.Link
		for range size - 1 {
			ctx, root := s.root("message")
			root.End()
			links = append(links, trace.LinkFromContext(ctx))
		}
		_, batch := s.root("batch", trace.WithLinks(links...))
		batch.End()
	}
	if err := s.pipeline.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, span := range s.sink.spans {
		if len(span.Links()) > 0 {
			whole++
		}
		// The number of a batch is not that of each of its traces: only those that
		// pass by their own say the threshold. All of them say the ratio.
		id := span.SpanContext().TraceID()
		passes := id[9] >= 0x80
		if state := span.SpanContext().TraceState().String(); strings.Contains(state, "th:8") != passes {
			t.Fatalf("tracestate of trace %s is %q; it passes by its own number: %v", id, state, passes)
		}
		if ratio := ratioOf(span); ratio != 0.5 {
			t.Fatalf("the ratio of trace %s is %v", id, ratio)
		}
	}
	if got := len(s.sink.spans); got != whole*size || whole < 70 || whole > 130 {
		t.Errorf("%d spans of %d batches are kept, want all %d of about half of them", got, whole, size)
	}
}

// A trace that is kept because of another one has its own ratio, not the other's.
func TestTraceThatFollowsHasItsOwnRatio(t *testing.T) {
	rare, err := sampling.SampleByRoute(0.5, map[string]float64{"GET /all": 1})
	if err != nil {
		t.Fatal(err)
	}
	s := newTailed(t, telemetry.Config{Sampler: rare, Tail: tail(sampling.TailPolicy{Rest: 1})})
	var first context.Context
	for { // until chance keeps one
		ctx, root := s.root("rare")
		root.End()
		if first = ctx; root.SpanContext().IsSampled() {
			break
		}
	}
	if err := s.pipeline.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, all := s.root(
		"all", trace.WithAttributes(semconv.HTTPRequestMethodKey.String("GET"), semconv.HTTPRoute("/all")),
	)
	all.End()
	_, batch := s.root("batch", trace.WithLinks(trace.LinkFromContext(first), trace.LinkFromContext(second)))
	batch.End()
	if err := s.pipeline.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, span := range s.sink.spans {
		got[span.Name()] = ratioOf(span)
	}
	want := map[string]float64{"rare": 0.5, "all": 1, "batch": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ratios (-want +got):\n%s", diff)
	}
}

func ratioOf(span sdktrace.ReadOnlySpan) float64 {
	for _, attr := range span.Attributes() {
		if attr.Key == sampling.RatioKey {
			return attr.Value.AsFloat64()
		}
	}
	return 0
}

// Once a consumer has the message, only the window is left to wait for.
func TestAnsweredMessageIsNotWaitedForAnyLonger(t *testing.T) {
	for _, linked := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newTailed(t, never(sampling.TailPolicy{Errors: true, Window: time.Second, MessageWait: time.Hour}))
			ctx, root := s.root("request")
			producer, send := s.child(ctx, "send", trace.WithSpanKind(trace.SpanKindProducer))
			send.End()
			root.End()
			consumer := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindConsumer)}
			if linked {
				consumer = append(consumer, trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(producer)))
			}
			_, process := s.child(producer, "process", consumer...)
			process.End()
			pass(4 * time.Second)
			synctest.Wait()
			s.want(nil, policyDropped(3))
			s.close(nil, policyDropped(3))
		})
	}
}

// A trace that is kept doesn't link to one that was dropped, as long as there is
// still a choice.
func TestKeptTraceKeepsWhatItLinksToLater(t *testing.T) {
	for _, atEnd := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newTailed(t, never(sampling.TailPolicy{Errors: true, Window: time.Second}))
			ctx, root := s.root("kept")
			failed(root)
			root.End()
			pass(time.Minute)
			otherCtx, other := s.root("other")
			if atEnd {
				_, late := s.child(ctx, "late")
				late.AddLink(trace.LinkFromContext(otherCtx))
				late.End()
			} else {
				_, late := s.child(ctx, "late", trace.WithLinks(trace.LinkFromContext(otherCtx)))
				defer late.End()
			}
			// The other one is open, but whatever becomes of it, it is kept.
			pass(4 * time.Second)
			_, child := s.child(otherCtx, "child")
			child.End()
			pass(4 * time.Second)
			synctest.Wait()
			if !slices.Contains(s.sink.names(), "child") {
				t.Errorf("exported %q, want the child too", s.sink.names())
			}
			other.End()
			s.pipeline.Shutdown(t.Context())
		})
	}
}

// A group is as old as its oldest trace, so it is the first to go.
func TestLinkMakesATraceNoYounger(t *testing.T) {
	for _, large := range []bool{false, true} {
		s := newTailed(t, never(sampling.TailPolicy{Errors: true, Buffer: 40_000}))
		oldest, first := s.root("oldest")
		_, second := s.root("second", big(8000))
		links := []trace.Link{trace.LinkFromContext(oldest)}
		if large { // the younger one of the two is the one with more traces
			another, span := s.root("another")
			links = append([]trace.Link{trace.LinkFromContext(another)}, links...)
			span.End()
		}
		_, third := s.root("third", trace.WithLinks(links...))
		first.End()
		third.End()
		for range 5 { // until something has to go
			_, filler := s.root("filler", big(6000))
			filler.End()
		}
		_, last := s.root("last", big(4000))
		last.End()
		for _, span := range []trace.Span{second, last} {
			failed(span)
		}
		second.End()
		if stats := s.tail.Stats(); stats.Dropped[sampling.DropFull] == 0 {
			t.Fatalf("nothing had to go: %+v", stats)
		}
		if err := s.pipeline.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if names := s.sink.names(); !slices.Equal(names, []string{"second"}) {
			t.Errorf("exported %q, want the second one, which is younger than the oldest with what links to it", names)
		}
	}
}

// A batch is sampled when any of its messages' traces is. Chance adds none to
// those.
func TestChanceKeepsNothingThatTheHeadHasDropped(t *testing.T) {
	s := newTailed(t, telemetry.Config{
		Sampler: byRoute(t, 1, map[string]float64{"GET /quiet": 0}), Tail: tail(sampling.TailPolicy{Errors: true, Rest: 1}),
	})
	var links []trace.Link
	for _, path := range []string{"/quiet", "/loud"} {
		ctx, root := s.root(path, trace.WithAttributes(routed("GET", path)...))
		root.End()
		links = append(links, trace.LinkFromContext(ctx))
	}
	_, batch := s.root("batch", trace.WithLinks(links...))
	batch.End()
	s.close([]string{"/loud", "batch"}, policyDropped(1))
}
