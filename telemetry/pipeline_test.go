package telemetry_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
)

func span(t testing.TB, s telemetry.Service, name string) {
	t.Helper()
	_, span := s.Tracer().Start(t.Context(), name)
	span.End()
}

func TestEveryServiceHasAResourceOfItsOwn(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	pipeline := telemetry.NewPipeline(telemetry.Config{
		Processors: []sdktrace.SpanProcessor{recorder},
		Resource:   []attribute.KeyValue{attribute.String("team", "blue")},
		Version:    "1.2.3",
	})
	for _, name := range []string{"shop", "stock"} {
		span(t, pipeline.Service(name), name)
	}
	ids := map[string]bool{}
	for _, s := range recorder.Ended() {
		attrs := textOf(s.Resource().Attributes())
		if attrs["service.name"] != s.Name() || attrs["service.version"] != "1.2.3" || attrs["team"] != "blue" {
			t.Errorf("the resource of %s is %v", s.Name(), attrs)
		}
		if s.Resource().SchemaURL() == "" {
			t.Errorf("the resource of %s doesn't say which conventions it keeps to", s.Name())
		}
		ids[attrs["service.instance.id"]] = true
	}
	if len(ids) != 2 || ids[""] {
		t.Errorf("the instance ids are %v, want two", ids)
	}
}

func TestVersionThatIsNotKnownIsLeftOut(t *testing.T) {
	service, recorder := recorded(t, telemetry.Config{})
	span(t, service, "order")
	if version, ok := textOf(only(t, recorder).Resource().Attributes())["service.version"]; ok {
		t.Errorf("service.version is %q", version)
	}
}

func TestProcessorsSeeASpanBeforeTheExporters(t *testing.T) {
	exported := &exporter{}
	atEnd := &endHook{}
	pipeline := telemetry.NewPipeline(telemetry.Config{
		Exporters: []sdktrace.SpanExporter{exported}, Processors: []sdktrace.SpanProcessor{atEnd},
	})
	// If an exporter came first, this flush would export the span.
	atEnd.do = func() {
		if err := pipeline.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		if names := exported.names(); len(names) != 0 {
			t.Errorf("%q is exported already", names)
		}
	}
	span(t, pipeline.Service("shop"), "order")
	if err := pipeline.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if names := exported.names(); atEnd.ended != 1 || !slices.Equal(names, []string{"order"}) {
		t.Errorf("%d spans were processed and %q exported, want the one", atEnd.ended, names)
	}
}

// endHook calls do at the end of every span.
type endHook struct {
	do    func()
	ended int
}

func (h *endHook) OnEnd(sdktrace.ReadOnlySpan) {
	h.ended++
	h.do()
}
func (*endHook) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (*endHook) Shutdown(context.Context) error                  { return nil }
func (*endHook) ForceFlush(context.Context) error                { return nil }

func TestOneServicesShutdownLeavesTheOthersProcessors(t *testing.T) {
	exported := &exporter{}
	recorder := &closing{SpanRecorder: tracetest.NewSpanRecorder()}
	pipeline := telemetry.NewPipeline(telemetry.Config{
		Exporters: []sdktrace.SpanExporter{exported}, Processors: []sdktrace.SpanProcessor{recorder},
	})
	first, second := pipeline.Service("shop"), pipeline.Service("stock")
	if err := first.TracerProvider.(*sdktrace.TracerProvider).Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	span(t, second, "reserve")
	if err := pipeline.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if names := exported.names(); !slices.Equal(names, []string{"reserve"}) || exported.shutdowns != 1 {
		t.Errorf("exported %q and shut down %d times, want reserve and once", names, exported.shutdowns)
	}
	if recorder.closed || len(recorder.Ended()) != 1 {
		t.Errorf(
			"the processor saw %d spans, want 1; shut down: %v, but its owner does that", len(recorder.Ended()),
			recorder.closed,
		)
	}
}

// closing records whether it was shut down.
type closing struct {
	*tracetest.SpanRecorder
	closed bool
}

func (c *closing) Shutdown(context.Context) error {
	c.closed = true
	return nil
}

