package lab

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tracelab/fakes"
	"tracelab/telemetry"
	"tracelab/worker"
)

// startWorker runs the worker. One that dies is followed by another one.
func (l *Lab) startWorker(context.Context) error {
	lives := 1
	if l.config.WorkerDies {
		lives = 2
	}
	workers := make([]*worker.Worker, lives)
	deaths := make([]chan struct{}, lives)
	for i := range workers {
		var db telemetry.DynamoDBAPI = l.db
		queue, drain := l.wire.receiver(l.sqs), l.config.Drain
		if i < lives-1 {
			deaths[i] = make(chan struct{})
			db, queue = &crashingDB{DynamoDBAPI: l.db, dies: deaths[i]}, crashingSQS{queue, deaths[i]}
			drain = time.Nanosecond
		}
		var err error
		if workers[i], err = l.newWorker(db, queue, drain); err != nil {
			return err
		}
	}
	l.run(func(ctx context.Context) error {
		if l.config.HoldWorker {
			select {
			case <-l.released:
			case <-ctx.Done():
			}
		}
		for i, w := range workers {
			if err := runUntil(ctx, deaths[i], w); err != nil {
				return err
			}
		}
		return nil
	})
	// The worker waits for its poll when it stops, which takes up to 20 seconds.
	l.onStop(func(context.Context) error { l.sqs.EndPolls(); return nil })
	return nil
}

// ReleaseWorker starts the worker that Config.HoldWorker has held. Without it,
// and when called again, it does nothing.
func (l *Lab) ReleaseWorker() { l.release.Do(func() { close(l.released) }) }

func (l *Lab) newWorker(db telemetry.DynamoDBAPI, queue worker.SQS, drain time.Duration) (*worker.Worker, error) {
	s := l.service(Worker)
	if l.config.WorkerPropagator != nil {
		s.Propagator = l.config.WorkerPropagator
	}
	return worker.New(worker.Config{
		Telemetry:         s,
		SQS:               queue,
		QueueURL:          fakes.QueueURL(Queue),
		DynamoDB:          telemetry.DynamoDB(db, s, endpoint("dynamodb")),
		Table:             Table,
		Consumer:          l.config.Consumer,
		MessageAttributes: l.config.WorkerAttributes,
		Drain:             drain,
		Visibility:        l.config.VisibilityTimeout,
		// Scenarios delay calls by up to a minute, and have visibility time-outs of milliseconds,
		// which a loaded machine may need for an update.
		Timeout: 5 * time.Minute,
	})
}

// runUntil runs a worker until the context ends, or it dies. A nil channel is
// of one that doesn't.
func runUntil(ctx context.Context, died <-chan struct{}, w *worker.Worker) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-died:
			stop()
		case <-ctx.Done():
		}
	}()
	return w.Run(ctx)
}

// crashingDB is a database whose first update stops the worker that makes it: the item is written,
// and the worker never gets the answer.
type crashingDB struct {
	telemetry.DynamoDBAPI
	dies chan struct{}
	once sync.Once // several messages may be worked on at a time
}

func (db *crashingDB) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	if _, err := db.DynamoDBAPI.UpdateItem(ctx, in, opts...); err != nil {
		return nil, err
	}
	db.once.Do(func() { close(db.dies) })
	<-ctx.Done()
	return nil, ctx.Err()
}

// crashingSQS is a queue whose consumer dies: what it has under way is cut off, and it makes no
// more calls, so that its messages stay as they are.
type crashingSQS struct {
	worker.SQS
	dies <-chan struct{}
}

func (q crashingSQS) ReceiveMessage(
	ctx context.Context, in *sqs.ReceiveMessageInput, opts ...func(*sqs.Options),
) (*sqs.ReceiveMessageOutput, error) {
	return untilDeath(ctx, q.dies, in, opts, q.SQS.ReceiveMessage)
}

func (q crashingSQS) DeleteMessage(
	ctx context.Context, in *sqs.DeleteMessageInput, opts ...func(*sqs.Options),
) (*sqs.DeleteMessageOutput, error) {
	return untilDeath(ctx, q.dies, in, opts, q.SQS.DeleteMessage)
}

func (q crashingSQS) ChangeMessageVisibility(
	ctx context.Context, in *sqs.ChangeMessageVisibilityInput, opts ...func(*sqs.Options),
) (*sqs.ChangeMessageVisibilityOutput, error) {
	return untilDeath(ctx, q.dies, in, opts, q.SQS.ChangeMessageVisibility)
}

// untilDeath makes a call with a context that ends at the death.
func untilDeath[In, Out any](
	ctx context.Context, dies <-chan struct{}, in *In, opts []func(*sqs.Options),
	call func(context.Context, *In, ...func(*sqs.Options)) (*Out, error),
) (*Out, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	select {
	case <-dies:
		cancel()
	default:
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-dies:
			cancel()
		case <-done:
		}
	}()
	return call(ctx, in, opts...)
}
