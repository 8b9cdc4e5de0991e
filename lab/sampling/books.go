package sampling

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry/sampling"
)

// books are kept of spans, trace by trace. The same are kept of all that there
// was and of what was exported, and neither know what a sampler thought.
type books struct {
	mu     sync.Mutex
	traces map[trace.TraceID]*entry
	batch  []sdktrace.ReadOnlySpan // not weighed yet
	scale  *scale
	err    error // why something could not be weighed
}

// entry is what is known of a trace.
type entry struct {
	spans       int
	failed      bool // a span is in ERROR
	first, last time.Time

	// Of the root span, if it has come.
	route      string // "" for one that no request began
	method     string
	rootFailed bool
	lasted     time.Duration
	ratio      float64 // 0 when it isn't recorded
}

func newBooks() *books { return &books{traces: map[trace.TraceID]*entry{}, scale: newScale()} }

// weighed is how many spans are encoded at once, as the SDK exports them.
const weighed = 512

func (b *books) add(spans ...sdktrace.ReadOnlySpan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, span := range spans {
		id := span.SpanContext().TraceID()
		e := b.traces[id]
		if e == nil {
			e = &entry{first: span.StartTime()}
			b.traces[id] = e
		}
		e.add(span)
		if b.batch = append(b.batch, span); len(b.batch) == weighed {
			b.weigh()
		}
	}
}

// weigh encodes the batch. Callers hold the lock.
func (b *books) weigh() {
	if err := b.scale.add(b.batch); err != nil && b.err == nil {
		b.err = err
	}
	clear(b.batch)
	b.batch = b.batch[:0]
}

// close weighs what is left, and returns how many bytes there were in all.
func (b *books) close() (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.weigh()
	return b.scale.bytes, b.err
}

func (e *entry) add(span sdktrace.ReadOnlySpan) {
	failed := span.Status().Code == codes.Error
	e.spans++
	e.failed = e.failed || failed
	if span.StartTime().Before(e.first) {
		e.first = span.StartTime()
	}
	if span.EndTime().After(e.last) {
		e.last = span.EndTime()
	}
	if span.Parent().IsValid() {
		return
	}
	e.rootFailed, e.lasted = failed, span.EndTime().Sub(span.StartTime())
	var route string
	for _, attr := range span.Attributes() {
		switch attr.Key {
		case semconv.HTTPRequestMethodKey:
			e.method = attr.Value.AsString()
		case semconv.HTTPRouteKey:
			route = attr.Value.AsString()
		case sampling.RatioKey:
			e.ratio = attr.Value.AsFloat64()
		}
	}
	if e.method != "" {
		e.route = e.method + " " + route
	}
}

func (e *entry) duration() time.Duration { return e.last.Sub(e.first) }

// all is a span processor that enters every span.
type all struct{ *books }

func (all) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (a all) OnEnd(span sdktrace.ReadOnlySpan)              { a.add(span) }
func (all) Shutdown(context.Context) error                  { return nil }
func (all) ForceFlush(context.Context) error                { return nil }

// sampled is a span processor that enters those that the head sampler samples.
// The SDK's batches would drop some under such a load, and that isn't what is
// looked at.
type sampled struct{ all }

func (s sampled) OnEnd(span sdktrace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() {
		s.add(span)
	}
}

// exported is an exporter that enters what it is given.
type exported struct{ *books }

func (e exported) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	e.add(spans...)
	return nil
}

func (exported) Shutdown(context.Context) error { return nil }
