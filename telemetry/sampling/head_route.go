package sampling

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// RatioKey is, on the root span of a trace, the share of the traces
// like it that is kept, from 0 to 1: one that was kept stands for 1/ratio that
// happened. The conventions have no name for it. All spans of the trace have the
// same in their tracestate, as OpenTelemetry's threshold: "ot=th:e6666666666666".
const RatioKey = attribute.Key("tracelab.sampling.ratio")

// SampleByRoute returns a sampler that samples a share of the traces that begin
// here, from 0 to 1. Which share depends on the route of the root span, such as
// "GET /tasks/:id": its http.request.method and its http.route. Other traces
// are sampled by the share otherwise.
//
// The trace id alone decides, so that every service with the same share decides
// alike, and a trace that is sampled by some share is sampled by every larger
// one. Spans with a parent follow it. The share is recorded: see
// [RatioKey].
func SampleByRoute(otherwise float64, routes map[string]float64) (sdktrace.Sampler, error) {
	if err := checkShare(otherwise); err != nil {
		return nil, fmt.Errorf("sample by route: %w", err)
	}
	for route, share := range routes {
		if err := checkShare(share); err != nil {
			return nil, fmt.Errorf("sample by route: %s: %w", route, err)
		}
		if method, path, found := strings.Cut(route, " "); !found || method == "" || path == "" {
			return nil, fmt.Errorf(`sample by route: %q is no route: it takes a method and a path, as "GET /tasks"`, route)
		}
	}
	return sampleByRoute(otherwise, routes), nil
}

func checkShare(share float64) error {
	if !(share >= 0 && share <= 1) {
		return fmt.Errorf("the share is %v: it takes a number from 0 to 1", share)
	}
	return nil
}

func sampleByRoute(otherwise float64, routes map[string]float64) sdktrace.Sampler {
	s := byRoute{otherwise: newRatio(otherwise), routes: map[route]ratio{}}
	shares := []string{fmt.Sprint(otherwise)}
	for _, name := range slices.Sorted(maps.Keys(routes)) {
		method, path, _ := strings.Cut(name, " ")
		s.routes[route{method, path}] = newRatio(routes[name])
		shares = append(shares, fmt.Sprintf("%s:%v", name, routes[name]))
	}
	s.description = "ByRoute{" + strings.Join(shares, ",") + "}"
	return sdktrace.ParentBased(s, sdktrace.WithRemoteParentSampled(sampledParent{}))
}

type route struct{ method, path string }

// ratio is a share, and what is the same for all root spans that it samples.
type ratio struct {
	threshold threshold
	state     trace.TraceState
	attrs     []attribute.KeyValue
}

func newRatio(share float64) ratio {
	t := thresholdOf(share)
	return ratio{
		t, setOT(trace.TraceState{}, otThreshold, t.String()),
		[]attribute.KeyValue{RatioKey.Float64(t.probability())},
	}
}

type byRoute struct {
	otherwise   ratio
	routes      map[route]ratio
	description string
}

func (s byRoute) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	state := trace.SpanContextFromContext(p.ParentContext).TraceState()
	r := s.ratio(p.Attributes)
	if randomnessOf(p.TraceID, state) < r.threshold {
		return sdktrace.SamplingResult{Decision: sdktrace.Drop, Tracestate: setOT(state, otThreshold, "")}
	}
	if state.Len() == 0 {
		state = r.state
	} else {
		state = setOT(state, otThreshold, r.threshold.String())
	}
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample, Tracestate: state, Attributes: r.attrs}
}

func (s byRoute) ratio(attrs []attribute.KeyValue) ratio {
	if len(s.routes) == 0 {
		return s.otherwise
	}
	var asked route
	for i := range attrs {
		switch attrs[i].Key {
		case semconv.HTTPRequestMethodKey:
			asked.method = attrs[i].Value.AsString()
		case semconv.HTTPRouteKey:
			asked.path = attrs[i].Value.AsString()
		}
	}
	if r, ok := s.routes[asked]; ok {
		return r
	}
	return s.otherwise
}

func (s byRoute) Description() string { return s.description }

// sampledParent samples the children of a remote span that was. A threshold
// that would have rejected the trace is a mistake of another sampler: it goes no
// further, as nothing can be scaled up by it.
type sampledParent struct{}

func (sampledParent) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	state := trace.SpanContextFromContext(p.ParentContext).TraceState()
	if t, ok := thresholdIn(state); ok && randomnessOf(p.TraceID, state) < t {
		state = setOT(state, otThreshold, "")
	}
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample, Tracestate: state}
}

func (sampledParent) Description() string { return "SampledParent" }
