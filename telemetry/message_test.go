package telemetry_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/telemetry"
)

// fields is a propagator that injects what it holds.
type fields map[string]string

func (f fields) Inject(_ context.Context, carrier propagation.TextMapCarrier) {
	for _, name := range f.Fields() {
		carrier.Set(name, f[name])
	}
}

func (fields) Extract(ctx context.Context, _ propagation.TextMapCarrier) context.Context { return ctx }

func (f fields) Fields() []string { return slices.Sorted(maps.Keys(f)) }

func text(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
}

// attributes returns n attributes of an application.
func attributes(n int) map[string]types.MessageAttributeValue {
	attrs := map[string]types.MessageAttributeValue{}
	for i := range n {
		attrs[fmt.Sprintf("user%d", i)] = text("x")
	}
	return attrs
}

var sameValues = cmpopts.IgnoreUnexported(types.MessageAttributeValue{})

func TestContextTakesTheRoomInOrderOfItsWorth(t *testing.T) {
	w3c := fields{"baggage": "b", "traceparent": "p", "tracestate": "s"}
	tests := []struct {
		name     string
		fields   fields
		user     int
		injected []string
		dropped  []string
		reason   string
	}{
		{
			"no room", w3c, 10, nil,
			[]string{"traceparent", "tracestate", "baggage"},
			"the application's own are never dropped",
		},
		{"room for one", w3c, 9, []string{"traceparent"}, []string{"tracestate", "baggage"}, "the trace's identity first"},
		{"room for two", w3c, 8, []string{"traceparent", "tracestate"}, []string{"baggage"}, ""},
		{"room for all", w3c, 7, []string{"traceparent", "tracestate", "baggage"}, nil, ""},
		{
			"no tracestate",
			fields{"baggage": "b", "traceparent": "p"},
			9,
			[]string{"traceparent"},
			[]string{"baggage"},
			"a field that isn't there takes no room",
		},
		{
			"unknown fields",
			fields{"x-b": "1", "x-a": "1", "baggage": "b"},
			8,
			[]string{"baggage", "x-a"},
			[]string{"x-b"},
			"after the known ones, by name: the same at every call",
		},
		{
			"too many already", w3c, 11, nil,
			[]string{"traceparent", "tracestate", "baggage"},
			"SQS refuses that with an error",
		},
		{"nothing to inject", fields{}, 3, nil, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := attributes(test.user)
			for _, name := range test.injected {
				want[name] = text(test.fields[name])
			}
			got, dropped := telemetry.InjectMessage(t.Context(), test.fields, "", attributes(test.user))
			if diff := cmp.Diff(want, got, sameValues); diff != "" {
				t.Errorf("attributes (-want +got), %s:\n%s", test.reason, diff)
			}
			if diff := cmp.Diff(test.dropped, dropped); diff != "" {
				t.Errorf("dropped (-want +got), %s:\n%s", test.reason, diff)
			}
		})
	}
}

// A message that is passed on has the attributes that it came with.
func TestOldContextIsOverwrittenWithoutNewRoom(t *testing.T) {
	old := attributes(9)
	old["traceparent"] = text("old")
	got, dropped := telemetry.InjectMessage(t.Context(), fields{"traceparent": "new", "baggage": "b"}, "", old)
	if value := aws.ToString(got["traceparent"].StringValue); value != "new" || len(got) != 10 {
		t.Errorf("traceparent is %q among %d attributes, want new among 10", value, len(got))
	}
	if !slices.Equal(dropped, []string{"baggage"}) {
		t.Errorf("dropped %q", dropped)
	}
	if value := aws.ToString(old["traceparent"].StringValue); value != "old" {
		t.Errorf("the caller's map now has %q", value)
	}
}

