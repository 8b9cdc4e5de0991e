package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel/trace"

	"tracelab/taskservice/task"
	"tracelab/telemetry"
)

// process processes one message in a span of its own, and settles it.
func (w *Worker) process(ctx context.Context, l *lease) {
	event, err := decode(l.Message)

	// The context that the producer put into the message. From here on, ctx holds the span that
	// sent it, and the baggage that came with the request.
	ctx = w.config.Telemetry.ExtractReceived(ctx, l.Message)
	opts := w.spans.message(l.Message, event.Type)
	if producer := trace.SpanContextFromContext(ctx); producer.IsValid() {
		opts = append(opts, trace.WithLinks(trace.Link{SpanContext: producer}))
	}
	if w.config.Consumer == ConsumerLink {
		opts = append(opts, trace.WithNewRoot())
	}
	ctx, span := w.tracer.Start(ctx, w.spans.name(event.Type), opts...)
	defer span.End()

	if err == nil {
		err = w.handle(ctx, event)
	}
	l.settle(ctx, err)
	telemetry.Fail(span, err)
}

// patience is how long a message of a batch may hold up the next.
const patience = time.Second

// processBatch processes the messages of one receive in one span, which links to the span that sent
// each of them. They are processed one after another, but one that takes long doesn't hold up the
// rest, nor does one that fails. Each is settled as soon as it is done. The span has none of the
// requests' baggage: it belongs to all of them.
func (w *Worker) processBatch(ctx context.Context, leases []*lease) {
	events := make([]task.Event, len(leases))
	errs := make([]error, len(leases))
	var links []trace.Link
	for i, l := range leases {
		events[i], errs[i] = decode(l.Message)
		sent := w.config.Telemetry.ExtractReceived(ctx, l.Message)
		if producer := trace.SpanContextFromContext(sent); producer.IsValid() {
			links = append(links, trace.Link{SpanContext: producer, Attributes: w.spans.link(l.Message)})
		}
	}
	opts := append(w.spans.batch(events), trace.WithLinks(links...), trace.WithNewRoot())
	ctx, span := w.tracer.Start(ctx, w.spans.name(commonType(events)), opts...)
	defer span.End()

	var group sync.WaitGroup
	for i, l := range leases {
		done := make(chan struct{})
		group.Go(func() {
			if errs[i] == nil {
				errs[i] = w.handle(ctx, events[i])
			}
			l.settle(ctx, errs[i])
			close(done)
		})
		select {
		case <-done:
		case <-time.After(patience):
		}
	}
	group.Wait()
	telemetry.Fail(span, errors.Join(errs...))
}

// decode reads a message's event. An event that can't be processed is returned without its type: a
// body may hold anything, and must not get into span names.
func decode(message types.Message) (task.Event, error) {
	event, err := task.DecodeEvent(aws.ToString(message.Body))
	if err == nil && event.Type != task.EventCreated {
		err = errors.New("process event: unknown type")
	}
	if event.Type != task.EventCreated {
		event.Type = ""
	}
	return event, err
}

// handle processes an event, within Config.Timeout.
//
// It returns at the end of that time, or of ctx, even if a call that was made ignores its context:
// the message is then delivered again, while the call is left alone. It can do no harm, as an
// update that comes late finds its task done: see markProcessed.
func (w *Worker) handle(ctx context.Context, event task.Event) error {
	if ctx.Err() != nil {
		return fmt.Errorf("process %s: %w: %w", event.Type, context.Cause(ctx), ctx.Err())
	}
	work, cancel := context.WithTimeout(ctx, w.config.Timeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- w.recovered(work, event) }()
	var err error
	select {
	case err = <-done:
	case <-work.Done():
		// A call that heeds its context returns now, and its error has more to it than the
		// context's.
		select {
		case err = <-done:
		case <-time.After(abandonAfter):
			err = fmt.Errorf("process %s: %w", event.Type, work.Err())
		}
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

// abandonAfter is how long a call may take to return after its context has ended.
const abandonAfter = 100 * time.Millisecond

// recovered does the work of handle, and turns a panic into an error.
func (w *Worker) recovered(ctx context.Context, event task.Event) (err error) {
	defer func() {
		if p := telemetry.Recovered(recover()); p != nil {
			w.logger.LogAttrs(
				ctx,
				slog.LevelError,
				"panic",
				slog.Any("panic", p.Value),
				slog.String("stack", string(p.Stack)),
			)
			err = fmt.Errorf("process %s: %w", event.Type, p)
		}
	}()
	return w.markProcessed(ctx, event.TaskID)
}

// markProcessed updates a task on condition that it is PENDING. That makes a second delivery
// harmless: its condition fails, and so does that of a task which was deleted, or finished by hand,
// in the meantime.
func (w *Worker) markProcessed(ctx context.Context, id string) error {
	str := func(s string) dbtypes.AttributeValue { return &dbtypes.AttributeValueMemberS{Value: s} }
	_, err := w.config.DynamoDB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                aws.String(w.config.Table),
		Key:                      map[string]dbtypes.AttributeValue{task.Key: str(id)},
		UpdateExpression:         aws.String("SET #status = :processed, updated_at = :now"),
		ConditionExpression:      aws.String("#status = :pending"),
		ExpressionAttributeNames: map[string]string{"#status": "status"},
		ExpressionAttributeValues: map[string]dbtypes.AttributeValue{
			":processed": str(task.StatusProcessed),
			":pending":   str(task.StatusPending),
			":now":       str(task.TimeText(time.Now())),
		},
	})
	var notPending *dbtypes.ConditionalCheckFailedException
	if errors.As(err, &notPending) {
		w.logger.LogAttrs(ctx, slog.LevelInfo, "task is not pending, nothing to do", slog.String("task_id", id))
		return nil
	}
	if err != nil {
		return fmt.Errorf("update task: %w", err)
	}
	w.logger.LogAttrs(ctx, slog.LevelInfo, "task processed", slog.String("task_id", id))
	return nil
}
