package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
)

const address = "ann@example.com"

// redacted returns what an exporter gets of spans.
func redacted(t testing.TB, spans ...sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	t.Helper()
	next := &exporter{}
	if err := telemetry.Redacting(next).ExportSpans(t.Context(), spans); err != nil {
		t.Fatal(err)
	}
	return next.batches[0]
}

func traceState(t testing.TB, text string) trace.TraceState {
	t.Helper()
	state, err := trace.ParseTraceState(text)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// stub is a span without secrets.
func stub(t testing.TB) tracetest.SpanStub {
	t.Helper()
	context := trace.NewSpanContext(
		trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceState: traceState(t, "vendor=1")},
	)
	return tracetest.SpanStub{
		Name: "GET /cart", SpanContext: context, Parent: context.WithSpanID(trace.SpanID{2}), SpanKind: trace.SpanKindServer,
		Attributes: []attribute.KeyValue{
			attribute.String("http.request.method", "GET"), attribute.Int("http.response.status_code", 200),
			attribute.Bool("has_password", true),
			attribute.StringSlice("aws.dynamodb.table_names", []string{"carts"}), attribute.Int64("at", 1763627505123456789),
		},
		Events: []sdktrace.Event{{Name: "retry", Attributes: []attribute.KeyValue{attribute.Int("n", 1)}}},
		Links: []sdktrace.Link{{
			SpanContext: context.WithTraceID(trace.TraceID{3}),
			Attributes:  []attribute.KeyValue{attribute.String("why", "batch")},
		}},
		Status:   sdktrace.Status{Code: codes.Error, Description: "not found"},
		Resource: resource.NewWithAttributes("https://schema", attribute.String("service.name", "shop")),
		InstrumentationScope: instrumentation.Scope{
			Name: "shop/cart", Version: "1.2.3",
			Attributes: attribute.NewSet(attribute.String("a", "b")),
		},
		DroppedAttributes: 1, ChildSpanCount: 2,
	}
}

// snapshot makes a span of a stub, which can be compared with others.
func snapshot(stub tracetest.SpanStub) sdktrace.ReadOnlySpan {
	return &struct{ sdktrace.ReadOnlySpan }{stub.Snapshot()}
}

// everything returns all parts of a span as text.
func everything(t testing.TB, s sdktrace.ReadOnlySpan) string {
	t.Helper()
	scope := s.InstrumentationScope()
	text := fmt.Sprint(s.Name(), s.SpanKind(), s.Attributes(), s.Events(), s.Status(), scope.Name, scope.Version,
		scope.Attributes.ToSlice(),
		s.Resource().Attributes(), s.Resource().SchemaURL(), s.SpanContext(), s.Parent(), s.StartTime(),
		s.DroppedAttributes(), s.ChildSpanCount(),
	)
	for _, link := range s.Links() {
		text += fmt.Sprint(link.SpanContext, link.Attributes)
	}
	return text
}

func TestSecretsAreMaskedInEveryPlace(t *testing.T) {
	for _, tt := range []struct {
		place string
		put   func(*tracetest.SpanStub)
	}{
		{"name", func(s *tracetest.SpanStub) { s.Name = "GET /users/" + address }},
		{"attribute", func(s *tracetest.SpanStub) { s.Attributes[0].Value = attribute.StringValue("to " + address) }},
		{"key of an attribute", func(s *tracetest.SpanStub) { s.Attributes[0].Key = address }},
		{"event's name", func(s *tracetest.SpanStub) { s.Events[0].Name = address }},
		{"event's attribute", func(s *tracetest.SpanStub) { s.Events[0].Attributes[0] = attribute.String("to", address) }},
		{"link's attribute", func(s *tracetest.SpanStub) { s.Links[0].Attributes[0] = attribute.String("to", address) }},
		{"link's tracestate", func(s *tracetest.SpanStub) {
			s.Links[0].SpanContext = s.Links[0].SpanContext.WithTraceState(traceState(t, "a=1,user="+address))
		}},
		{"status", func(s *tracetest.SpanStub) { s.Status.Description = "no user " + address }},
		{"resource", func(s *tracetest.SpanStub) {
			s.Resource = resource.NewWithAttributes("https://schema", attribute.String("process.command", "mail "+address))
		}},
		{"scope's name", func(s *tracetest.SpanStub) { s.InstrumentationScope.Name = address }},
		{"scope's version", func(s *tracetest.SpanStub) { s.InstrumentationScope.Version = address }},
		{"scope's attribute", func(s *tracetest.SpanStub) {
			s.InstrumentationScope.Attributes = attribute.NewSet(attribute.String("by", address))
		}},
		{"tracestate", func(s *tracetest.SpanStub) {
			s.SpanContext = s.SpanContext.WithTraceState(traceState(t, "a=1,user="+address))
		}},
		{
			"parent's tracestate",
			func(s *tracetest.SpanStub) { s.Parent = s.Parent.WithTraceState(traceState(t, "user="+address)) },
		},
	} {
		t.Run(tt.place, func(t *testing.T) {
			with := stub(t)
			tt.put(&with)
			before := snapshot(with)
			if text := everything(t, before); !strings.Contains(text, address) {
				t.Fatalf("the secret is not planted: %s", text)
			}
			clean := snapshot(stub(t))
			spans := []sdktrace.ReadOnlySpan{clean, before}
			out := redacted(t, spans...)
			text := everything(t, out[1])
			if strings.Contains(text, address) {
				t.Errorf("it was exported: %s", text)
			}
			if out[0] != clean {
				t.Error("the span next to it is another one")
			}
			if spans[1] != before || !strings.Contains(everything(t, before), address) {
				t.Error("the span itself was changed")
			}
			// Nothing else differs.
			if out[1].SpanContext().SpanID() != before.SpanContext().SpanID() || out[1].DroppedAttributes() != 1 ||
				out[1].ChildSpanCount() != 2 {
				t.Errorf("more than the secret was changed: %s", text)
			}
		})
	}
}

