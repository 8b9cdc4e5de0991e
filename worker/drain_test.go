package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tracelab/fakes"
	"tracelab/worker"
)

func TestShutdownFinishesTheMessagesAtHand(t *testing.T) {
	tests := []struct {
		name         string
		takes, drain time.Duration
		ends         time.Duration // how long Run goes on
		status       string
		released     int // messages that can be received again
	}{
		{"finishes", 3 * time.Second, 5 * time.Second, 3 * time.Second, "PROCESSED", 0},
		{"is cut", time.Hour, 5 * time.Second, 5 * time.Second, "PENDING", 1},
		{"is cut by default", time.Hour, 0, 10 * time.Second, "PENDING", 1},
	}
	for _, test := range tests {
		for _, consumer := range []worker.Consumer{worker.ConsumerChild, worker.ConsumerBatch} {
			t.Run(test.name+" "+string(consumer), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSystem(t)
					s.config.Drain, s.config.Consumer, s.config.Wait = test.drain, consumer, time.Second
					s.config.Timeout = 2 * time.Hour
					s.table.updating = func(ctx context.Context, _ string) error {
						select {
						case <-time.After(test.takes):
							return nil
						case <-ctx.Done():
							return ctx.Err()
						}
					}
					s.send(t, "a")
					stop := s.run(t)
					synctest.Wait() // the update is under way
					started := time.Now()
					stop()
					if took := time.Since(started); took != test.ends {
						t.Errorf("ended after %s, want %s", took, test.ends)
					}
					s.wantStatus(t, "a", test.status)
					s.wantMessages(t, "events", test.released, 0)
				})
			})
		}
	}
}

// To cancel the poll could lose messages that SQS has taken for it already.
func TestShutdownOfAnIdleWorkerWaitsForItsPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		stop := s.run(t)
		pass(time.Minute + 7*time.Second) // in the midst of a poll of 20 s
		started := time.Now()
		stop()
		if took := time.Since(started); took != 13*time.Second {
			t.Errorf("ended after %s, want the rest of the poll: 13s", took)
		}
		s.send(t, "late")
		pass(time.Minute)
		s.wantStatus(t, "late", "PENDING")
		s.wantMessages(t, "events", 1, 0)
	})
}

// The queue goes on with a poll whose caller has left, which the worker must not do.
func TestRestartOfAWorkerHidesNoMessage(t *testing.T) {
	for _, consumer := range []worker.Consumer{worker.ConsumerChild, worker.ConsumerBatch} {
		synctest.Test(t, func(t *testing.T) {
			s := newSystem(t, fakes.Fault{Op: "ReceiveMessage", Times: -1, Swallow: true})
			s.config.Consumer = consumer
			stop := s.run(t)
			pass(7 * time.Second)
			stopped := make(chan struct{})
			go func() { stop(); close(stopped) }()
			synctest.Wait()
			sent := time.Now()
			s.send(t, "a") // to the poll of a worker that is stopping
			<-stopped
			s.wantStatus(t, "a", "PENDING")
			s.wantMessages(t, "events", 1, 0)
			stop = s.run(t)
			synctest.Wait()
			s.wantStatus(t, "a", "PROCESSED")
			if took := time.Since(sent); took > 0 {
				t.Errorf("processed after %s, want at once", took)
			}
			stop()
		})
	}
}

// The worker's own last poll must not receive what it releases, and use up its receives.
func TestMessageThatAShutdownCutsShortIsReceivedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.config.Drain, s.config.Pollers = time.Second, 3
		s.table.updating = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
		s.send(t, "a")
		stop := s.run(t)
		synctest.Wait()
		stop()
		s.wantMessages(t, "events", 1, 0)
		out, err := s.queue.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl:                    aws.String(fakes.QueueURL("events")),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		})
		if err != nil || len(out.Messages) != 1 {
			t.Fatalf("received %v, error %v", out, err)
		}
		if got := out.Messages[0].Attributes["ApproximateReceiveCount"]; got != "2" {
			t.Errorf("received %s times, want 2", got)
		}
	})
}

// A shutdown while receives fail doesn't wait for the next try.
func TestShutdownEndsABackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.queue.Close() // every receive fails from now on
		stop := s.run(t)
		pass(30 * time.Second) // a try is due at 32.7 s
		started := time.Now()
		stop()
		if took := time.Since(started); took != 0 {
			t.Errorf("ended after %s", took)
		}
	})
}
