package telemetry

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// FollowLinks returns a sampler under which a root span that links to spans of
// other traces follows their decision: it is sampled when any of them is.
// Spans with a parent, and roots without a link, are left to next.
//
// It keeps a consumer's own trace together with its producer's. A trace-id
// ratio alone would decide anew for the new trace id, and half of the pairs
// would be torn.
func FollowLinks(next sdktrace.Sampler) sdktrace.Sampler {
	return followLinks{next: next, linked: sdktrace.AlwaysSample()}
}

type followLinks struct{ next, linked sdktrace.Sampler }

func (s followLinks) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if len(p.Links) == 0 || trace.SpanContextFromContext(p.ParentContext).IsValid() {
		return s.next.ShouldSample(p)
	}
	valid := false
	for _, link := range p.Links {
		if link.SpanContext.IsSampled() {
			return s.linked.ShouldSample(p)
		}
		valid = valid || link.SpanContext.IsValid()
	}
	if !valid {
		return s.next.ShouldSample(p)
	}
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func (s followLinks) Description() string {
	return "FollowLinks{" + s.next.Description() + "}"
}
