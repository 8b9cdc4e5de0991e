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

// A tally counts spans, trace by trace. One counts everything that was recorded, another one what
// was exported; neither sees the sampler's reasons.
type tally struct {
	mu     sync.Mutex
	traces map[trace.TraceID]*entry
	batch  []sdktrace.ReadOnlySpan // whose size is not counted yet
	size   *sizeCounter
	err    error // why a size could not be counted
}

// entry has the counts of a trace.
type entry struct {
	spans  int
	failed bool // a span is in ERROR

	// The fields below are the root span's, if it has arrived.
	route      string // "" for one that no request began
	method     string
	rootFailed bool
	lasted     time.Duration
	ratio      float64 // 0 when it isn't recorded
}

func newTally() *tally { return &tally{traces: map[trace.TraceID]*entry{}, size: newSizeCounter()} }

// batchSize is the number of spans that are encoded at once, as the SDK exports them.
const batchSize = 512

func (t *tally) add(spans ...sdktrace.ReadOnlySpan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, span := range spans {
		id := span.SpanContext().TraceID()
		e := t.traces[id]
		if e == nil {
			e = &entry{}
			t.traces[id] = e
		}
		e.add(span)
		if t.batch = append(t.batch, span); len(t.batch) == batchSize {
			t.flush()
		}
	}
}

// flush adds the size of the batch. Callers hold the lock.
func (t *tally) flush() {
	if err := t.size.add(t.batch); err != nil && t.err == nil {
		t.err = err
	}
	clear(t.batch)
	t.batch = t.batch[:0]
}

// close returns the size of all spans in bytes.
func (t *tally) close() (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flush()
	return t.size.bytes, t.err
}

func (e *entry) add(span sdktrace.ReadOnlySpan) {
	failed := span.Status().Code == codes.Error
	e.spans++
	e.failed = e.failed || failed
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
	switch {
	case e.method != "":
		e.route = e.method + " " + route
	case span.SpanKind() == trace.SpanKindServer: // of gRPC, say, in recorded traces
		e.route = span.Name()
	}
}

// all is a span processor that counts every span.
type all struct{ *tally }

func (all) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (a all) OnEnd(span sdktrace.ReadOnlySpan)              { a.add(span) }
func (all) Shutdown(context.Context) error                  { return nil }
func (all) ForceFlush(context.Context) error                { return nil }

// sampled is a span processor that counts the spans that the head sampler samples. The SDK's
// batches would drop some under such a load, which is not what is measured.
type sampled struct{ all }

func (s sampled) OnEnd(span sdktrace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() {
		s.add(span)
	}
}

// exported is an exporter that counts what it is given.
type exported struct{ *tally }

func (e exported) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	e.add(spans...)
	return nil
}

func (exported) Shutdown(context.Context) error { return nil }