func TestFailedExportIsLoggedWithItsSecretsMasked(t *testing.T) {
	tests := []struct {
		name   string
		config func(own, other *buffer) telemetry.Config
		reason string
	}{
		{"ErrorLogger", func(own, other *buffer) telemetry.Config {
			return telemetry.Config{ErrorLogger: logTo(own), Logger: logTo(other)}
		}, "it is the one for errors"},
		{"Logger", func(own, _ *buffer) telemetry.Config {
			return telemetry.Config{Logger: logTo(own)}
		}, "it replaces ErrorLogger"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var own, other buffer
			config := test.config(&own, &other)
			config.Exporters = []sdktrace.SpanExporter{&exporter{exportErr: errors.New("collector refused password=hunter22")}}
			pipeline := telemetry.NewPipeline(config)
			span(t, pipeline.Service("shop"), "order")
			if err := pipeline.ForceFlush(t.Context()); err != nil {
				t.Errorf("flush: %v, but the batch processor would hand that to the process-wide handler", err)
			}
			if err := pipeline.Shutdown(t.Context()); err == nil || err.Error() != "export spans: 1 were not exported" {
				t.Errorf("shutdown: %v, want it to say that a span was not exported", err)
			}
			for _, part := range []string{
				`"level":"ERROR"`, `"msg":"spans were not exported"`, `"spans":1`,
				"password=[redacted]",
			} {
				if !strings.Contains(own.String(), part) {
					t.Errorf("the log doesn't have %s, %s:\n%s", part, test.reason, &own)
				}
			}
			if strings.Contains(own.String(), "hunter22") || other.String() != "" {
				t.Errorf("the log has a secret, or the other one something:\n%s\n%s", &own, &other)
			}
		})
	}
}

func TestShutdownReturnsEveryError(t *testing.T) {
	errs := []error{errors.New("first"), errors.New("second")}
	pipeline := telemetry.NewPipeline(telemetry.Config{
		Exporters: []sdktrace.SpanExporter{&exporter{shutdownErr: errs[0]}, &exporter{}, &exporter{shutdownErr: errs[1]}},
	})
	err := pipeline.Shutdown(t.Context())
	for _, want := range errs {
		if !errors.Is(err, want) {
			t.Errorf("error is %v, want %v in it", err, want)
		}
	}
}

func TestShutdownExportsWhatIsQueued(t *testing.T) {
	exporters := []*exporter{{}, {}}
	pipeline := telemetry.NewPipeline(telemetry.Config{Exporters: []sdktrace.SpanExporter{exporters[0], exporters[1]}})
	shop := pipeline.Service("shop")
	for range 1000 {
		span(t, shop, "order")
	}
	if err := pipeline.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, exporter := range exporters {
		if n := len(exporter.names()); n != 1000 {
			t.Errorf("exporter %d got %d spans, want 1000", i, n)
		}
	}
}

func TestDisabledPipelineMakesNoSpansAndStillPropagates(t *testing.T) {
	exported := &exporter{}
	recorder := tracetest.NewSpanRecorder()
	pipeline := telemetry.NewPipeline(telemetry.Config{
		Disabled: true, Exporters: []sdktrace.SpanExporter{exported}, Processors: []sdktrace.SpanProcessor{recorder},
	})
	shop := pipeline.Service("shop")
	ctx := shop.Propagator.Extract(t.Context(), propagation.MapCarrier{"traceparent": callerParent})
	ctx, span := shop.Tracer().Start(ctx, "order")
	span.End()
	out := propagation.MapCarrier{}
	shop.Propagator.Inject(ctx, out)
	if out["traceparent"] != callerParent {
		t.Errorf("traceparent is %q, want the caller's", out["traceparent"])
	}
	if err := pipeline.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if len(exported.names()) != 0 || len(recorder.Started()) != 0 {
		t.Error("a span was made")
	}
}

func TestZeroConfigSamplesEveryTraceAndFollowsItsParent(t *testing.T) {
	tests := []struct {
		traceparent string
		want        bool
		reason      string
	}{
		{"", true, "a new trace is sampled"},
		{callerParent, true, "the caller has sampled"},
		{"00-" + callerTrace + "-" + callerSpan + "-00", false, "the caller has not"},
	}
	shop := telemetry.NewPipeline(telemetry.Config{}).Service("shop")
	for _, test := range tests {
		ctx := shop.Propagator.Extract(t.Context(), propagation.MapCarrier{"traceparent": test.traceparent})
		_, span := shop.Tracer().Start(ctx, "order")
		if got := span.SpanContext().IsSampled(); got != test.want {
			t.Errorf("after %q a span is sampled: %v, want %v: %s", test.traceparent, got, test.want, test.reason)
		}
		span.End()
	}
}

func TestUntracedServiceHasATracerThatDoesNothing(t *testing.T) {
	untraced := telemetry.Service{Name: "shop"}.Defaults()
	ctx, span := untraced.Tracer().Start(t.Context(), "order")
	if untraced.Traced() || span.IsRecording() || trace.SpanContextFromContext(ctx).IsValid() {
		t.Error("a service without a TracerProvider makes spans")
	}
	untraced.Propagator.Inject(ctx, propagation.MapCarrier{})
	untraced.Logger.InfoContext(ctx, "goes nowhere")
}

func TestPlainConfigAddsNoRatio(t *testing.T) {
	service, recorder := recorded(t, telemetry.Config{})
	span(t, service, "GET /")
	got := only(t, recorder)
	if state := got.SpanContext().TraceState().String(); state != "" || len(got.Attributes()) != 0 {
		t.Errorf("the span has %q and %v, want neither", state, got.Attributes())
	}
}
