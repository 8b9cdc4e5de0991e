package telemetry

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// batcher is the SDK's batch processor in front of one exporter, with a count of the spans for
// which its queue had no room. The SDK drops those in silence, so that no slow exporter slows a
// service down; the batcher lets no more through than the queue holds, and drops and counts the
// rest itself.
type batcher struct {
	sdktrace.SpanProcessor
	queue     int64        // its size
	waiting   atomic.Int64 // spans that have ended and are not with the exporter
	exporting atomic.Int64 // spans that are with the exporter
	dropped   atomic.Int64 // spans that found no room
	stopped   atomic.Bool  // no more spans are let through
	over      atomic.Bool  // the shutdown has returned
	logger    *slog.Logger
	records   limiter
}

func newBatcher(next sdktrace.SpanExporter, logger *slog.Logger) *batcher {
	b := &batcher{logger: logger}
	b.SpanProcessor = sdktrace.NewBatchSpanProcessor(countingExporter{next, b},
		func(o *sdktrace.BatchSpanProcessorOptions) {
			b.queue = int64(o.MaxQueueSize)
			// The SDK has read the environment. Zero means no delay, which would make the SDK's
			// timer a busy loop; negative values are invalid, and a zero time-out means no
			// time-out.
			switch {
			case o.BatchTimeout == 0:
				o.BatchTimeout = time.Millisecond
			case o.BatchTimeout < 0:
				o.BatchTimeout = sdktrace.DefaultScheduleDelay * time.Millisecond
			}
			if o.ExportTimeout < 0 {
				o.ExportTimeout = sdktrace.DefaultExportTimeout * time.Millisecond
			}
		})
	return b
}

func (b *batcher) OnEnd(span sdktrace.ReadOnlySpan) {
	if !span.SpanContext().IsSampled() {
		return
	}
	if b.waiting.Add(1) <= b.queue && !b.stopped.Load() {
		b.SpanProcessor.OnEnd(span)
		return
	}
	b.waiting.Add(-1)
	dropped := b.dropped.Add(1)
	if b.records.allow() {
		b.logger.LogAttrs(context.Background(), slog.LevelError,
			"spans are dropped: the exporter is too slow, or was shut down",
			slog.Int64("dropped", dropped), slog.Int64("queue", b.queue))
	}
}

// Shutdown exports what waits, until ctx ends. Spans that are left then are lost.
func (b *batcher) Shutdown(ctx context.Context) error {
	b.stopped.Store(true)
	defer b.over.Store(true)
	return b.SpanProcessor.Shutdown(ctx)
}

// lost returns how many spans were dropped. After a shutdown they include what is left: the SDK
// goes on with it by itself, for as long as the program runs, and what is exported late is lost no
// more.
func (b *batcher) lost() int64 {
	n := b.dropped.Load()
	if b.over.Load() {
		n += b.waiting.Load() + b.exporting.Load()
	}
	return n
}

// countingExporter counts the spans of a batcher that wait, and those that are with the exporter.
type countingExporter struct {
	sdktrace.SpanExporter
	of *batcher
}

func (e countingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	n := int64(len(spans))
	e.of.exporting.Add(n)
	e.of.waiting.Add(-n)
	defer e.of.exporting.Add(-n)
	return e.SpanExporter.ExportSpans(ctx, spans)
}