// A message that SQS accepts untraced is accepted traced.
func TestContextGivesWayToALargeMessage(t *testing.T) {
	attrs := map[string]types.MessageAttributeValue{
		"note": text("x"), "bytes": {DataType: aws.String("Binary"), BinaryValue: []byte("1234")},
	}
	const (
		own         = len("note"+"String"+"x") + len("bytes"+"Binary"+"1234")
		traceparent = len("traceparent" + "String" + "p")
		tracestate  = len("tracestate" + "String" + "s")
		room        = telemetry.MaxMessageSize - own
	)
	for _, test := range []struct {
		body    int
		dropped []string
		reason  string
	}{
		{room - traceparent - tracestate, nil, "to the byte"},
		{room - traceparent - tracestate + 1, []string{"tracestate"}, "one byte too many for both"},
		{
			room - traceparent + 1,
			[]string{"traceparent", "tracestate"},
			"the trace's identity doesn't fit, and a tracestate means nothing without it",
		},
		{room - tracestate, []string{"traceparent", "tracestate"}, "the same, though it would fit"},
		{room, []string{"traceparent", "tracestate"}, "no room at all"},
		{room + 1, []string{"traceparent", "tracestate"}, "SQS refuses the message anyway"},
	} {
		got, dropped := telemetry.InjectMessage(
			t.Context(), fields{"traceparent": "p", "tracestate": "s"}, strings.Repeat("x", test.body), attrs,
		)
		if diff := cmp.Diff(test.dropped, dropped); diff != "" {
			t.Errorf("%s: dropped (-want +got):\n%s", test.reason, diff)
		}
		if len(got) != len(attrs)+2-len(dropped) {
			t.Errorf("%s: %d attributes", test.reason, len(got))
		}
	}
	// A context that a message brought along is replaced by one of its size, whatever the size.
	old := map[string]types.MessageAttributeValue{"traceparent": text("o")}
	got, dropped := telemetry.InjectMessage(
		t.Context(), fields{"traceparent": "n"}, strings.Repeat("x", telemetry.MaxMessageSize), old,
	)
	if aws.ToString(got["traceparent"].StringValue) != "n" || dropped != nil {
		t.Errorf("got %v, dropped %v", got, dropped)
	}
}

func TestInjectionKeepsItsLaws(t *testing.T) {
	names := []string{"traceparent", "tracestate", "baggage", "x-a", "x-b"}
	law.Check(t, func(t *rapid.T) {
		user := attributes(rapid.IntRange(0, telemetry.MaxMessageAttributes).Draw(t, "user"))
		if len(user) > 0 && rapid.Bool().Draw(t, "passed on") {
			delete(user, "user0")
			user["traceparent"] = text("old")
		}
		before := maps.Clone(user)
		all := fields{}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, "fields") {
			all[name] = "new"
		}

		got, dropped := telemetry.InjectMessage(context.Background(), all, "", user)

		if len(got) > telemetry.MaxMessageAttributes {
			t.Fatalf("%d attributes, SQS takes %d", len(got), telemetry.MaxMessageAttributes)
		}
		var placed []string
		for name := range all {
			if aws.ToString(got[name].StringValue) == "new" {
				placed = append(placed, name)
			}
		}
		slices.Sort(placed)
		if diff := cmp.Diff(all.Fields(), slices.Sorted(slices.Values(append(placed, dropped...))),
			cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("injected and dropped together are not all fields (-want +got):\n%s", diff)
		}
		for name, value := range before {
			if _, replaced := all[name]; !replaced && !cmp.Equal(value, got[name], sameValues) {
				t.Fatalf("the application's own %s is gone", name)
			}
		}
		if diff := cmp.Diff(before, user, sameValues); diff != "" {
			t.Fatalf("the caller's map has changed (-before +after):\n%s", diff)
		}
	})
}

func TestContextSurvivesAMessage(t *testing.T) {
	propagator := telemetry.Propagator()
	sent := propagator.Extract(t.Context(), propagation.MapCarrier{
		"traceparent": callerParent, "tracestate": "a=1,b=2", "baggage": "tenant_id=acme%20inc",
	})
	attrs, dropped := telemetry.InjectMessage(sent, propagator, "", nil)
	if dropped != nil {
		t.Errorf("dropped %q", dropped)
	}
	got := telemetry.ExtractMessage(t.Context(), propagator, attrs)
	if want := trace.SpanContextFromContext(sent); !trace.SpanContextFromContext(got).Equal(want) {
		t.Errorf("span context is %v, want %v", trace.SpanContextFromContext(got), want)
	}
	if tenant := baggage.FromContext(got).Member("tenant_id").Value(); tenant != "acme inc" {
		t.Errorf("tenant_id is %q", tenant)
	}
}

func TestMessageWithoutContextLeavesTheContextAsItIs(t *testing.T) {
	tests := []struct {
		name   string
		attrs  map[string]types.MessageAttributeValue
		reason string
	}{
		{"none", nil, "attributes were not requested"},
		{"others", attributes(3), ""},
		{
			"binary",
			map[string]types.MessageAttributeValue{"traceparent": {
				DataType:    aws.String("Binary"),
				BinaryValue: []byte(callerParent),
			}},
			"the context is text",
		},
		{"broken", map[string]types.MessageAttributeValue{"traceparent": text("what?")}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx := telemetry.ExtractMessage(t.Context(), telemetry.Propagator(), test.attrs)
			if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
				t.Errorf("span context is %v: %s", sc, test.reason)
			}
		})
	}
}
