package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/worker"
)

func TestShutdownFinishesTheMessagesAtHand(t *testing.T) {
	tests := []struct {
		name         string
		takes, drain time.Duration
		ends         time.Duration // how long Run goes on
		status       string
		hidden       int // messages that will be delivered again
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
					s.config.Drain, s.config.Consumer = test.drain, consumer
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
					s.wantMessages(t, "events", 0, test.hidden)
				})
			})
		}
	}
}

func TestShutdownOfAnIdleWorkerTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		stop := s.run(t)
		pass(time.Minute + 7*time.Second) // in the midst of a poll
		started := time.Now()
		stop()
		if took := time.Since(started); took != 0 {
			t.Errorf("ended after %s", took)
		}
		s.send(t, "late")
		pass(time.Minute)
		s.wantStatus(t, "late", "PENDING")
		s.wantMessages(t, "events", 1, 0)
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
