package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
)

// maxBatch is how many messages SQS gives at once, and how many a poller processes at once.
const maxBatch = 10

// The wait after a failed receive doubles between these.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 10 * time.Second
)

// receiveMargin is how much longer than its long poll a receive may take.
const receiveMargin = 5 * time.Second

// errStopping is why messages are given back to the queue at a shutdown.
var errStopping = errors.New("the worker is stopping")

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

// Run consumes messages until ctx ends. It always returns nil: failures concern single messages,
// and are logged.
//
// A message that could not be processed is left to its visibility time-out: the queue delivers it
// again, and moves it to its dead-letter queue in the end.
//
// When ctx ends, the messages at hand are finished, for Config.Drain at most, and those that are
// not done by then are released: the queue delivers them again at once. The long poll under way is
// not canceled but waited for, up to Config.Wait: SQS may have taken messages for it already, which
// would be hidden until their visibility time-out if nothing read the response. Messages that it
// brings are released.
func (w *Worker) Run(ctx context.Context) error {
	// The work at hand outlives the polling, by Config.Drain at most.
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	defer context.AfterFunc(ctx, func() {
		wait(work, w.config.Drain)
		stop(errStopping)
	})()

	var polls, processing sync.WaitGroup
	polled := make(chan struct{})
	for range w.config.Pollers {
		polls.Go(func() { w.poll(ctx, work, &processing, polled) })
	}
	polls.Wait()
	close(polled)
	processing.Wait()
	return nil
}

// poll receives messages and starts their processing until ctx ends.
//
// It never waits for single messages meanwhile: one that hangs occupies its slot, and the other
// slots go on.
func (w *Worker) poll(ctx, work context.Context, processing *sync.WaitGroup, polled <-chan struct{}) {
	slots := make(chan struct{}, maxBatch)
	backoff := minBackoff
	for {
		free := acquire(ctx, slots)
		if ctx.Err() != nil {
			return
		}
		messages, err := w.receive(ctx, free)
		for range free - len(messages) {
			<-slots
		}
		switch {
		case err == nil:
			backoff = minBackoff
			leases := make([]*lease, len(messages))
			for i, message := range messages {
				leases[i] = w.lease(message, polled, func() { <-slots })
			}
			w.start(ctx, work, leases, processing)
		case ctx.Err() == nil:
			w.logger.LogAttrs(ctx, slog.LevelError, "could not receive messages",
				slog.Duration("next_try_in", backoff), slog.Any("error", err))
			wait(ctx, backoff)
			backoff = min(2*backoff, maxBackoff)
		}
	}
}

// acquire takes all free slots, and waits for one if all are taken. It returns their number, 0 when
// ctx ended first.
func acquire(ctx context.Context, slots chan<- struct{}) int {
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case slots <- struct{}{}:
		default:
			return n
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

// receive returns up to n messages. The end of ctx doesn't cancel it.
func (w *Worker) receive(ctx context.Context, n int) ([]types.Message, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.config.Wait+receiveMargin)
	defer cancel()
	names := []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount}
	if w.config.Telemetry.XRay {
		names = append(names, telemetry.XRayAttribute)
	}
	out, err := w.config.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:                    aws.String(w.config.QueueURL),
		MaxNumberOfMessages:         int32(n),
		WaitTimeSeconds:             int32(w.config.Wait / time.Second),
		MessageAttributeNames:       w.config.MessageAttributes,
		MessageSystemAttributeNames: names,
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// start begins to process the messages of one receive. Messages that arrive after ctx has ended are
// released.
func (w *Worker) start(ctx, work context.Context, leases []*lease, processing *sync.WaitGroup) {
	switch {
	case len(leases) == 0:
	case w.config.Consumer == ConsumerBatch && ctx.Err() == nil:
		processing.Go(func() { w.processBatch(work, leases) })
	default:
		for _, l := range leases {
			processing.Go(func() {
				if ctx.Err() != nil {
					l.settle(work, errStopping)
					return
				}
				w.process(work, l)
			})
		}
	}
}
