package sampling

import (
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// FollowLinks returns a sampler under which a root span that links to spans of
// other traces follows their decision: it is sampled when any of them is.
// Spans with a parent, and roots without a link, are left to next; nil is parent based, always on.
//
// It keeps a consumer's own trace together with its producer's. A trace-id
// ratio alone would decide anew for the new trace id, and half of the pairs
// would be torn.
//
// A trace that follows one other has its ratio too, and its randomness (rv in
// the tracestate), so that later samplers decide alike for both. The ratio of one that
// follows several is only known when one of them is always sampled.
func FollowLinks(next sdktrace.Sampler) sdktrace.Sampler {
	if next == nil {
		next = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	return followLinks{next: next}
}

type followLinks struct{ next sdktrace.Sampler }

func (s followLinks) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if len(p.Links) == 0 || trace.SpanContextFromContext(p.ParentContext).IsValid() {
		return s.next.ShouldSample(p)
	}
	return s.linked(p)
}

// linked decides about a root with links. It is a function of its own because most spans need none
// of its variables, for which a new goroutine has to grow its stack.
func (s followLinks) linked(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	var valid int
	var followed trace.SpanContext // the sampled one that was the likeliest
	for _, link := range p.Links {
		if !link.SpanContext.IsValid() {
			continue
		}
		valid++
		if link.SpanContext.IsSampled() && (!followed.IsValid() || likelier(link.SpanContext, followed)) {
			followed = link.SpanContext
		}
	}
	switch {
	case valid == 0:
		return s.next.ShouldSample(p)
	case !followed.IsValid():
		return sdktrace.SamplingResult{Decision: sdktrace.Drop}
	}
	return follow(followed, valid == 1)
}

// likelier reports whether a's trace is known to be sampled more often than b's.
func likelier(a, b trace.SpanContext) bool {
	of, known := thresholdIn(a.TraceState())
	than, other := thresholdIn(b.TraceState())
	return known && (!other || of < than)
}

// follow samples a root because of another trace, and records how likely that was
// when it is known.
func follow(sc trace.SpanContext, only bool) sdktrace.SamplingResult {
	result := sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
	t, known := thresholdIn(sc.TraceState())
	random := randomnessOf(sc.TraceID(), sc.TraceState())
	if !known || random < t || !only && t != acceptAll {
		return result
	}
	state := setOT(trace.TraceState{}, otThreshold, t.String())
	if only {
		state = setOT(state, otRandomness, random.digits())
	}
	result.Tracestate = state
	result.Attributes = []attribute.KeyValue{RatioKey.Float64(t.probability())}
	return result
}

func (s followLinks) Description() string {
	return "FollowLinks{" + s.next.Description() + "}"
}
