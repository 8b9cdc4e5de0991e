package telemetry_test

import (
	"net/http"
	"slices"
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
		{
			"one of each",
			[]string{"traceparent: " + callerParent, "tracestate: a=1", "baggage: k=v"},
			callerSpan, "a=1",
			"k=v", "",
		},
		{
			"two traceparents",
			[]string{"traceparent: " + callerParent, "traceparent: " + otherParent},
			"", "", "",
			"either could be meant",
		},
		{
			"the same one twice",
			[]string{"traceparent: " + callerParent, "traceparent: " + callerParent},
			"", "", "",
			"still two",
		},
		{
			"two traceparents and baggage",
			[]string{"traceparent: " + callerParent, "traceparent: " + otherParent, "tracestate: a=1", "baggage: k=v"},
			"", "",
			"k=v", "baggage is a specification of its own",
		},
		{
			"two tracestates",
			[]string{"traceparent: " + callerParent, "tracestate: a=1", "tracestate: b=2,c=3"},
			callerSpan,
			"a=1,b=2,c=3", "", "one list, in order",
		},
		{
			"repeated tracestate key",
			[]string{"traceparent: " + callerParent, "tracestate: a=1", "tracestate: a=2"},
			callerSpan, "", "", "the joined list is invalid, the trace goes on without it",
		},
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
				t.Errorf(
					"parent %q with state %q, want %q with %q: %s", parent, sc.TraceState(), test.parent, test.state, test.reason,
				)
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

// W3C: "The behavior of other flags is not defined and is reserved for future use. … When parsing,
// ignore."
func TestReservedFlagsDontLoseTheTrace(t *testing.T) {
	const head = "00-" + callerTrace + "-" + callerSpan + "-"
	for _, test := range []struct {
		parent string
		want   string // flags of the span context, "" when the trace is lost
		reason string
	}{
		{head + "01", "01", "sampled"},
		{head + "03", "03", "sampled and random"},
		{head + "05", "01", "a reserved flag"},
		{head + "ff", "03", "all of them"},
		{head + "fc", "00", "all reserved ones"},
		{head + "0F", "", "upper case is invalid"},
		{head + "0g", "", "not hexadecimal"},
		{head + "05-x", "", "version 00 has four parts"},
		{"01-" + callerTrace + "-" + callerSpan + "-05", "01", "a later version may define more"},
		{"ff-" + callerTrace + "-" + callerSpan + "-05", "", "no version"},
	} {
		ctx := telemetry.Propagator().Extract(t.Context(),
			propagation.MapCarrier{"traceparent": test.parent, "tracestate": "a=1"})
		sc, got := trace.SpanContextFromContext(ctx), ""
		if sc.IsValid() {
			got = sc.TraceFlags().String()
		}
		if got != test.want || sc.IsValid() != (sc.TraceState().Get("a") == "1") {
			t.Errorf("%s: flags %q with the state %q, want %q: %s", test.parent, got, sc.TraceState(), test.want, test.reason)
		}
	}
}

func TestBaggageThatCannotBeReadIsNamedOnTheSpan(t *testing.T) {
	long := "a=1,b=" + strings.Repeat("x", 4000) + ",c=" + strings.Repeat("y", 5000)
	for _, test := range []struct {
		name    string
		headers []string
		want    string // keys of the baggage
		lost    bool
	}{
		{"readable", []string{"a=1,b=2;p=1"}, "a b", false},
		{"none", nil, "", false},
		{"an empty header", []string{"", "a=1"}, "a", false},
		{"9 kB", []string{long}, "a b", true},
		{
			"9 kB in two headers",
			[]string{long[:strings.LastIndexByte(long, ',')], "c=" + strings.Repeat("y", 5000)},
			"a b",
			true,
		},
		{"one member of 9 kB", []string{"a=" + strings.Repeat("x", 9000)}, "", true},
		{"a secret outside of ASCII", []string{"a=1,password=hunter2-ü"}, "a", true},
		{"no member at all", []string{"ü"}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			service, recorder := recorded(t, telemetry.Config{})
			header := propagation.HeaderCarrier(http.Header{"Baggage": test.headers})
			ctx := telemetry.HTTPEdge(service.Propagator).Extract(t.Context(), header)
			var keys []string
			for _, member := range baggage.FromContext(ctx).Members() {
				keys = append(keys, member.Key())
			}
			slices.Sort(keys)
			if got := strings.Join(keys, " "); got != test.want {
				t.Errorf("baggage has %q, want %q", got, test.want)
			}
			ctx, span := service.Tracer().Start(ctx, "request")
			_, child := service.Tracer().Start(ctx, "child")
			child.End()
			span.End()
			for _, span := range recorder.Ended() {
				dropped := textOf(span.Attributes())[string(telemetry.DroppedFieldsKey)]
				if want := test.lost && span.Name() == "request"; (dropped == `["baggage"]`) != want {
					t.Errorf("%s has the dropped fields %q", span.Name(), dropped)
				}
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
