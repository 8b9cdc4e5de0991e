package sampling_test

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry/sampling"
)

func TestLinkedRootsFollowTheTracesThatTheyLinkTo(t *testing.T) {
	const (
		sampled   = trace.FlagsSampled
		unsampled = trace.TraceFlags(0)
	)
	linkTo := func(flags ...trace.TraceFlags) []trace.Link {
		var links []trace.Link
		for i, f := range flags {
			links = append(links, trace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: trace.TraceID{byte(i + 1)}, SpanID: trace.SpanID{1}, TraceFlags: f,
			})})
		}
		return links
	}
	invalid := []trace.Link{{}}
	always, never := sdktrace.AlwaysSample(), sdktrace.NeverSample()
	parent := linkTo(unsampled)[0].SpanContext

	tests := []struct {
		name   string
		next   sdktrace.Sampler
		parent trace.SpanContext
		links  []trace.Link
		want   sdktrace.SamplingDecision
		reason string
	}{
		{"root, no links", always, trace.SpanContext{}, nil, sdktrace.RecordAndSample, "left to next"},
		{"root, no links, next drops it", never, trace.SpanContext{}, nil, sdktrace.Drop, "left to next"},
		{
			"root, sampled link", never,
			trace.SpanContext{},
			linkTo(sampled), sdktrace.RecordAndSample,
			"the pair is kept together",
		},
		{
			"root, unsampled link", always,
			trace.SpanContext{},
			linkTo(unsampled), sdktrace.Drop,
			"the pair is dropped together",
		},
		{
			"root, one of three is sampled", never,
			trace.SpanContext{},
			linkTo(unsampled, unsampled, sampled),
			sdktrace.RecordAndSample, "a kept trace is not torn for the others' sake",
		},
		{
			"root, none of three is sampled", always,
			trace.SpanContext{},
			linkTo(unsampled, unsampled, unsampled),
			sdktrace.Drop, "",
		},
		{
			"root, invalid link", always,
			trace.SpanContext{},
			invalid, sdktrace.RecordAndSample,
			"it links to nothing: left to next",
		},
		{
			"root, invalid link, next drops it", never,
			trace.SpanContext{},
			invalid, sdktrace.Drop,
			"it links to nothing: left to next",
		},
		{
			"root, invalid and unsampled link", always,
			trace.SpanContext{},
			append(linkTo(unsampled), trace.Link{}),
			sdktrace.Drop, "the valid one decides",
		},
		{
			"parent, unsampled link", always, parent, linkTo(unsampled), sdktrace.RecordAndSample,
			"a span with a parent belongs to its trace: left to next",
		},
		{
			"parent, sampled link", never, parent, linkTo(sampled), sdktrace.Drop,
			"a span with a parent belongs to its trace: left to next",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := sampling.FollowLinks(test.next).ShouldSample(sdktrace.SamplingParameters{
				ParentContext: trace.ContextWithSpanContext(t.Context(), test.parent),
				TraceID:       trace.TraceID{9}, Name: "process", Links: test.links,
			})
			if got.Decision != test.want {
				t.Errorf("decision %v, want %v: %s", got.Decision, test.want, test.reason)
			}
		})
	}
}

func TestFollowLinksNamesTheSamplerThatItAsks(t *testing.T) {
	got := sampling.FollowLinks(sdktrace.NeverSample()).Description()
	if want := "FollowLinks{AlwaysOffSampler}"; got != want {
		t.Errorf("description is %s, want %s", got, want)
	}
}
