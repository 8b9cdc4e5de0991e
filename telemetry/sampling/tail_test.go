package sampling_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
)

// tailed is a service whose traces are decided when they are over.
type tailed struct {
	telemetry.Service
	t        *testing.T
	pipeline *telemetry.Pipeline
	tail     *sampling.Tail
	sink     *sink
}

func tail(policy sampling.TailPolicy) *sampling.Tail { return sampling.NewTail(policy) }

// sink is an exporter that keeps the spans, and may fail or hang.
type sink struct {
	err  error
	hang bool // until its context ends

	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan
}

func (s *sink) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if s.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = append(s.spans, spans...)
	return s.err
}

func (*sink) Shutdown(context.Context) error { return nil }

// names are those of the exported spans, sorted.
func (s *sink) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, span := range s.spans {
		names = append(names, span.Name())
	}
	slices.Sort(names)
	return names
}

func newTailed(t *testing.T, config telemetry.Config) *tailed {
	t.Helper()
	s := &tailed{t: t, sink: &sink{}}
	s.tail, _ = config.Tail.(*sampling.Tail)
	if config.Sampler == nil {
		config.Sampler = byRoute(t, 1, nil)
	}
	config.Sampler = sampling.FollowLinks(config.Sampler)
	if len(config.Exporters) == 0 {
		config.Exporters = []sdktrace.SpanExporter{s.sink}
	}
	s.pipeline = telemetry.NewPipeline(config)
	s.Service = s.pipeline.Service("shop")
	return s
}

// close shuts the pipeline down, and compares what was exported and why the rest
// was not.
func (s *tailed) close(exported []string, dropped map[sampling.DropReason]int64) {
	s.t.Helper()
	if err := s.pipeline.Shutdown(s.t.Context()); err != nil {
		s.t.Error(err)
	}
	s.want(exported, dropped)
}

func (s *tailed) want(exported []string, dropped map[sampling.DropReason]int64) {
	s.t.Helper()
	slices.Sort(exported)
	if diff := cmp.Diff(exported, s.sink.names()); diff != "" {
		s.t.Errorf("exported (-want +got):\n%s", diff)
	}
	stats := s.tail.Stats()
	if dropped == nil {
		dropped = map[sampling.DropReason]int64{}
	}
	if diff := cmp.Diff(dropped, stats.Dropped); diff != "" {
		s.t.Errorf("dropped (-want +got):\n%s", diff)
	}
	wantSum(s.t, stats)
}

// wantSum fails unless every span is accounted for.
func wantSum(t testing.TB, stats sampling.TailStats) {
	t.Helper()
	sum := stats.Exported + stats.Buffered
	for _, n := range stats.Dropped {
		sum += n
	}
	if stats.Recorded != sum {
		t.Errorf("%+v doesn't add up", stats)
	}
}

// pass lets the time of a bubble go on, which takes none. All that it is used in are bubbles.
func pass(d time.Duration) { <-time.After(d) }

func (s *tailed) root(name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	return s.Tracer().Start(s.t.Context(), name, append(opts, trace.WithNewRoot())...)
}

func (s *tailed) child(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	return s.Tracer().Start(ctx, name, opts...)
}

func failed(span trace.Span) { span.SetStatus(codes.Error, "") }

// never drops everything at the head, so that only a reason keeps a trace.
func never(policy sampling.TailPolicy) telemetry.Config {
	return telemetry.Config{Sampler: sdktrace.ParentBased(sdktrace.NeverSample()), Tail: tail(policy)}
}

func policyDropped(n int64) map[sampling.DropReason]int64 {
	return map[sampling.DropReason]int64{sampling.DropPolicy: n}
}

func TestErrorTracesAreRescuedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTailed(t, never(sampling.TailPolicy{Errors: true}))
		for _, name := range []string{"good", "bad"} {
			ctx, root := s.root(name)
			_, child := s.child(ctx, name+" child")
			if name == "bad" {
				failed(child)
			}
			child.End()
			root.End()
		}
		pass(3 * time.Second)
		synctest.Wait()
		s.want([]string{"bad", "bad child"}, policyDropped(2))

		for _, span := range s.sink.spans {
			want := map[string]string{}
			if span.Name() == "bad" {
				want = map[string]string{string(sampling.RatioKey): "1", string(sampling.ReasonKey): "error"}
			}
			if diff := cmp.Diff(want, textOf(span.Attributes())); diff != "" {
				t.Errorf("attributes of %s (-want +got):\n%s", span.Name(), diff)
			}
			// Unsampled it would be ignored by its receiver, and scaled up wrongly
			// without a threshold.
			if sc := span.SpanContext(); !sc.IsSampled() || sc.TraceState().String() != "ot=th:0" {
				t.Errorf("%s is sampled: %v, with the tracestate %q", span.Name(), sc.IsSampled(), sc.TraceState())
			}
		}
		s.close([]string{"bad", "bad child"}, policyDropped(2))
	})
}

