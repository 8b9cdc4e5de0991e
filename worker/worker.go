package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel/trace"
)

// maxBatch is how many messages SQS gives at once.
const maxBatch = 10

// The wait after a failed receive doubles between these.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 10 * time.Second
)

// A Worker consumes one queue.
type Worker struct {
	config Config
	tracer trace.Tracer
	logger *slog.Logger
	spans  spanAttributes
}

// New returns a worker that does nothing until Run.
func New(config Config) (*Worker, error) {
	config, err := config.check()
	if err != nil {
		return nil, err
	}
	return &Worker{
		config: config,
		tracer: config.Telemetry.Tracer(),
		logger: config.Telemetry.Logger,
		spans:  newSpanAttributes(config.QueueURL),
	}, nil
}

// Run consumes messages until ctx ends, then finishes those at hand, for Config.Drain at most. A
// message that could not be processed is left to its visibility timeout: the queue delivers it
// again, and moves it to its dead-letter queue in the end.
func (w *Worker) Run(ctx context.Context) {
	// The work at hand outlives the polling, by Config.Drain at most.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() {
		wait(work, w.config.Drain)
		stop()
	})()

	var pollers sync.WaitGroup
	for range w.config.Pollers {
		pollers.Go(func() { w.poll(ctx, work) })
	}
	pollers.Wait()
}

func (w *Worker) poll(ctx, work context.Context) {
	backoff := minBackoff
	for ctx.Err() == nil {
		messages, err := w.receive(ctx)
		switch {
		case err == nil:
			backoff = minBackoff
			w.processAll(work, messages)
		case ctx.Err() == nil:
			w.logger.LogAttrs(ctx, slog.LevelError, "could not receive messages",
				slog.Duration("next_try_in", backoff), slog.Any("error", err))
			wait(ctx, backoff)
			backoff = min(2*backoff, maxBackoff)
		}
	}
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (w *Worker) receive(ctx context.Context) ([]types.Message, error) {
	out, err := w.config.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:              aws.String(w.config.QueueURL),
		MaxNumberOfMessages:   maxBatch,
		WaitTimeSeconds:       int32(w.config.Wait / time.Second),
		MessageAttributeNames: w.config.MessageAttributes,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount,
		},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

func (w *Worker) processAll(ctx context.Context, messages []types.Message) {
	if len(messages) == 0 {
		return
	}
	if w.config.Consumer == ConsumerBatch {
		w.processBatch(ctx, messages)
		return
	}
	var group sync.WaitGroup
	for _, message := range messages[1:] {
		group.Go(func() { w.process(ctx, message) })
	}
	w.process(ctx, messages[0])
	group.Wait()
}

// settle takes a message off the queue, or leaves it to be delivered again.
func (w *Worker) settle(ctx context.Context, message types.Message, err error) {
	id := slog.String("message_id", aws.ToString(message.MessageId))
	if err != nil {
		w.logger.LogAttrs(ctx, slog.LevelError, "could not process message",
			id, slog.Int("receive_count", receiveCount(message)), slog.Any("error", err))
		return
	}
	if _, err := w.config.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: aws.String(w.config.QueueURL), ReceiptHandle: message.ReceiptHandle,
	}); err != nil {
		// It is delivered again, and then found to be done.
		w.logger.LogAttrs(ctx, slog.LevelWarn, "could not delete message", id, slog.Any("error", err))
	}
}
