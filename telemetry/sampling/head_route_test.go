package sampling_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
)

func byRoute(t testing.TB, otherwise float64, routes map[string]float64) sdktrace.Sampler {
	t.Helper()
	sampler, err := sampling.SampleByRoute(otherwise, routes)
	if err != nil {
		t.Fatal(err)
	}
	return sampler
}

func routed(method, path string) []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("http.request.method", method), attribute.String("http.route", path)}
}

// traceID has a randomness of this share of all.
func traceID(share float64) (id trace.TraceID) {
	id[0] = 1
	binary.BigEndian.PutUint64(id[8:], uint64(share*(1<<56)))
	return id
}

func stateOf(t testing.TB, text string) trace.TraceState {
	t.Helper()
	state, err := trace.ParseTraceState(text)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestRouteSaysHowLikelyItsTracesAreSampled(t *testing.T) {
	sampler := byRoute(t, 0.5, map[string]float64{"GET /tasks": 0.25, "POST /tasks": 1, "GET /quiet": 0})
	// of the randomness of the trace ids, those from these on are sampled
	tests := []struct {
		name   string
		attrs  []attribute.KeyValue
		from   float64
		state  string
		reason string
	}{
		{"GET /tasks", routed("GET", "/tasks"), 0.75, "ot=th:c", "its share is a quarter"},
		{"POST /tasks", routed("POST", "/tasks"), 0, "ot=th:0", "all of them, and that is said too"},
		{"PUT /tasks", routed("PUT", "/tasks"), 0.5, "ot=th:8", "the path alone is no route"},
		{"job", nil, 0.5, "ot=th:8", "no request at all"},
		{"GET /quiet", routed("GET", "/quiet"), 1, "", "never"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for i := range 16 {
				share := float64(i) / 16
				got := sampler.ShouldSample(sdktrace.SamplingParameters{
					ParentContext: t.Context(), TraceID: traceID(share), Name: test.name, Attributes: test.attrs,
				})
				want := sdktrace.SamplingResult{Decision: sdktrace.Drop}
				if share >= test.from {
					want.Decision = sdktrace.RecordAndSample
					want.Tracestate = stateOf(t, test.state)
					want.Attributes = []attribute.KeyValue{sampling.RatioKey.Float64(1 - test.from)}
				}
				if got.Decision != want.Decision || got.Tracestate.String() != want.Tracestate.String() ||
					!cmp.Equal(textOf(got.Attributes), textOf(want.Attributes)) {
					t.Errorf("randomness %v: got %v, want %v: %s", share, got, want, test.reason)
				}
			}
		})
	}
}

// Two services that have never heard of each other decide alike, as they look at
// nothing but the trace id: the one with the smaller share keeps nothing that the
// other one drops.
func TestServicesDecideAlikeByTheTraceIDAlone(t *testing.T) {
	few, many := byRoute(t, 0.1, nil), byRoute(t, 0.3, map[string]float64{"GET /other": 0})
	ids, kept := telemetryIDs(5000), map[string]int{}
	for _, id := range ids {
		parameters := sdktrace.SamplingParameters{ParentContext: t.Context(), TraceID: id}
		a, b := few.ShouldSample(parameters).Decision, many.ShouldSample(parameters).Decision
		if a == sdktrace.RecordAndSample && b != a {
			t.Fatalf("%s is sampled at 10 %% and not at 30 %%", id)
		}
		if a == sdktrace.RecordAndSample {
			kept["few"]++
		}
		if b == sdktrace.RecordAndSample {
			kept["many"]++
		}
	}
	// The ids are always the same, so these numbers are.
	if kept["few"] < 430 || kept["few"] > 570 || kept["many"] < 1400 || kept["many"] > 1600 {
		t.Errorf("of 5000 %v are sampled, want about 500 and 1500", kept)
	}
}

// telemetryIDs returns ids that look random and are not.
func telemetryIDs(n int) []trace.TraceID {
	ids := make([]trace.TraceID, n)
	for i := range ids {
		x := uint64(i+1) * 0x9e3779b97f4a7c15
		x = (x ^ x>>31) * 0xbf58476d1ce4e5b9
		binary.BigEndian.PutUint64(ids[i][8:], x^x>>29)
		ids[i][0] = 1
	}
	return ids
}

