package sampling

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry/sampling"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

// Recorded are traces of a capture, of any system.
type Recorded struct {
	forest *tracetree.Forest
	// Slow is how long a trace takes at least to be counted as slow.
	Slow time.Duration
	// Traces and Spans are how many there are.
	Traces, Spans int
	// Sampled is the number of traces that are a sample themselves: each stands for more than one.
	Sampled int

	lasted map[trace.TraceID]time.Duration
}

// NewRecorded returns the traces of a forest.
func NewRecorded(forest *tracetree.Forest, slow time.Duration) *Recorded {
	r := &Recorded{forest: forest, Slow: slow, lasted: map[trace.TraceID]time.Duration{}}
	spans := forest.Spans()
	r.Spans = len(spans)
	type times struct{ first, last int64 }
	of := map[tracetree.TraceID]times{}
	for i := range spans {
		s := &spans[i]
		t, ok := of[s.TraceID]
		if !ok {
			t = times{s.Start, s.End}
		}
		of[s.TraceID] = times{min(t.first, s.Start), max(t.last, s.End)}
		if ratio, ok := s.Attr(string(sampling.RatioKey)); ok && s.Parent == (tracetree.SpanID{}) {
			if share, ok := ratio.AsFloat(); ok && share < 1 {
				r.Sampled++
			}
		}
	}
	for id, t := range of {
		r.lasted[trace.TraceID(id)] = time.Duration(t.last - t.first)
	}
	r.Traces = len(of)
	return r
}

// RunRecorded lets the samplers of the policy decide about recorded traces, and returns the result.
// Each trace is decided when all of it is known, so window, message_wait and buffer have no effect.
// The true figures are those of the capture: if it is a sample itself, they are about the sample.
func RunRecorded(ctx context.Context, policy Policy, recorded *Recorded) (*Result, error) {
	head, err := policy.sampler()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	truth, kept := newTally(), newTally()
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithIDGenerator(play.RecordedIDs{}), sdktrace.WithRawSpanLimits(unlimited),
		sdktrace.WithSpanProcessor(all{truth}),
		sdktrace.WithSampler(sdktrace.AlwaysRecord(sampling.FollowLinks(head))),
	}
	var tail *sampling.Tail
	if policy.Tail != nil {
		whole := *policy.Tail
		whole.Window, whole.MessageWait, whole.Buffer = endless, endless, maxBuffer
		tail = sampling.NewTail(whole)
		tail.Start(exported{kept}, slog.New(slog.DiscardHandler))
		options = append(options, sdktrace.WithSpanProcessor(tail))
	} else {
		options = append(options, sdktrace.WithSpanProcessor(sampled{all{kept}}))
	}
	err = play.Replay(ctx, recorded.forest, func(origin *tracetree.Origin) trace.TracerProvider {
		return sdktrace.NewTracerProvider(append(options, sdktrace.WithResource(resourceOf(origin)))...)
	}, sampling.RatioKey, sampling.ReasonKey)
	if tail != nil {
		if stop := tail.Shutdown(context.WithoutCancel(ctx)); err == nil {
			err = stop
		}
	}
	if err != nil {
		return nil, fmt.Errorf("run policy %s: %w", policy.Name, err)
	}
	result, err := compare(truth, kept, func(id trace.TraceID) bool { return recorded.lasted[id] >= recorded.Slow })
	if err != nil {
		return nil, fmt.Errorf("run policy %s: %w", policy.Name, err)
	}
	result.Policy, result.Seconds = policy.Name, time.Since(began).Seconds()
	if tail != nil {
		stats := tail.Stats()
		stats.PeakBytes = 0 // all was held, unlike in a program
		result.Tail = &stats
	}
	return result, nil
}

// The tail sampler's settings when all of a trace is known before it decides.
const (
	endless   = 1000 * time.Hour
	maxBuffer = math.MaxInt / 4
)

var unlimited = sdktrace.SpanLimits{
	AttributeValueLengthLimit: -1, AttributeCountLimit: -1, EventCountLimit: -1, LinkCountLimit: -1,
	AttributePerEventCountLimit: -1, AttributePerLinkCountLimit: -1,
}

// resourceOf returns the texts of a resource: its size matters, not the types.
func resourceOf(origin *tracetree.Origin) *resource.Resource {
	if origin == nil {
		return resource.Empty()
	}
	attributes := make([]attribute.KeyValue, len(origin.Resource))
	for i, a := range origin.Resource {
		attributes[i] = attribute.String(a.Key, a.Value.Text())
	}
	return resource.NewWithAttributes(origin.ResourceSchema, attributes...)
}