func TestOthersAreToldWhatTheHeadHasDecided(t *testing.T) {
	s := newTailed(t, never(sampling.TailPolicy{Errors: true}))
	ctx, root := s.root("bad")
	out := map[string]string{}
	s.Propagator.Inject(ctx, carrier(out))
	failed(root)
	root.End()
	if !strings.HasSuffix(out["traceparent"], "-00") {
		t.Errorf("traceparent is %q, want flags 00", out["traceparent"])
	}
	s.close([]string{"bad"}, nil)
}

type carrier map[string]string

func (c carrier) Get(key string) string { return c[key] }
func (c carrier) Set(key, value string) { c[key] = value }
func (c carrier) Keys() []string        { return nil }

func TestSlowTracesAreKept(t *testing.T) {
	tests := []struct {
		name   string
		lasts  time.Duration
		keep   bool
		reason string
	}{
		{"quick", 99 * time.Millisecond, false, ""},
		{"at the bound", 100 * time.Millisecond, true, ""},
		{"slow", time.Second, true, ""},
		{
			"open for longer than the window", 10 * time.Second, true,
			"it is known to be slow before it ends, and its end follows",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newTailed(t, never(sampling.TailPolicy{Slow: 100 * time.Millisecond}))
				ctx, root := s.root("root")
				_, child := s.child(ctx, "child")
				child.End()
				pass(test.lasts)
				root.End()
				if test.keep {
					s.close([]string{"child", "root"}, nil)
				} else {
					s.close(nil, policyDropped(2))
				}
			})
		})
	}
}

func TestRestIsAShareOfWhatTheHeadHasSampled(t *testing.T) {
	const n = 2000
	s := newTailed(t, telemetry.Config{
		Sampler: byRoute(t, 0.5, nil), Tail: tail(sampling.TailPolicy{Errors: true, Rest: 0.25}), IDs: &numberedIDs{},
	})
	var ids []string
	for range n {
		_, root := s.root("root")
		ids = append(ids, root.SpanContext().TraceID().String())
		root.End()
	}
	if err := s.pipeline.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, span := range s.sink.spans {
		kept[span.SpanContext().TraceID().String()] = true
		if ratio, state := textOf(span.Attributes())[string(sampling.RatioKey)],
			span.SpanContext().TraceState().String(); ratio != "0.125" || state != "ot=th:e" {
			t.Fatalf("the ratio is %s, and %s in the tracestate, want 0.125 and ot=th:e", ratio, state)
		}
	}
	// A collector that has the ratio alone would have decided the same.
	for _, id := range ids {
		if want := id[18:20] >= "e0"; kept[id] != want {
			t.Errorf("trace %s is kept: %v, want %v", id, kept[id], want)
		}
	}
}

// numberedIDs makes ids that look random and are always the same.
type numberedIDs struct {
	mu sync.Mutex
	n  int
}

func (g *numberedIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id := g.NewSpanID(ctx, trace.TraceID{})
	return telemetryIDs(g.n)[g.n-1], id
}

func (g *numberedIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
	return trace.SpanID{1, 6: byte(g.n >> 8), 7: byte(g.n)}
}

func TestUnknownRatioStaysUnknown(t *testing.T) {
	s := newTailed(t, telemetry.Config{
		Sampler: sdktrace.ParentBased(sdktrace.AlwaysSample()), Tail: tail(sampling.TailPolicy{Rest: 0.999999}),
	})
	_, root := s.root("request")
	root.End()
	s.close([]string{"request"}, nil)
	if span := s.sink.spans[0]; span.SpanContext().TraceState().Len() > 0 || len(span.Attributes()) > 0 {
		t.Errorf(
			"the span has %q and %v, but the head sampler doesn't tell its ratio", span.SpanContext().TraceState(),
			span.Attributes(),
		)
	}
}

func TestReasonIsSaidOfWhatTheHeadHasSampledToo(t *testing.T) {
	s := newTailed(t, telemetry.Config{Tail: tail(sampling.TailPolicy{Errors: true, Rest: 1})})
	_, root := s.root("request")
	failed(root)
	root.End()
	s.close([]string{"request"}, nil)
	want := map[string]string{string(sampling.RatioKey): "1", string(sampling.ReasonKey): "error"}
	if diff := cmp.Diff(want, textOf(s.sink.spans[0].Attributes())); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// A caller's threshold that would have rejected the trace has no meaning for it.
func TestWrongRatioIsNotHandedOn(t *testing.T) {
	s := newTailed(t, telemetry.Config{
		Sampler: sdktrace.ParentBased(sdktrace.AlwaysSample()), Tail: tail(sampling.TailPolicy{Rest: 1}),
	})
	caller := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID(0.25), SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled, Remote: true,
		TraceState: stateOf(t, "ot=th:8,v=1"),
	})
	_, span := s.child(trace.ContextWithSpanContext(t.Context(), caller), "request")
	span.End()
	s.close([]string{"request"}, nil)
	if state := s.sink.spans[0].SpanContext().TraceState().String(); state != "v=1" {
		t.Errorf("tracestate is %q, want v=1 alone", state)
	}
}
