package telemetry_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
)

// tailed is a service whose traces are decided when they are over.
type tailed struct {
	telemetry.Service
	t        *testing.T
	pipeline *telemetry.Pipeline
	sink     *sink
}

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
	if len(config.Exporters) == 0 {
		config.Exporters = []sdktrace.SpanExporter{s.sink}
	}
	s.pipeline = telemetry.NewPipeline(config)
	s.Service = s.pipeline.Service("shop")
	return s
}

// close shuts the pipeline down, and compares what was exported and why the rest
// was not.
func (s *tailed) close(exported []string, dropped map[telemetry.DropReason]int64) {
	s.t.Helper()
	if err := s.pipeline.Shutdown(s.t.Context()); err != nil {
		s.t.Error(err)
	}
	s.want(exported, dropped)
}

func (s *tailed) want(exported []string, dropped map[telemetry.DropReason]int64) {
	s.t.Helper()
	slices.Sort(exported)
	if diff := cmp.Diff(exported, s.sink.names()); diff != "" {
		s.t.Errorf("exported (-want +got):\n%s", diff)
	}
	stats := s.pipeline.TailStats()
	if dropped == nil {
		dropped = map[telemetry.DropReason]int64{}
	}
	if diff := cmp.Diff(dropped, stats.Dropped); diff != "" {
		s.t.Errorf("dropped (-want +got):\n%s", diff)
	}
	wantSum(s.t, stats)
}

// wantSum fails unless every span is accounted for.
func wantSum(t testing.TB, stats telemetry.TailStats) {
	t.Helper()
	sum := stats.Exported + stats.Buffered
	for _, n := range stats.Dropped {
		sum += n
	}
	if stats.Recorded != sum {
		t.Errorf("%+v doesn't add up", stats)
	}
}

func (s *tailed) root(name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	return s.Tracer().Start(s.t.Context(), name, append(opts, trace.WithNewRoot())...)
}

func (s *tailed) child(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	return s.Tracer().Start(ctx, name, opts...)
}

func failed(span trace.Span) { span.SetStatus(codes.Error, "") }

// never drops everything at the head, so that only a reason keeps a trace.
func never(policy telemetry.TailPolicy) telemetry.Config {
	return telemetry.Config{Sampler: sdktrace.ParentBased(sdktrace.NeverSample()), Tail: &policy}
}

func policyDropped(n int64) map[telemetry.DropReason]int64 {
	return map[telemetry.DropReason]int64{telemetry.DropPolicy: n}
}

func TestErrorTracesAreRescuedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTailed(t, never(telemetry.TailPolicy{Errors: true}))
		for _, name := range []string{"good", "bad"} {
			ctx, root := s.root(name)
			_, child := s.child(ctx, name+" child")
			if name == "bad" {
				failed(child)
			}
			child.End()
			root.End()
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		s.want([]string{"bad", "bad child"}, policyDropped(2))

		for _, span := range s.sink.spans {
			want := map[string]string{}
			if span.Name() == "bad" {
				want = map[string]string{string(telemetry.SamplingRatioKey): "1", string(telemetry.SamplingReasonKey): "error"}
			}
			if diff := cmp.Diff(want, textOf(span.Attributes())); diff != "" {
				t.Errorf("attributes of %s (-want +got):\n%s", span.Name(), diff)
			}
			// Unsampled it would be ignored by whoever takes it, and scaled up wrongly
			// without a threshold.
			if sc := span.SpanContext(); !sc.IsSampled() || sc.TraceState().String() != "ot=th:0" {
				t.Errorf("%s is sampled: %v, with the tracestate %q", span.Name(), sc.IsSampled(), sc.TraceState())
			}
		}
		s.close([]string{"bad", "bad child"}, policyDropped(2))
	})
}

