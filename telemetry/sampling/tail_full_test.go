package sampling_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
)

// big is an attribute that fills a buffer.
func big(bytes int) trace.SpanStartOption {
	return trace.WithAttributes(attribute.String("big", strings.Repeat("x", bytes)))
}

// A full buffer costs the oldest traces of which it is unknown yet whether they are
// worth it. Those that are known to be are exported before their time.
func TestFullBufferDropsTheOldestWholeTracesAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log buffer
		config := never(sampling.TailPolicy{Errors: true, Buffer: 30_000})
		config.ErrorLogger = logTo(&log)
		s := newTailed(t, config)
		var roots []trace.Span
		for i := range 20 {
			ctx, root := s.root(fmt.Sprintf("root %02d", i))
			_, child := s.child(ctx, fmt.Sprintf("child %02d", i), big(2000))
			if i%5 == 0 {
				failed(child)
			}
			child.End()
			roots = append(roots, root)
			synctest.Wait() // the exporter is quick
		}
		stats := s.tail.Stats()
		if full := stats.Dropped[sampling.DropFull]; full == 0 || stats.Buffered == 0 {
			t.Fatalf("%+v: want some dropped for the full buffer, and some still in it", stats)
		}
		wantSum(t, stats)
		for _, root := range roots {
			failed(root) // of the ones that were dropped it is too late
			root.End()
		}
		pass(time.Minute)
		synctest.Wait()
		stats = s.tail.Stats()
		names := s.sink.names()
		if lost := stats.Dropped[sampling.DropFull]; int64(len(names)) != 40-lost || lost%2 != 0 || lost < 8 {
			t.Errorf("%d spans are exported and %d lost, want 40 together, and whole traces", len(names), lost)
		}
		for _, number := range []string{"00", "05", "10", "15", "19"} {
			if !slices.Contains(names, "root "+number) || !slices.Contains(names, "child "+number) {
				t.Errorf("trace %s is not exported: it had failed, or was the latest one:\n%q", number, names)
			}
		}
		if slices.Contains(names, "root 01") || slices.Contains(names, "child 01") {
			t.Errorf("trace 01 is exported, but the oldest ones had to go:\n%q", names)
		}
		if !strings.Contains(log.String(), `"buffer full":`) || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("the log doesn't say what was lost, in one line:\n%s", &log)
		}
		wantSum(t, stats)
		s.pipeline.Shutdown(t.Context())
	})
}

// A trace that is larger than the buffer doesn't push out the others. One that is
// known to be kept needs no room for longer than the exporter takes.
func TestTraceThatFillsTheBufferGoesAlone(t *testing.T) {
	for _, bad := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newTailed(t, never(sampling.TailPolicy{Errors: true, Buffer: 50_000}))
			_, other := s.root("other")
			ctx, root := s.root("large")
			want := []string{"other"}
			for i := range 100 {
				_, child := s.child(ctx, "child", big(1000))
				if bad && i == 0 {
					failed(child)
				}
				child.End()
				want = append(want, "child")
				synctest.Wait() // the exporter is quick
			}
			root.End()
			failed(other)
			other.End()
			if bad {
				s.close(append(want, "large"), nil)
			} else {
				s.close([]string{"other"}, map[sampling.DropReason]int64{sampling.DropTooLarge: 101})
			}
		})
	}
}

// Spans that are never ended must not fill the memory, nor hold back what failed.
func TestSpansThatNeverEndAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTailed(t, never(sampling.TailPolicy{Errors: true, Window: time.Second, Buffer: 100_000}))
		for i := range 1000 {
			ctx, _ := s.root("never ends")
			_, child := s.child(ctx, fmt.Sprintf("child %03d", i))
			if i == 500 {
				failed(child)
			}
			child.End()
		}
		pass(2 * time.Second)
		synctest.Wait()
		stats := s.tail.Stats()
		if names := s.sink.names(); !slices.Equal(names, []string{"child 500"}) || stats.Buffered > 100 ||
			stats.Dropped[sampling.DropFull] < 800 {
			t.Errorf("exported %q, %+v", names, stats)
		}
		wantSum(t, stats)
		s.pipeline.Shutdown(t.Context())
	})
}

