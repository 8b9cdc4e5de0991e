package codec_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree/codec"
	"tracelab/tracetree/codec/fromsdk"
)

// sdkSpans returns spans of the SDK with all that spans have.
func sdkSpans(t *testing.T) []sdktrace.ReadOnlySpan {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(recorder),
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"), attribute.Int("n", 1))),
	)
	t.Cleanup(func() { _ = tp.Shutdown(context.WithoutCancel(t.Context())) })
	tracer := tp.Tracer("scope", trace.WithInstrumentationVersion("1.2"),
		trace.WithInstrumentationAttributes(attribute.Bool("a", true)))
	state, err := trace.ParseTraceState("a=b")
	if err != nil {
		t.Fatal(err)
	}
	linked := trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled}
	start := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	ctx, root := tracer.Start(t.Context(), "order <1>", trace.WithTimestamp(start),
		trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(
			attribute.String("s", "a\"<\n"), attribute.Int64("i", -7), attribute.Float64("f", 0.5), attribute.Bool("b", true),
			attribute.StringSlice("ss", []string{"x", "y"}), attribute.Int64Slice("is", []int64{1, 2}),
			attribute.Float64Slice("fs", []float64{0.5, 1.5}), attribute.BoolSlice("bs", []bool{true, false}),
			attribute.KeyValue{Key: "bytes", Value: attribute.ByteSliceValue([]byte("hi?>"))},
			attribute.KeyValue{
				Key:   "map",
				Value: attribute.MapValue(attribute.Int("b", 1), attribute.StringSlice("a", []string{"z"})),
			},
			attribute.KeyValue{Key: "mixed", Value: attribute.SliceValue(attribute.IntValue(1), attribute.StringValue("x"))},
		))
	_, child := tracer.Start(ctx, "pay", trace.WithTimestamp(start.Add(1)), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithLinks(
			trace.Link{SpanContext: trace.NewSpanContext(linked), Attributes: []attribute.KeyValue{attribute.Int("n", 1)}},
		))
	child.AddEvent("paid", trace.WithTimestamp(start.Add(2)), trace.WithAttributes(attribute.String("by", "card")))
	child.SetStatus(codes.Error, "out of stock")
	child.End(trace.WithTimestamp(start.Add(time.Millisecond)))
	root.SetStatus(codes.Ok, "")
	root.End(trace.WithTimestamp(start.Add(time.Second)))
	remote := trace.SpanContextConfig{
		TraceID: trace.TraceID{3}, SpanID: trace.SpanID{4}, TraceFlags: trace.FlagsSampled,
		Remote: true,
	}
	_, entry := tracer.Start(trace.ContextWithRemoteSpanContext(t.Context(),
		trace.NewSpanContext(remote).WithTraceState(state)), "entry",
		trace.WithTimestamp(start))
	entry.End(trace.WithTimestamp(start))
	return recorder.Ended()
}

// export writes spans with the exporter itself.
func export(t *testing.T, spans []sdktrace.ReadOnlySpan, opts ...stdouttrace.Option) string {
	t.Helper()
	var text bytes.Buffer
	exporter, err := stdouttrace.New(append(opts, stdouttrace.WithWriter(&text))...)
	if err != nil {
		t.Fatal(err)
	}
	if err := exporter.ExportSpans(t.Context(), spans); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestStdoutTraceIsWrittenAsTheExporterDoes(t *testing.T) {
	spans := sdkSpans(t)
	var text bytes.Buffer
	if err := codec.WriteStdoutTrace(&text, fromsdk.Spans(spans)); err != nil {
		t.Fatal(err)
	}
	want := export(t, spans)
	// A span doesn't keep what its parent's trace state was.
	want = strings.Replace(want,
		`"Parent":{"TraceID":"03000000000000000000000000000000","SpanID":"0400000000000000","TraceFlags":"01","TraceState":"a=b"`,
		`"Parent":{"TraceID":"03000000000000000000000000000000","SpanID":"0400000000000000","TraceFlags":"01","TraceState":""`, 1)
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(text.String(), "\n")); diff != "" {
		t.Errorf("(-exporter +ours):\n%s", diff)
	}
}

func TestStdoutTraceIsReadAsTheSDKHadIt(t *testing.T) {
	spans := sdkSpans(t)
	tests := []struct {
		reason  string
		options []stdouttrace.Option
	}{
		{"compact", nil},
		{"pretty-printed", []stdouttrace.Option{stdouttrace.WithPrettyPrint()}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got, warnings := read(t, export(t, spans, test.options...))
			checkEqual(t, fromsdk.Spans(spans), got)
			if len(warnings) > 0 {
				t.Errorf("warnings %v", warnings)
			}
		})
	}
}

func TestStdoutTraceWithoutTimestampsHasNoDuration(t *testing.T) {
	got, _ := read(t, export(t, sdkSpans(t), stdouttrace.WithoutTimestamps()))
	for _, s := range got {
		if d, known := s.Duration(); known || s.Start != 0 || s.End != 0 || s.Unended {
			t.Errorf("%s: start %d, end %d, unended %v, duration %v known %v; want none of them", s.Name, s.Start, s.End,
				s.Unended, d, known)
		}
		for _, e := range s.Events {
			if e.Time != 0 {
				t.Errorf("%s: event at %d, want 0", s.Name, e.Time)
			}
		}
	}
}

func TestStdoutTraceOfOlderExportersIsRead(t *testing.T) {
	const old = `{"Name":"a","SpanContext":{"TraceID":"00000000000000000000000000000001","SpanID":"0000000000000002","TraceFlags":"01"},` +
		`"SpanKind":2,"StartTime":"2020-01-01T00:00:00Z","EndTime":"0001-01-01T00:00:00Z","Status":{"Code":1,"Description":"no"},` +
		`"Attributes":[{"Key":"k","Value":{"Value":[1,"x"],"Type":"ARRAY"}}],"InstrumentationLibrary":{"Name":"lib","Version":"2"}}`
	got, _ := read(t, old)
	s := got[0]
	if s.Status.String() != "error" || s.StatusMessage != "no" || s.Origin.ScopeName != "lib" ||
		s.Origin.ScopeVersion != "2" || !s.Unended {
		t.Errorf("got %+v %+v", s, s.Origin)
	}
	if v, _ := s.Attr("k"); v.Text() != `[1,"x"]` {
		t.Errorf("attribute %q", v.Text())
	}
}
