package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// reportingExporter logs and counts what could not be exported. Without it the batch
// processor would hand its errors to the process-wide error handler.
type reportingExporter struct {
	next   sdktrace.SpanExporter
	logger *slog.Logger
	failed atomic.Int64 // spans
}

func (e *reportingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	_ = e.export(ctx, spans) // it is reported
	return nil
}

func (e *reportingExporter) export(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	started := time.Now()
	err := e.next.ExportSpans(ctx, spans)
	if err != nil {
		e.failed.Add(int64(len(spans)))
		e.logger.LogAttrs(ctx, slog.LevelError, "spans were not exported",
			slog.Int("spans", len(spans)),
			slog.Duration("after", time.Since(started)),
			slog.String("error", errorText(err)))
	}
	return err
}

func (e *reportingExporter) Shutdown(ctx context.Context) error { return e.next.Shutdown(ctx) }

// exporters are several that are used as one, all at once. The next batch waits
// for all of them, so one that hangs holds up the others.
type exporters []*reportingExporter

// ExportSpans returns an error when any of them failed.
func (e exporters) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return e.each(func(exporter *reportingExporter) error { return exporter.export(ctx, spans) })
}

func (e exporters) Shutdown(ctx context.Context) error {
	return e.each(func(exporter *reportingExporter) error { return exporter.Shutdown(ctx) })
}

func (e exporters) each(do func(*reportingExporter) error) error {
	errs := make([]error, len(e))
	var group sync.WaitGroup
	for i, exporter := range e {
		group.Go(func() { errs[i] = do(exporter) })
	}
	group.Wait()
	return errors.Join(errs...)
}