// Whatever happens in whatever order: the counts add up at every moment, traces
// are whole or absent, and no error is lost.
func TestTailSamplerLaws(t *testing.T) {
	type traced struct {
		open  []trace.Span
		ctxs  []trace.SpanContext
		spans int
		bad   bool
	}
	law.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			rest := rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(rt, "rest")
			s := newTailed(t, telemetry.Config{
				Sampler: byRoute(t, rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(rt, "head"), nil),
				Tail:    tail(sampling.TailPolicy{Errors: true, Rest: rest, Window: time.Second, MessageWait: 10 * time.Second}),
			})
			traces := map[trace.TraceID]*traced{}
			var all []*traced
			add := func(span trace.Span) {
				id := span.SpanContext().TraceID()
				if traces[id] == nil {
					traces[id] = &traced{}
					all = append(all, traces[id])
				}
				tr := traces[id]
				tr.open, tr.ctxs = append(tr.open, span), append(tr.ctxs, span.SpanContext())
				tr.spans++
			}
			end := func(tr *traced, bad bool) {
				span := tr.open[len(tr.open)-1]
				tr.open = tr.open[:len(tr.open)-1]
				if bad {
					failed(span)
					tr.bad = true
				}
				span.End()
			}
			for range rapid.IntRange(0, 60).Draw(rt, "steps") {
				var tr *traced
				if len(all) > 0 {
					tr = rapid.SampledFrom(all).Draw(rt, "trace")
				}
				kind := rapid.SampledFrom(
					[]trace.SpanKind{trace.SpanKindInternal, trace.SpanKindProducer, trace.SpanKindConsumer}).Draw(rt, "kind")
				switch action := rapid.IntRange(0, 9).Draw(rt, "action"); {
				case tr == nil || action == 0:
					_, span := s.root("root", trace.WithSpanKind(kind))
					add(span)
				case action == 1:
					_, span := s.root(
						"linked", trace.WithSpanKind(kind),
						trace.WithLinks(trace.Link{SpanContext: rapid.SampledFrom(tr.ctxs).Draw(rt, "link")}),
					)
					add(span)
				case action <= 3 && len(tr.open) > 0: // a child of what has ended might come after the decision
					ctx := trace.ContextWithSpanContext(t.Context(), rapid.SampledFrom(tr.ctxs).Draw(rt, "parent"))
					_, span := s.child(ctx, "child", trace.WithSpanKind(kind))
					add(span)
				case action <= 7 && len(tr.open) > 0:
					end(tr, rapid.IntRange(0, 9).Draw(rt, "bad") == 0)
				case action == 8:
					pass(time.Duration(rapid.IntRange(1, 15_000).Draw(rt, "ms")) * time.Millisecond)
				}
				wantSum(t, s.tail.Stats())
			}
			for _, tr := range all {
				for len(tr.open) > 0 {
					end(tr, false)
				}
			}
			if err := s.pipeline.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			exported, ids := map[trace.TraceID]int{}, map[trace.SpanID]bool{}
			for _, span := range s.sink.spans {
				exported[span.SpanContext().TraceID()]++
				id := span.SpanContext().SpanID()
				if tr := traces[span.SpanContext().TraceID()]; tr == nil || ids[id] || !slices.ContainsFunc(tr.ctxs,
					func(sc trace.SpanContext) bool { return sc.SpanID() == id }) {
					t.Errorf("span %s is exported twice, or never was", id)
				}
				ids[id] = true
			}
			for _, span := range s.sink.spans {
				if parent := span.Parent(); parent.IsValid() && !ids[parent.SpanID()] {
					t.Errorf("span %s is exported without its parent", span.SpanContext().SpanID())
				}
			}
			for id, tr := range traces {
				if n := exported[id]; n != 0 && n != tr.spans || tr.bad && n == 0 {
					t.Errorf("%d of %d spans of a trace are exported; it failed: %v", n, tr.spans, tr.bad)
				}
			}
			stats := s.tail.Stats()
			if wantSum(t, stats); stats.Buffered != 0 || stats.Exported != int64(len(s.sink.spans)) {
				t.Errorf("%+v, and %d spans have arrived", stats, len(s.sink.spans))
			}
		})
	})
}

func TestManyServicesAtOnce(t *testing.T) {
	s := newTailed(t, never(sampling.TailPolicy{Errors: true, Window: time.Millisecond}))
	services := []telemetry.Service{s.Service, s.pipeline.Service("stock")}
	var group sync.WaitGroup
	const callers, each = 8, 500
	for caller := range callers {
		group.Go(func() {
			for i := range each {
				ctx, root := services[caller%2].Tracer().Start(t.Context(), "root")
				_, child := services[(caller+1)%2].Tracer().Start(ctx, "child")
				if i%10 == 0 {
					failed(child)
				}
				child.End()
				root.End()
				if i%100 == 0 {
					wantSum(t, s.tail.Stats())
				}
			}
		})
	}
	group.Wait()
	if err := s.pipeline.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	counts := map[trace.TraceID]int{}
	for _, span := range s.sink.spans {
		counts[span.SpanContext().TraceID()]++
	}
	for id, n := range counts {
		if n != 2 {
			t.Errorf("%d spans of trace %s are exported, want 2", n, id)
		}
	}
	if want := callers * each / 10; len(counts) != want {
		t.Errorf("%d traces are exported, want the %d that failed", len(counts), want)
	}
	wantSum(t, s.tail.Stats())
}
