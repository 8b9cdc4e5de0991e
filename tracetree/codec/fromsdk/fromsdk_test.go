package fromsdk_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/codec/fromsdk"
)

// record returns what do records, in the order in which it ends.
func record(t *testing.T, do func(trace.Tracer)) []tracetree.Span {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(recorder),
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))),
	)
	t.Cleanup(func() {
		if err := tp.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	do(
		tp.Tracer(
			"scope",
			trace.WithInstrumentationVersion("1.2"),
			trace.WithInstrumentationAttributes(attribute.Bool("a", true)),
		),
	)
	return fromsdk.Spans(recorder.Ended())
}

func TestSpansKeepsWhatASpanHas(t *testing.T) {
	start := time.Unix(100, 5)
	linked := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	spans := record(t, func(tracer trace.Tracer) {
		_, s := tracer.Start(t.Context(), "order", trace.WithTimestamp(start), trace.WithSpanKind(trace.SpanKindServer),
			trace.WithLinks(trace.Link{SpanContext: linked, Attributes: []attribute.KeyValue{attribute.Int("n", 1)}}))
		s.AddEvent("paid", trace.WithTimestamp(start.Add(1)), trace.WithAttributes(attribute.String("by", "card")))
		s.SetStatus(codes.Error, "out of stock")
		s.End(trace.WithTimestamp(start.Add(time.Millisecond)))
	})
	want := tracetree.Span{
		TraceID: spans[0].TraceID, SpanID: spans[0].SpanID, // chosen by the SDK
		Name: "order", Start: 100_000_000_005, End: 100_001_000_005, Kind: tracetree.KindServer, Flags: 1,
		Status: tracetree.StatusError, StatusMessage: "out of stock",
		Events: []tracetree.Event{{
			Name: "paid", Time: 100_000_000_006,
			Attributes: []tracetree.Attr{{Key: "by", Value: tracetree.String("card")}},
		}},
		Links: []tracetree.Link{{
			TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{2},
			Attributes: []tracetree.Attr{{Key: "n", Value: tracetree.Int(1)}},
		}},
	}
	got := spans[0]
	origin, service := got.Origin, got.Service()
	got.Origin = nil
	if diff := cmp.Diff(want, got, cmp.Comparer(sameValue)); diff != "" {
		t.Errorf("span (-want +got):\n%s", diff)
	}
	if service != "shop" || origin.ScopeName != "scope" || origin.ScopeVersion != "1.2" ||
		len(origin.ScopeAttributes) != 1 {
		t.Errorf("origin: %+v", origin)
	}
}

func sameValue(a, b tracetree.Value) bool { return a == b }

func TestSpansKeepsTypesOfAttributes(t *testing.T) {
	tests := []struct {
		reason string
		value  attribute.Value
		want   tracetree.Value
	}{
		{"a string", attribute.StringValue("x"), tracetree.String("x")},
		{"an integer", attribute.IntValue(-7), tracetree.Int(-7)},
		{"a float", attribute.Float64Value(0.5), tracetree.Float(0.5)},
		{"a bool", attribute.BoolValue(true), tracetree.Bool(true)},
		{"an array is JSON", attribute.StringSliceValue([]string{"a", `"`, "<"}), tracetree.JSON(`["a","\"","<"]`)},
		{"numbers keep their form", attribute.Int64SliceValue([]int64{1, 2}), tracetree.JSON(`[1,2]`)},
		{"bytes are base64", attribute.ByteSliceValue([]byte("hi?>")), tracetree.JSON(`"aGk/Pg=="`)},
		{
			"a map's keys are sorted",
			attribute.MapValue(attribute.Int("b", 1), attribute.Int("a", 2)),
			tracetree.JSON(`{"a":2,"b":1}`),
		},
		{"nothing", attribute.Value{}, tracetree.Value{}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans := record(t, func(tracer trace.Tracer) {
				_, s := tracer.Start(t.Context(), "a", trace.WithAttributes(attribute.KeyValue{Key: "k", Value: test.value}))
				s.End()
			})
			if got, _ := spans[0].Attr("k"); got != test.want {
				t.Errorf("got %v %q, want %v %q", got.Kind(), got.Text(), test.want.Kind(), test.want.Text())
			}
		})
	}
}