func TestOthersAreToldWhatTheHeadHasDecided(t *testing.T) {
	s := newTailed(t, never(telemetry.TailPolicy{Errors: true}))
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
		{"open for longer than the window", 10 * time.Second, true, "it is known to be slow before it ends, and its end follows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newTailed(t, never(telemetry.TailPolicy{Slow: 100 * time.Millisecond}))
				ctx, root := s.root("root")
				_, child := s.child(ctx, "child")
				child.End()
				time.Sleep(test.lasts)
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
		Sampler: byRoute(t, 0.5, nil), Tail: &telemetry.TailPolicy{Errors: true, Rest: 0.25}, IDs: &numberedIDs{},
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
		if ratio, state := textOf(span.Attributes())[string(telemetry.SamplingRatioKey)], span.SpanContext().TraceState().String(); ratio != "0.125" || state != "ot=th:e" {
			t.Fatalf("the ratio is %s, and %s in the tracestate, want 0.125 and ot=th:e", ratio, state)
		}
	}
	// A collector that knows the ratio alone would have decided the same.
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
					s := newTailed(t, never(telemetry.TailPolicy{Errors: true, Window: time.Second, MessageWait: 10 * time.Second}))
					ctx, root := s.root("request")
					producer, send := s.child(ctx, "send", trace.WithSpanKind(trace.SpanKindProducer))
					send.End()
					root.End()
					time.Sleep(test.arrives)
					span := process(s, producer)
					time.Sleep(2 * time.Second) // it works for longer than the window
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
			s := newTailed(t, never(telemetry.TailPolicy{Errors: true, Window: time.Second}))
			ctx, root := s.root("request")
			if bad {
				failed(root)
			}
			root.End()
			time.Sleep(time.Minute)
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
		dropped  map[telemetry.DropReason]int64
		reason   string
	}{
		{"neither fails", 0, 0, "", nil, policyDropped(2), ""},
		{"the second fails", 0, 0, "second", []string{"first", "second"}, nil, "it would link to nothing"},
		{"the first fails", 0, 0, "first", []string{"first", "second"}, nil, "what came of it belongs to it"},
		{"the first fails, long before", 0, time.Minute, "first", []string{"first", "second"}, nil, "its decision is remembered"},
		{"the second fails, long after", 0, time.Minute, "second", []string{"second"}, policyDropped(1), "the first was gone, and every error is kept"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newTailed(t, never(telemetry.TailPolicy{Errors: true, Window: time.Second}))
				end := func(span trace.Span) {
					if test.bad == span.(sdktrace.ReadOnlySpan).Name() {
						failed(span)
					}
					span.End()
				}
				ctx, first := s.root("first")
				end(first)
				time.Sleep(test.between)
				_, second := s.root("second", trace.WithLinks(trace.LinkFromContext(ctx)))
				end(second)
				s.close(test.exported, test.dropped)
			})
		})
	}
}

// A batch joins the traces of its messages, also by a link that is added later.
func TestTracesOfABatchAreKeptTogether(t *testing.T) {
	s := newTailed(t, never(telemetry.TailPolicy{Errors: true}))
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

// Of the batch's traces those that the head has sampled are kept, or none: half of
// a batch would be no sample.
func TestChanceDecidesAboutABatchAsAWhole(t *testing.T) {
	s := newTailed(t, telemetry.Config{Tail: &telemetry.TailPolicy{Rest: 0.5}, IDs: &numberedIDs{}})
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
		if state := span.SpanContext().TraceState().String(); !strings.Contains(state, "th:8") {
			t.Fatalf("tracestate is %q, want th:8 in it", state)
		}
	}
	if got := len(s.sink.spans); got != whole*size || whole < 70 || whole > 130 {
		t.Errorf("%d spans of %d batches are kept, want all %d of about half of them", got, whole, size)
	}
}

