package telemetry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/telemetry"
	"tracelab/tracetree"
	checks "tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
)

func TestValuesAreMaskedInTheirForm(t *testing.T) {
	const mask = "[redacted]"
	text := attribute.StringValue
	for _, tt := range []struct {
		reason string
		key    attribute.Key
		value  attribute.Value
		want   attribute.Value
	}{
		{"a text", "to", text("to " + address), text("to " + mask)},
		{"a secret's name", "db.password", text("x"), text(mask)},
		{"a secret's name, masked", "db.password", text("***"), text("***")},
		{"a secret's name, empty", "db.password", text(""), text("")},
		{"a number of a secret's name", "pin.password", attribute.Int64Value(1234), text(mask)},
		{"a float of a secret's name", "auth.token", attribute.Float64Value(0.5), text(mask)},
		{"a bool reports whether there is one", "has_password", attribute.BoolValue(true), attribute.BoolValue(true)},
		{"a card as a number", "number", attribute.Int64Value(4111111111111111), text(mask)},
		{"an ordinary number", "number", attribute.Int64Value(4111111111111112), attribute.Int64Value(4111111111111112)},
		{
			"a list", "args", attribute.StringSliceValue([]string{"to", address}),
			attribute.StringSliceValue([]string{"to", mask}),
		},
		{
			"a header's list", "http.request.header.cookie", attribute.StringSliceValue([]string{"a", ""}),
			attribute.StringSliceValue([]string{mask, ""}),
		},
		{
			"a command line", "process.command_args", attribute.StringSliceValue([]string{"app", "--password", "x", "-v"}),
			attribute.StringSliceValue([]string{"app", "--password", mask, "-v"}),
		},
		{
			"a command line of values", "process.command_args",
			attribute.SliceValue(text("--token"), text("x"), attribute.IntValue(1)),
			attribute.SliceValue(text("--token"), text(mask), attribute.IntValue(1)),
		},
		{
			"bytes are not an option of a command line", "process.command_args",
			attribute.SliceValue(attribute.ByteSliceValue([]byte("--token")), text("x")),
			attribute.SliceValue(attribute.ByteSliceValue([]byte("--token")), text("x")),
		},
		{
			"a list of numbers", "numbers", attribute.Int64SliceValue([]int64{1, 4111111111111111}),
			attribute.SliceValue(attribute.Int64Value(1), text(mask)),
		},
		{"ordinary numbers", "numbers", attribute.Int64SliceValue([]int64{1, 2}), attribute.Int64SliceValue([]int64{1, 2})},
		{"no numbers of a secret's name", "token", attribute.Int64SliceValue(nil), attribute.Int64SliceValue(nil)},
		{"bytes of a secret's name", "token", attribute.ByteSliceValue([]byte("x")), text(mask)},
		{"bools of a secret's name", "token", attribute.BoolSliceValue([]bool{true}), attribute.BoolSliceValue([]bool{true})},
		{
			"a list of values", "args", attribute.SliceValue(text(address), attribute.IntValue(1)),
			attribute.SliceValue(text(mask), attribute.IntValue(1)),
		},
		{
			"a map with a secret's name in it", "body",
			attribute.MapValue(attribute.String("password", "x"), attribute.String("name", "Ann")),
			attribute.MapValue(attribute.String("password", mask), attribute.String("name", "Ann")),
		},
		{
			"a map of a secret's name", "credentials",
			attribute.MapValue(attribute.String("a", "x"), attribute.Bool("b", true)),
			attribute.MapValue(attribute.String("a", mask), attribute.Bool("b", true)),
		},
		{
			"a map within a list", "args",
			attribute.SliceValue(attribute.MapValue(attribute.String("to", address))),
			attribute.SliceValue(attribute.MapValue(attribute.String("to", mask))),
		},
		{"nothing", "token", attribute.Value{}, attribute.Value{}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			s := snapshot(tracetest.SpanStub{Attributes: []attribute.KeyValue{{Key: tt.key, Value: tt.value}}})
			got := redacted(t, s)[0].Attributes()[0].Value
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b attribute.Value) bool { return a == b })); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
			if same := got == tt.value; same != (tt.want == tt.value) {
				t.Errorf("the value is the same: %v", same)
			}
		})
	}
}

// The check and the exporter have one definition: what one finds the other
// masks, and nothing else.
func TestTheCheckFindsWhatTheExporterMasks(t *testing.T) {
	keys := []string{
		"note", "db.password", "page_token", "http.request.header.authorization", "has_token", "order.id",
		"mail " + address,
	}
	texts := []string{
		"", "x", "plain words", address, "password=hunter2", "****", "[redacted]", "null", "4111111111111111",
		"123e4567-e89b-12d3-a456-426614174000",
		"https://shop/?sig=aGk", "Bearer abc123def456", "true",
	}
	text := rapid.SampledFrom(texts)
	value := rapid.Custom(func(t *rapid.T) attribute.Value {
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			return attribute.Int64Value(rapid.SampledFrom([]int64{0, 7, 4111111111111111, 4111111111111112, -1}).Draw(t, "int"))
		case 1:
			return attribute.Float64Value(0.5)
		case 2:
			return attribute.BoolValue(true)
		case 3:
			return attribute.StringSliceValue(rapid.SliceOfN(text, 0, 3).Draw(t, "list"))
		default:
			return attribute.StringValue(text.Draw(t, "text"))
		}
	})
	count := func(spans []sdktrace.ReadOnlySpan) int {
		return findings("sensitive-attribute", fromsdk.Spans(spans))
	}
	law.Check(t, func(t *rapid.T) {
		s := tracetest.SpanStub{Name: text.Draw(t, "name"), Status: sdktrace.Status{Description: text.Draw(t, "status")}}
		for range rapid.IntRange(0, 3).Draw(t, "attributes") {
			s.Attributes = append(
				s.Attributes,
				attribute.KeyValue{Key: attribute.Key(rapid.SampledFrom(keys).Draw(t, "key")), Value: value.Draw(t, "value")},
			)
		}
		before := []sdktrace.ReadOnlySpan{snapshot(s)}
		next := &exporter{}
		if err := telemetry.Redacting(next).ExportSpans(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		after := next.batches[0]
		if found, changed := count(before) > 0, after[0] != before[0]; found != changed {
			t.Errorf("found: %v, masked: %v, in %v", found, changed, s)
		}
		if n := count(after); n > 0 {
			t.Errorf("%d findings are left in %v", n, after[0].Attributes())
		}
	})
}

// findings returns how many findings a check has in the spans.
func findings(id string, spans []tracetree.Span) int {
	for i := range spans {
		spans[i].TraceID, spans[i].SpanID = tracetree.TraceID{1}, tracetree.SpanID{byte(i + 1)}
	}
	for _, c := range checks.All() {
		if c.ID == id {
			return len(checks.Run([]checks.Check{c}, checks.Input{Forest: tracetree.Build(spans)}, checks.Config{}).Findings)
		}
	}
	return -1
}