func TestTracestateKeepsItsOtherMembers(t *testing.T) {
	s := stub(t)
	s.SpanContext = s.SpanContext.WithTraceState(traceState(t, "a=1,user="+address+",b=2"))
	if got := redacted(t, snapshot(s))[0].SpanContext().TraceState().String(); got != "a=1,b=2" {
		t.Errorf("tracestate is %q, want what is innocent of it", got)
	}
}

func TestBatchWithoutSecretsIsHandedOnAsItIs(t *testing.T) {
	spans := []sdktrace.ReadOnlySpan{snapshot(stub(t)), snapshot(stub(t))}
	out := redacted(t, spans...)
	if !slices.Equal(out, spans) {
		t.Error("the exporter got other spans")
	}
	next := &discard{}
	exporter := telemetry.Redacting(next)
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		if err := exporter.ExportSpans(ctx, spans); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
	if err := exporter.ExportSpans(ctx, nil); err != nil {
		t.Errorf("no spans: %v", err)
	}
}

type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }

func TestRedactingReturnsTheExportersErrors(t *testing.T) {
	down := errors.New("down")
	next := &exporter{exportErr: down, shutdownErr: down}
	redacting := telemetry.Redacting(next)
	if err := redacting.ExportSpans(t.Context(), nil); !errors.Is(err, down) {
		t.Errorf("export: %v, want %v", err, down)
	}
	if err := redacting.Shutdown(t.Context()); !errors.Is(err, down) || next.shutdowns != 1 {
		t.Errorf("shutdown: %v, shut down %d times, want %v and once", err, next.shutdowns, down)
	}
}

func TestPipelineMasksUnlessItIsToldToKeep(t *testing.T) {
	for _, keep := range []bool{false, true} {
		next := &exporter{}
		recorder := tracetest.NewSpanRecorder()
		pipeline := telemetry.NewPipeline(telemetry.Config{
			Exporters: []sdktrace.SpanExporter{next}, Processors: []sdktrace.SpanProcessor{recorder}, KeepSecrets: keep,
		})
		span(t, pipeline.Service("shop"), "login of "+address)
		if err := pipeline.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(next.batches[0][0].Name(), address); got != keep {
			t.Errorf("KeepSecrets %v: the secret is exported: %v", keep, got)
		}
		if got := recorder.Ended()[0].Name(); !strings.Contains(got, address) {
			t.Errorf("a processor sees %q, want what was recorded", got)
		}
	}
}

func TestRedactingIsSafeForConcurrentUse(t *testing.T) {
	next := &exporter{}
	exporter := telemetry.Redacting(next)
	with := stub(t)
	with.Name = address
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if err := exporter.ExportSpans(context.Background(), []sdktrace.ReadOnlySpan{snapshot(with)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if len(next.batches) != 400 {
		t.Errorf("%d batches, want 400", len(next.batches))
	}
}

func BenchmarkRedacting(b *testing.B) {
	clean, with := stub(b), stub(b)
	with.Attributes = append(with.Attributes, attribute.String("to", address))
	for _, bb := range []struct {
		name string
		span sdktrace.ReadOnlySpan
	}{{"clean", snapshot(clean)}, {"secret", snapshot(with)}} {
		b.Run(bb.name, func(b *testing.B) {
			exporter := telemetry.Redacting(discard{})
			spans := []sdktrace.ReadOnlySpan{bb.span}
			b.ReportAllocs()
			for b.Loop() {
				if err := exporter.ExportSpans(b.Context(), spans); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
