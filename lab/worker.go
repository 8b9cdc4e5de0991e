package lab

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

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
		drain := l.config.Drain
		if i < lives-1 {
			deaths[i] = make(chan struct{})
			db, drain = &crashingDB{DynamoDBAPI: l.db, dies: deaths[i]}, time.Nanosecond
		}
		var err error
		if workers[i], err = l.newWorker(db, drain); err != nil {
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
			runUntil(ctx, deaths[i], w)
		}
		return nil
	})
	return nil
}

// ReleaseWorker starts the worker that Config.HoldWorker has held. Without it,
// and when called again, it does nothing.
func (l *Lab) ReleaseWorker() { l.release.Do(func() { close(l.released) }) }

func (l *Lab) newWorker(db telemetry.DynamoDBAPI, drain time.Duration) (*worker.Worker, error) {
	s := l.service(Worker)
	if l.config.WorkerPropagator != nil {
		s.Propagator = l.config.WorkerPropagator
	}
	return worker.New(worker.Config{
		Telemetry:         s,
		SQS:               l.wire.receiver(l.sqs),
		QueueURL:          fakes.QueueURL(Queue),
		DynamoDB:          telemetry.DynamoDB(db, s, endpoint("dynamodb")),
		Table:             Table,
		Consumer:          l.config.Consumer,
		MessageAttributes: l.config.WorkerAttributes,
		Drain:             drain,
	})
}

// runUntil runs a worker until the context ends, or it dies. A nil channel is
// of one that doesn't.
func runUntil(ctx context.Context, died <-chan struct{}, w *worker.Worker) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-died:
			stop()
		case <-ctx.Done():
		}
	}()
	w.Run(ctx)
}

// crashingDB is a database whose first update stops the worker that makes it: the item is written, and the worker never
// gets the answer.
type crashingDB struct {
	telemetry.DynamoDBAPI
	dies chan struct{}
	once sync.Once // several messages may be worked on at a time
}

func (db *crashingDB) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if _, err := db.DynamoDBAPI.UpdateItem(ctx, in, opts...); err != nil {
		return nil, err
	}
	db.once.Do(func() { close(db.dies) })
	<-ctx.Done()
	return nil, ctx.Err()
}