func TestUnknownRatioStaysUnknown(t *testing.T) {
	s := newTailed(t, telemetry.Config{
		Sampler: sdktrace.ParentBased(sdktrace.AlwaysSample()), Tail: &telemetry.TailPolicy{Rest: 0.999999},
	})
	_, root := s.root("request")
	root.End()
	s.close([]string{"request"}, nil)
	if span := s.sink.spans[0]; span.SpanContext().TraceState().Len() > 0 || len(span.Attributes()) > 0 {
		t.Errorf("the span has %q and %v, but the head sampler doesn't tell its ratio", span.SpanContext().TraceState(), span.Attributes())
	}
}

func TestFlushDecidesByWhatIsKnown(t *testing.T) {
	s := newTailed(t, never(telemetry.TailPolicy{Errors: true}))
	ctx, root := s.root("root")
	_, child := s.child(ctx, "child")
	failed(child)
	child.End()
	_, good := s.root("good")
	if err := s.pipeline.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	s.want([]string{"child"}, nil)
	good.End()
	root.End()
	s.close([]string{"child", "root"}, policyDropped(1))
}

func TestSecretsAreMaskedInWhatIsRescued(t *testing.T) {
	s := newTailed(t, never(telemetry.TailPolicy{Errors: true}))
	_, root := s.root("request", trace.WithAttributes(attribute.String("password", "hunter22")))
	failed(root)
	root.End()
	s.close([]string{"request"}, nil)
	if text := textOf(s.sink.spans[0].Attributes()); strings.Contains(text["password"], "hunter") {
		t.Errorf("the password is %q", text["password"])
	}
}

func TestShutdownCountsWhatEndsAfterIt(t *testing.T) {
	s := newTailed(t, never(telemetry.TailPolicy{Errors: true}))
	_, before := s.root("before")
	failed(before)
	before.End()
	_, after := s.root("after")
	if err := s.pipeline.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	after.End()
	s.want([]string{"before"}, map[telemetry.DropReason]int64{telemetry.DropStopped: 1})
	if err := s.pipeline.Shutdown(t.Context()); err != nil {
		t.Errorf("a second shutdown: %v", err)
	}
}

func TestFailedExportIsCounted(t *testing.T) {
	good, bad := &sink{}, &sink{err: errors.New("collector is away")}
	config := never(telemetry.TailPolicy{Errors: true})
	config.Exporters = []sdktrace.SpanExporter{good, bad}
	s := newTailed(t, config)
	_, root := s.root("request")
	failed(root)
	root.End()
	if err := s.pipeline.Shutdown(t.Context()); err == nil || err.Error() != "export spans: 1 were not exported" {
		t.Errorf("shutdown: %v", err)
	}
	s.sink = good
	s.want([]string{"request"}, map[telemetry.DropReason]int64{telemetry.DropExport: 1})
}

func TestExporterThatHangsHoldsUpNeitherSpansNorTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := &sink{hang: true}
		config := never(telemetry.TailPolicy{Errors: true, Window: time.Second, Buffer: 20_000})
		config.Exporters = []sdktrace.SpanExporter{hanging}
		s := newTailed(t, config)
		started := time.Now()
		for range 100 {
			_, root := s.root("request")
			failed(root)
			root.End()
			time.Sleep(100 * time.Millisecond)
			wantSum(t, s.pipeline.TailStats())
		}
		if took := time.Since(started); took > 11*time.Second {
			t.Errorf("100 spans took %s", took)
		}
		if backlog := s.pipeline.TailStats().Dropped[telemetry.DropBacklog]; backlog == 0 {
			t.Errorf("%+v says nothing of the exporter", s.pipeline.TailStats())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		started = time.Now()
		if err := s.pipeline.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("shutdown: %v, want the deadline", err)
		}
		if took := time.Since(started); took > 6*time.Second {
			t.Errorf("the shutdown took %s", took)
		}
		synctest.Wait()
		if stats := s.pipeline.TailStats(); stats.Buffered != 0 || stats.Exported != 0 {
			t.Errorf("%+v, want everything accounted for", stats)
		}
		wantSum(t, s.pipeline.TailStats())
	})
}
