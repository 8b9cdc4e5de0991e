package taskservice

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// publisher sends events to one queue.
type publisher struct {
	sqs        SQS
	queueURL   *string
	attributes map[string]string
}

func (p publisher) publish(ctx context.Context, event taskpb.Event) error {
	body, err := event.Encode()
	if err != nil {
		return err
	}
	in := &sqs.SendMessageInput{QueueUrl: p.queueURL, MessageBody: aws.String(body)}
	if len(p.attributes) > 0 {
		in.MessageAttributes = make(map[string]types.MessageAttributeValue, len(p.attributes))
		for name, value := range p.attributes {
			in.MessageAttributes[name] = types.MessageAttributeValue{
				DataType: aws.String("String"), StringValue: aws.String(value),
			}
		}
	}
	_, err = p.sqs.SendMessage(ctx, in)
	return err
}

// Sweep sends the event again of every task that has been PENDING for longer
// than Config.ResendAfter, and returns how many it sent. The worker takes an
// event that arrives twice for one, so it does no harm to sweep too early, or
// from several instances at once.
//
// Each event that is sent again starts a trace of its own, linked to the one
// in which the task was created.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	ctx, span := s.tracer.Start(ctx, "sweep pending tasks")
	defer span.End()
	cutoff := time.Now().Add(-s.config.ResendAfter)
	sent := 0
	for after := ""; ; {
		records, last, err := s.store.pending(ctx, after, cutoff)
		if err != nil {
			telemetry.Fail(span, err)
			return sent, err
		}
		var errs []error
		for _, r := range records {
			if err := s.resend(ctx, r); err != nil {
				errs = append(errs, err)
				continue
			}
			sent++
		}
		if err := errors.Join(errs...); err != nil {
			telemetry.Fail(span, err)
			return sent, err
		}
		if after = last; after == "" {
			return sent, nil
		}
	}
}

func (s *Service) resend(ctx context.Context, r record) error {
	created := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(),
		propagation.MapCarrier{attrTraceparent: r.traceparent, attrTracestate: r.tracestate}))
	opts := []trace.SpanStartOption{trace.WithNewRoot()}
	if created.IsValid() {
		opts = append(opts, trace.WithLinks(trace.Link{SpanContext: created}))
	}
	ctx, span := s.tracer.Start(ctx, "resend "+taskpb.EventTaskCreated, opts...)
	defer span.End()
	err := s.events.publish(ctx, taskpb.Event{Type: taskpb.EventTaskCreated, TaskID: r.id})
	telemetry.Fail(span, err)
	if err == nil {
		s.logger.LogAttrs(ctx, slog.LevelInfo, "event sent again", slog.String("task_id", r.id))
	}
	return err
}