func TestChildrenFollowTheirParentAndItsTracestate(t *testing.T) {
	sampler := byRoute(t, 0, nil)
	tests := []struct {
		name     string
		flags    trace.TraceFlags
		remote   bool
		id       trace.TraceID
		state    string
		decision sdktrace.SamplingDecision
		want     string
		reason   string
	}{
		{
			"local, sampled", trace.FlagsSampled, false, traceID(0.9), "ot=th:8", sdktrace.RecordAndSample, "ot=th:8",
			"the parent was asked already",
		},
		{
			"remote, sampled", trace.FlagsSampled, true, traceID(0.9), "v=1,ot=th:8;p:1", sdktrace.RecordAndSample,
			"v=1,ot=th:8;p:1", "its ratio is that of the whole trace",
		},
		{"remote, unsampled", 0, true, traceID(0.9), "v=1", sdktrace.Drop, "v=1", "the caller has dropped it"},
		{
			"remote, without a ratio", trace.FlagsSampled, true, traceID(0.1), "v=1", sdktrace.RecordAndSample, "v=1",
			"how likely it was is not known",
		},
		{
			"remote, a wrong ratio", trace.FlagsSampled, true, traceID(0.1), "v=1,ot=th:8;p:1", sdktrace.RecordAndSample,
			"ot=p:1,v=1", "this threshold would have rejected it",
		},
		{
			"remote, its own randomness", trace.FlagsSampled, true, traceID(0.1), "ot=th:8;rv:90000000000000",
			sdktrace.RecordAndSample, "ot=th:8;rv:90000000000000", "the randomness of the tracestate counts",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parent := trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: test.id, SpanID: trace.SpanID{1}, TraceFlags: test.flags, Remote: test.remote,
				TraceState: stateOf(t, test.state),
			})
			got := sampler.ShouldSample(sdktrace.SamplingParameters{
				ParentContext: trace.ContextWithSpanContext(t.Context(), parent), TraceID: test.id,
			})
			if got.Decision != test.decision || got.Tracestate.String() != test.want || len(got.Attributes) > 0 {
				t.Errorf("got %v with %q and %v, want %v with %q: %s",
					got.Decision, got.Tracestate, got.Attributes, test.decision, test.want, test.reason)
			}
		})
	}
}

func TestSampleByRouteRefusesWhatIsNoShareOrRoute(t *testing.T) {
	tests := []struct {
		otherwise float64
		routes    map[string]float64
		want      string
	}{
		{1.5, nil, "the share is 1.5"},
		{-0.1, nil, "the share is -0.1"},
		{1, map[string]float64{"GET /tasks": 5}, "GET /tasks: the share is 5"},
		{1, map[string]float64{"/tasks": 1}, `"/tasks" is no route`},
		{1, map[string]float64{"GET ": 1}, `"GET " is no route`},
	}
	for _, test := range tests {
		if _, err := sampling.SampleByRoute(test.otherwise, test.routes); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("error is %v, want %s in it", err, test.want)
		}
	}
}

func TestSamplerDescribesItself(t *testing.T) {
	got := byRoute(t, 0.1, map[string]float64{"POST /tasks": 1, "GET /tasks": 0.05}).Description()
	if want := "ByRoute{0.1,GET /tasks:0.05,POST /tasks:1}"; !strings.Contains(got, want) {
		t.Errorf("description is %s, want %s in it", got, want)
	}
}

// The context that went over a hop is enough to scale up by, in the next process too.
func TestRatioIsOnTheRootAndInTheTracestate(t *testing.T) {
	service, recorder := recorded(t, telemetry.Config{Sampler: byRoute(t, 1, nil)})
	ctx, root := service.Tracer().Start(t.Context(), "GET /")
	out := propagation.MapCarrier{}
	service.Propagator.Inject(ctx, out)
	_, child := service.Tracer().Start(ctx, "child")
	child.End()
	root.End()
	if out["tracestate"] != "ot=th:0" {
		t.Errorf("tracestate is %q, want ot=th:0", out["tracestate"])
	}
	for _, span := range recorder.Ended() {
		want := ""
		if span.Name() == "GET /" {
			want = "1"
		}
		if got := textOf(span.Attributes())[string(sampling.RatioKey)]; got != want {
			t.Errorf("%s has the ratio %q, want %q", span.Name(), got, want)
		}
	}
}

// Without a sampler of ours spans have none of this.
func TestLinkedRootsHaveTheRatioOfTheTraceThatTheyFollow(t *testing.T) {
	sampled := func(share float64, state string) trace.Link {
		return trace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: traceID(share), SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled, TraceState: stateOf(t, state),
		})}
	}
	unsampled := trace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID(0.1),
		SpanID:  trace.SpanID{1},
	})}
	tests := []struct {
		name         string
		links        []trace.Link
		state, ratio string
		reason       string
	}{
		{
			"one",
			[]trace.Link{sampled(0.75, "ot=th:8,v=1")},
			"ot=rv:c0000000000000;th:8", "0.5",
			"its randomness too, so that rv stays above th",
		},
		{
			"one with an explicit randomness",
			[]trace.Link{sampled(0, "ot=th:8;rv:90000000000000")},
			"ot=rv:90000000000000;th:8", "0.5", "",
		},
		{"one without a ratio", []trace.Link{sampled(0.75, "v=1")}, "", "", "it is unknown how likely it was"},
		{"one with a wrong ratio", []trace.Link{sampled(0.25, "ot=th:8")}, "", "", "this threshold would have rejected it"},
		{"several", []trace.Link{sampled(0.75, "ot=th:8"), unsampled}, "", "", "any of them could have been the reason"},
		{
			"several, one of them always",
			[]trace.Link{sampled(0.75, "ot=th:8"), unsampled, sampled(0.5, "ot=th:0")},
			"ot=th:0", "1", "this one was reason enough",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := sampling.FollowLinks(sdktrace.NeverSample()).ShouldSample(sdktrace.SamplingParameters{
				ParentContext: t.Context(), TraceID: traceID(0.01), Links: test.links,
			})
			if got.Decision != sdktrace.RecordAndSample {
				t.Fatalf("decision is %v", got.Decision)
			}
			if ratio := textOf(got.Attributes)[string(sampling.RatioKey)]; got.Tracestate.String() != test.state ||
				ratio != test.ratio {
				t.Errorf("got %q and the ratio %q, want %q and %q: %s", got.Tracestate, ratio, test.state, test.ratio, test.reason)
			}
		})
	}
}
