package cli

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/codec/mask"
)

var (
	someText = rapid.SampledFrom([]string{
		"", "x", "plain words", "to ann@example.com", "password=hunter2", "****", "[redacted]", "null", "4111111111111111",
		"<a&b>\n\"\u2028\x00",
		"https://shop/?sig=aGk", "Bearer abc123def456", "true", "\xff", "--password", "-u", "bob:hunter2", "--pin", "1234",
	})
	someKey = rapid.SampledFrom([]string{
		"note", "db.password", "page_token", "http.request.header.cookie", "has_token", "order.id", "mail ann@example.com",
		"service.name",
	})
)

func someValue(depth int) *rapid.Generator[attribute.Value] {
	return rapid.Custom(func(t *rapid.T) attribute.Value {
		number := rapid.SampledFrom([]int64{0, 7, -1, 4111111111111111, 4111111111111112, 1<<63 - 1})
		float := rapid.SampledFrom([]float64{0.5, 1e300, 4111111111111111, 7})
		kinds := 9
		if depth > 0 {
			kinds = 11
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return attribute.Int64Value(number.Draw(t, "int"))
		case 1:
			return attribute.Float64Value(float.Draw(t, "float"))
		case 2:
			return attribute.BoolValue(rapid.Bool().Draw(t, "bool"))
		case 3:
			return attribute.StringSliceValue(rapid.SliceOfN(someText, 0, 3).Draw(t, "strings"))
		case 4:
			return attribute.Int64SliceValue(rapid.SliceOfN(number, 0, 3).Draw(t, "ints"))
		case 5:
			return attribute.Float64SliceValue(rapid.SliceOfN(float, 0, 3).Draw(t, "floats"))
		case 6:
			return attribute.ByteSliceValue([]byte(someText.Draw(t, "bytes")))
		case 7:
			return attribute.Value{}
		case 9:
			return attribute.SliceValue(rapid.SliceOfN(someValue(depth-1), 0, 3).Draw(t, "list")...)
		case 10:
			return attribute.MapValue(someAttributes(depth-1).Draw(t, "map")...)
		default:
			return attribute.StringValue(someText.Draw(t, "text"))
		}
	})
}

// someAttributes have no key twice, as OpenTelemetry demands.
func someAttributes(depth int) *rapid.Generator[[]attribute.KeyValue] {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) attribute.KeyValue {
		return attribute.KeyValue{Key: attribute.Key(someKey.Draw(t, "key")), Value: someValue(depth).Draw(t, "value")}
	}), 0, 3, func(a attribute.KeyValue) attribute.Key { return a.Key })
}

func someSpan(t *rapid.T) tracetest.SpanStub {
	state, err := trace.ParseTraceState(
		rapid.SampledFrom([]string{"", "a=1", "a=1,user=ann@example.com,b=2", "secret=x1"}).Draw(t, "tracestate"),
	)
	if err != nil {
		t.Fatal(err)
	}
	attrs := func(name string) []attribute.KeyValue { return someAttributes(2).Draw(t, name) }
	text := func(name string) string { return someText.Draw(t, name) }
	context := trace.NewSpanContext(
		trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceState: state},
	)
	return tracetest.SpanStub{
		Name: text("name"), SpanContext: context, Attributes: attrs("attributes"),
		Status:   sdktrace.Status{Description: text("status")},
		Events:   []sdktrace.Event{{Name: text("event"), Attributes: attrs("event's")}},
		Links:    []sdktrace.Link{{SpanContext: context, Attributes: attrs("link's")}},
		Resource: resource.NewWithAttributes(text("schema"), attrs("resource's")...),
		InstrumentationScope: instrumentation.Scope{
			Name: text("scope"), Version: text("version"), Attributes: attribute.NewSet(attrs("scope's")...),
		},
	}
}

// Masking before the conversion, as exporters do, and after it, as commands do, is the same.
func TestMaskedSpansAreTheSameHoweverTheyAreMasked(t *testing.T) {
	// A set of attributes is ordered by its keys, and masking may change them.
	byKey := cmp.Transformer("sorted", func(attrs []tracetree.Attr) []string {
		texts := make([]string, len(attrs))
		for i, a := range attrs {
			texts[i] = a.Key + "=" + a.Value.Kind().String() + a.Value.Text()
		}
		slices.Sort(texts)
		return texts
	})
	law.Check(t, func(t *rapid.T) {
		spans := []sdktrace.ReadOnlySpan{someSpan(t).Snapshot()}
		next := &converter{}
		if err := telemetry.Redacting(next).ExportSpans(t.Context(), spans); err != nil {
			t.Fatal(err)
		}
		after := fromsdk.Spans(spans)
		mask.Spans(after)
		if diff := cmp.Diff(next.spans, after, byKey); diff != "" {
			t.Errorf("masked before and after the conversion (-before +after):\n%s", diff)
		}
		if n := mask.Spans(after); n > 0 {
			t.Errorf("masking again changes %d parts", n)
		}
	})
}

type converter struct{ spans []tracetree.Span }

func (c *converter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	c.spans = fromsdk.Spans(spans)
	return nil
}

func (*converter) Shutdown(context.Context) error { return nil }

func TestKeysAndScopesAreShownMasked(t *testing.T) {
	const capture = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{
"scope":{"name":"lib of ann.one@example.com","version":"ann.two@example.com","attributes":[{"key":"ann.three@example.com","value":{"intValue":"1"}}]},
"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"GET /cart","kind":2,
"startTimeUnixNano":"1","endTimeUnixNano":"2","traceState":"a=1,u=ann.four@example.com","attributes":[
{"key":"ann.five@example.com","value":{"boolValue":true}},
{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"ann.six@example.com"},{"intValue":"4111111111111111"}]}}}]}]}]}]}`
	for _, args := range [][]string{
		{"view", "-", "--attributes", "--full"},
		{"view", "-", "--attributes", "--format", "text"},
		{"view", "-", "--format", "json"},
		{"view", "-", "--format", "otlp"},
		{"convert", "-"},
		{"convert", "-", "--to", "stdouttrace"},
		{"check", "-", "--format", "json"},
	} {
		var out strings.Builder
		Run(t.Context(), args, strings.NewReader(capture), &out, &out)
		if !strings.Contains(out.String(), "GET /cart") {
			t.Errorf("%v doesn't print the span: %s", args, out.String())
		}
		for _, secret := range []string{"@example.com", "4111111111111111"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%v prints %q:\n%s", args, secret, out.String())
			}
		}
	}
}
