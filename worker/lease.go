package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// settleTimeout bounds the calls that settle a message, which are made at a shutdown too.
const settleTimeout = 5 * time.Second

// A lease is the worker's hold on a message: until it is settled, the worker keeps the message
// hidden from other consumers.
//
// A message that waits for others of its batch, or whose processing takes long, would otherwise be
// delivered to another consumer while it is still at hand, and in the end be moved to the
// dead-letter queue although it was processed.
type lease struct {
	types.Message
	worker *Worker
	polled <-chan struct{} // closed when this worker receives no more messages
	done   func()          // called once, when the message is settled

	mu      sync.Mutex  // held during an extension
	timer   *time.Timer // of the next extension
	settled bool

	deleting atomic.Bool
}

// lease takes a lease on a message that was just received.
func (w *Worker) lease(message types.Message, polled <-chan struct{}, done func()) *lease {
	l := &lease{Message: message, worker: w, polled: polled, done: done}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(w.config.Visibility/2, l.extend)
	return l
}

// extend hides the message for the visibility time-out from now on, and goes on doing so. It begins
// at half of the time, so that a call that fails or hangs can be repeated before the end.
//
// It holds the lock during the call, so that none is under way when the message is settled: one
// that arrived late would hide a message that was released.
func (l *lease) extend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settled {
		return
	}
	visibility := l.worker.config.Visibility
	ctx, cancel := context.WithTimeout(context.Background(), visibility/6)
	defer cancel()
	err := l.hide(ctx, visibility)
	if err == nil {
		l.timer.Reset(visibility / 2)
		return
	}
	lost := isLost(err)
	switch {
	case !lost:
		l.timer.Reset(visibility / 12)
	case l.deleting.Load():
		return // the message is gone because it is done
	}
	l.worker.logger.LogAttrs(ctx, slog.LevelWarn, "could not extend the visibility time-out",
		l.id(), slog.Bool("lost", lost), slog.Any("error", err))
}

// isLost reports whether SQS refuses to extend because the message is visible, deleted, or received
// by another consumer.
func isLost(err error) bool {
	var api smithy.APIError
	var visible *types.MessageNotInflight
	return errors.As(err, &visible) || errors.As(err, &api) && api.ErrorCode() == "InvalidParameterValue"
}

// hide hides the message for d, in whole seconds, as SQS counts them.
func (l *lease) hide(ctx context.Context, d time.Duration) error {
	_, err := l.worker.config.SQS.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl:          aws.String(l.worker.config.QueueURL),
		ReceiptHandle:     l.ReceiptHandle,
		VisibilityTimeout: int32((d + time.Second - 1) / time.Second),
	})
	return err
}

func (l *lease) id() slog.Attr { return slog.String("message_id", aws.ToString(l.MessageId)) }

// settle ends the lease. A message whose processing succeeded is deleted, one that was cut short by
// the shutdown is released, and any other is left to its visibility time-out.
func (l *lease) settle(ctx context.Context, err error) {
	defer l.done()
	ctx = context.WithoutCancel(ctx)
	stopping := errors.Is(err, errStopping)
	switch {
	case err == nil:
		l.deleting.Store(true)
		l.delete(ctx)
	case stopping:
		<-l.polled // else this worker's last polls would receive it
	}
	l.mu.Lock()
	l.settled = true
	l.timer.Stop()
	l.mu.Unlock()
	if stopping {
		l.release(ctx)
	}
	if err != nil {
		l.worker.logger.LogAttrs(ctx, slog.LevelError, "could not process message",
			l.id(), slog.Int("receive_count", receiveCount(l.Message)), slog.Any("error", err))
	}
}

// release makes the message visible, so that another consumer gets it at once.
func (l *lease) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	if err := l.hide(ctx, 0); err != nil {
		l.worker.logger.LogAttrs(ctx, slog.LevelWarn, "could not release message", l.id(), slog.Any("error", err))
	}
}

// delete takes the message off the queue. It tries again while it has time: a message that was
// processed and stays would be delivered again, and after its last receive be taken for one that
// can't be processed.
func (l *lease) delete(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for backoff := minBackoff; ; backoff *= 2 {
		_, err := l.worker.config.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{
			QueueUrl: aws.String(l.worker.config.QueueURL), ReceiptHandle: l.ReceiptHandle,
		})
		if err == nil {
			return
		}
		l.worker.logger.LogAttrs(ctx, slog.LevelWarn, "could not delete message", l.id(), slog.Any("error", err))
		if wait(ctx, backoff); ctx.Err() != nil {
			return // it is delivered again, and found to be done
		}
	}
}
