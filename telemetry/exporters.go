package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/internal/redact"
)

// reportingExporter counts what could not be exported, and logs it, though not more often than once
// a minute: a backend may be down for long. Without it the batch processor would hand its errors to
// the process-wide error handler.
type reportingExporter struct {
	next   sdktrace.SpanExporter
	logger *slog.Logger
	failed atomic.Int64 // spans

	answers, errors limiter // of log records
}

// lossInterval is the least time between two log records about lost spans.
const lossInterval = time.Minute

// limiter allows something once per lossInterval. The zero value allows the first one.
type limiter struct{ last atomic.Int64 } // when, as Unix nanoseconds

func (l *limiter) allow() bool {
	now, last := time.Now().UnixNano(), l.last.Load()
	return now-last >= int64(lossInterval) && l.last.CompareAndSwap(last, now)
}

func (e *reportingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	_ = e.export(ctx, spans) // it is reported
	return nil
}

func (e *reportingExporter) export(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	started := time.Now()
	answers, err := partialSuccess(e.next.ExportSpans(ctx, spans))
	for _, answer := range answers {
		level := slog.LevelWarn
		if answer.rejected > 0 {
			level = slog.LevelError
			e.failed.Add(answer.rejected)
		}
		if !e.answers.allow() {
			continue
		}
		e.logger.LogAttrs(ctx, level, "the receiver of spans has reported a problem",
			slog.Int(
				"spans", len(spans)), slog.Int64("rejected", answer.rejected), slog.String("message",
				truncate(redact.Text(answer.message), maxStatus)),
		)
	}
	if err != nil {
		failed := e.failed.Add(int64(len(spans)))
		if e.errors.allow() {
			e.logger.LogAttrs(ctx, slog.LevelError, "spans were not exported",
				slog.Int("spans", len(spans)),
				slog.Int64("in_all", failed),
				slog.Duration("after", time.Since(started)),
				slog.String("error", errorText(err)))
		}
	}
	return err
}

// partial is an answer of OTLP's partial success: the receiver has taken the spans but the rejected
// ones, and has something to say. Zero are rejected when it is but a warning.
type partial struct {
	rejected int64
	message  string
}

// partialSuccess takes the partial successes out of an exporter's error. The exporters don't export
// their type, so it is recognized by the form of its text, which a test checks for both protocols.
func partialSuccess(err error) (answers []partial, rest error) {
	switch e := err.(type) {
	case nil:
		return nil, nil
	case interface{ Unwrap() []error }:
		var errs []error
		for _, part := range e.Unwrap() {
			more, rest := partialSuccess(part)
			answers, errs = append(answers, more...), append(errs, rest)
		}
		if len(answers) == 0 {
			return nil, err
		}
		return answers, errors.Join(errs...)
	case interface{ Unwrap() error }:
		if answers, rest = partialSuccess(e.Unwrap()); len(answers) > 0 {
			return answers, rest
		}
		return nil, err
	}
	text, found := strings.CutPrefix(err.Error(), "OTLP partial success: ")
	at := strings.LastIndex(text, " (")
	if !found || at < 0 {
		return nil, err
	}
	answer := partial{message: text[:at]}
	if _, unread := fmt.Sscanf(text[at:], " (%d spans rejected)", &answer.rejected); unread != nil {
		return nil, err
	}
	return []partial{answer}, nil
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
