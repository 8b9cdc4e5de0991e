package taskservice

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"tracelab/taskservice/task"
	"tracelab/telemetry"
)

// Sweep sends the event again of every task that has been PENDING for longer than
// Config.ResendAfter, and returns how many it sent. Several instances may sweep at once: each event
// is sent by one of them. If it arrives twice all the same, the worker ignores the second.
//
// Each event that is sent again starts a trace of its own, linked to the one in which the task was
// created.
func (s *Service) Sweep(ctx context.Context) (sent int, err error) {
	ctx, span := s.tracer.Start(ctx, "sweep pending tasks")
	defer func() {
		telemetry.Fail(span, err)
		span.End()
	}()
	cutoff := time.Now().Add(-s.config.ResendAfter)
	var errs []error
	for after := ""; ; {
		records, last, err := s.store.pending(ctx, after, cutoff, s.config.MaxResends)
		if err != nil {
			errs = append(errs, err)
		}
		if err != nil && !errors.Is(err, errUnreadable) {
			return sent, errors.Join(errs...)
		}
		for _, r := range records {
			resent, err := s.resend(ctx, r)
			if err != nil {
				errs = append(errs, err)
			}
			if resent {
				sent++
			}
		}
		if after = last; after == "" {
			return sent, errors.Join(errs...)
		}
	}
}

// resend sends the event of one task again, unless another instance just did.
func (s *Service) resend(ctx context.Context, r record) (sent bool, err error) {
	created := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), &r))
	opts := []trace.SpanStartOption{trace.WithNewRoot()}
	if created.IsValid() {
		opts = append(opts, trace.WithLinks(trace.Link{SpanContext: created}))
	}
	ctx, span := s.tracer.Start(ctx, "resend "+task.EventCreated, opts...)
	defer func() {
		telemetry.Fail(span, err)
		span.End()
	}()
	if claimed, err := s.store.claim(ctx, r, time.Now()); !claimed {
		return false, err
	}
	if err := s.events.publish(ctx, task.Event{Type: task.EventCreated, TaskID: r.id}); err != nil {
		return false, err
	}
	// Only what was sent counts: an outage of the queue must not use the tries up.
	if err := s.store.countResend(ctx, r); err != nil {
		return true, err
	}
	level, last := slog.LevelInfo, r.resends+1 >= s.config.MaxResends
	if last {
		level = slog.LevelWarn
	}
	s.logger.LogAttrs(ctx, level, "event sent again", slog.String("task_id", r.id),
		slog.Int("resends", r.resends+1), slog.Bool("last", last))
	return true, nil
}