func TestSpansKnowsWhereAParentIs(t *testing.T) {
	remote := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Remote: true,
	})
	spans := record(t, func(tracer trace.Tracer) {
		ctx, entry := tracer.Start(trace.ContextWithRemoteSpanContext(t.Context(), remote), "entry")
		_, child := tracer.Start(ctx, "child")
		child.End()
		entry.End()
		_, root := tracer.Start(t.Context(), "root")
		root.RecordError(errors.New("no status"))
		root.End()
	})
	want := []tracetree.Remote{tracetree.RemoteNo, tracetree.RemoteYes, tracetree.RemoteUnknown}
	for i, s := range spans {
		if s.ParentRemote != want[i] {
			t.Errorf("%s: parent remote %v, want %v", s.Name, s.ParentRemote, want[i])
		}
		if s.Origin != spans[0].Origin {
			t.Errorf("%s: the origin is not shared", s.Name)
		}
	}
	if got := tracetree.SpanID(remote.SpanID()); spans[1].Parent != got {
		t.Errorf("parent %v, want %v", spans[1].Parent, got)
	}
}

func TestSpansKeepsKindsStatusesAndWhatIsRare(t *testing.T) {
	state, err := trace.ParseTraceState("a=b")
	if err != nil {
		t.Fatal(err)
	}
	stubs := tracetest.SpanStubs{
		{SpanKind: trace.SpanKindInternal, Status: sdktrace.Status{Code: codes.Ok}},
		{SpanKind: trace.SpanKindServer, SpanContext: trace.SpanContext{}.WithTraceState(state)},
		{SpanKind: trace.SpanKindClient, DroppedAttributes: 1, DroppedEvents: 2, DroppedLinks: 3},
		{SpanKind: trace.SpanKindProducer, EndTime: time.Unix(1, 0)},
		{SpanKind: trace.SpanKindConsumer},
		{},
	}
	want := []tracetree.Span{
		{Kind: tracetree.KindInternal, Status: tracetree.StatusOK, Unended: true},
		{Kind: tracetree.KindServer, Unended: true, Rare: &tracetree.Rare{TraceState: "a=b"}},
		{
			Kind:    tracetree.KindClient,
			Unended: true,
			Rare:    &tracetree.Rare{DroppedAttributes: 1, DroppedEvents: 2, DroppedLinks: 3},
		},
		{Kind: tracetree.KindProducer, End: 1_000_000_000},
		{Kind: tracetree.KindConsumer, Unended: true},
		{Unended: true},
	}
	got := fromsdk.Spans(stubs.Snapshots())
	for i := range got {
		got[i].Origin = nil // empty
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNumbersInArraysKeepTheirTypesThroughOTLP(t *testing.T) {
	values := []attribute.KeyValue{
		attribute.Float64Slice("floats", []float64{1, 2.5, math.Inf(1)}),
		attribute.Int64Slice("ints", []int64{1, 2}),
		attribute.Slice("mixed", attribute.Float64Value(1), attribute.Int64Value(1), attribute.StringValue("1")),
		attribute.Map("map", attribute.Float64("f", 3), attribute.ByteSlice("bytes", []byte("hi"))),
	}
	spans := record(t, func(tracer trace.Tracer) {
		_, s := tracer.Start(t.Context(), "order", trace.WithAttributes(values...))
		s.End()
	})
	var text strings.Builder
	if err := codec.WriteOTLPJSON(&text, spans); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"doubleValue":1},{"doubleValue":2.5},{"doubleValue":"Infinity"}`, `{"intValue":"1"},{"intValue":"2"}`,
		`{"doubleValue":1},{"intValue":"1"},{"stringValue":"1"}`, `{"doubleValue":3}`, `{"bytesValue":"aGk="}`,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%s is not in %s", want, text.String())
		}
	}
}
