package telemetry_test

import (
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
)

func TestHTTPEdgeReadsWhatStrangersSend(t *testing.T) {
	const otherParent = "00-" + callerTrace + "-b7ad6b7169203331-01"
	tests := []struct {
		name    string
		headers []string // "name: value"
		parent  string   // the caller's span id, "" for none
		state   string
		baggage string
		reason  string
	}{
		{"nothing", nil, "", "", "", ""},
		{"one of each", []string{"traceparent: " + callerParent, "tracestate: a=1", "baggage: k=v"}, callerSpan, "a=1", "k=v", ""},
		{"two traceparents", []string{"traceparent: " + callerParent, "traceparent: " + otherParent}, "", "", "", "nobody knows which is meant"},
		{"the same one twice", []string{"traceparent: " + callerParent, "traceparent: " + callerParent}, "", "", "", "still two"},
		{"two traceparents and baggage", []string{"traceparent: " + callerParent, "traceparent: " + otherParent, "tracestate: a=1", "baggage: k=v"}, "", "", "k=v", "baggage is a specification of its own"},
		{"two tracestates", []string{"traceparent: " + callerParent, "tracestate: a=1", "tracestate: b=2,c=3"}, callerSpan, "a=1,b=2,c=3", "", "one list, in order"},
		{"repeated tracestate key", []string{"traceparent: " + callerParent, "tracestate: a=1", "tracestate: a=2"}, callerSpan, "", "", "the joined list is invalid, the trace goes on without it"},
		{"two baggages", []string{"baggage: k=v", "baggage: l=w"}, "", "", "k=v,l=w", "one list"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header := http.Header{}
			for _, line := range test.headers {
				name, value, _ := strings.Cut(line, ": ")
				header.Add(name, value)
			}
			ctx := telemetry.HTTPEdge(telemetry.Propagator()).Extract(t.Context(), propagation.HeaderCarrier(header))
			sc := trace.SpanContextFromContext(ctx)
			parent := ""
			if sc.IsValid() {
				parent = sc.SpanID().String()
			}
			if parent != test.parent || sc.TraceState().String() != test.state {
				t.Errorf("parent %q with state %q, want %q with %q: %s", parent, sc.TraceState(), test.parent, test.state, test.reason)
			}
			want, err := baggage.Parse(test.baggage)
			if err != nil {
				t.Fatal(err)
			}
			got := baggage.FromContext(ctx)
			for _, member := range want.Members() {
				if got.Member(member.Key()).Value() != member.Value() {
					t.Errorf("baggage is %q, want %q: %s", got, want, test.reason)
				}
			}
			if got.Len() != want.Len() {
				t.Errorf("baggage is %q, want %q: %s", got, want, test.reason)
			}
		})
	}
}

func TestHTTPEdgeReadsACarrierOfSingleFieldsAsItIs(t *testing.T) {
	edge := telemetry.HTTPEdge(telemetry.Propagator())
	ctx := edge.Extract(t.Context(), propagation.MapCarrier{"traceparent": callerParent})
	if got := trace.SpanContextFromContext(ctx).SpanID().String(); got != callerSpan {
		t.Errorf("parent is %s", got)
	}
}

func TestHTTPEdgeInjectsAsNextDoes(t *testing.T) {
	out := propagation.MapCarrier{}
	telemetry.HTTPEdge(telemetry.Propagator()).Inject(callerContext(t), out)
	if out["traceparent"] != callerParent || len(out) != 1 {
		t.Errorf("injected %v", out)
	}
}
