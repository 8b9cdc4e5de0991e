package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/fakes"
	"tracelab/worker"
)

// One poller, and an update that never returns, whatever becomes of its context.
func TestHungUpdateHangsOnlyItsOwnMessage(t *testing.T) {
	for _, heedsContext := range []bool{false, true} {
		for _, consumer := range []worker.Consumer{worker.ConsumerChild, worker.ConsumerLink, worker.ConsumerBatch} {
			t.Run(fmt.Sprint(consumer, ", heeds its context: ", heedsContext), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSystem(t)
					s.config.Consumer = consumer
					forever := make(chan struct{})
					defer close(forever)
					s.table.updating = func(ctx context.Context, id string) error {
						switch {
						case id != "hung":
							return nil
						case heedsContext:
							<-ctx.Done()
							return ctx.Err()
						}
						<-forever
						return errors.New("the test is over")
					}
					var others []string
					for i := range 20 {
						others = append(others, fmt.Sprint("task-", i))
					}
					s.send(t, append([]string{"hung"}, others...)...)
					stop := s.run(t)
					pass(2 * time.Second)
					for _, id := range others {
						s.wantStatus(t, id, "PROCESSED")
					}
					s.wantMessages(t, "events", 0, 1) // of the hung one

					// It is tried again, and given up like any message that can't be processed.
					pass(maxReceives * (visibility + 25*time.Second))
					s.wantMessages(t, "events", 0, 0)
					s.wantMessages(t, "dead", 1, 0)
					spans := s.spans("process task-created")
					var failed int
					for _, span := range spans {
						if isFailed(span) {
							failed++
							if got := attributesOf(span)["error.type"]; got != "deadline_exceeded" {
								t.Errorf("error.type is %q, want deadline_exceeded", got)
							}
							if took := span.EndTime().Sub(span.StartTime()); took >= visibility {
								t.Errorf("processing ended after %s, want it within the visibility time-out", took)
							}
						}
					}
					if failed != maxReceives {
						t.Errorf("%d spans failed, want %d", failed, maxReceives)
					}
					stop()
				})
			})
		}
	}
}

// updates counts the updates of each task, each of which takes some time.
type updates struct {
	mu    sync.Mutex
	count map[string]int
}

func (u *updates) taking(d time.Duration) func(context.Context, string) error {
	u.count = map[string]int{}
	return func(ctx context.Context, id string) error {
		u.mu.Lock()
		u.count[id]++
		u.mu.Unlock()
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (u *updates) wantOnce(t *testing.T, ids []string) {
	t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, id := range ids {
		if u.count[id] != 1 {
			t.Errorf("task %s was updated %d times, want once", id, u.count[id])
		}
	}
}

func TestLongProcessingKeepsItsMessage(t *testing.T) {
	for _, faults := range [][]fakes.Fault{
		nil,
		{{Op: "ChangeMessageVisibility", Err: fakes.Throttled}},
		{{Op: "ChangeMessageVisibility", Delay: time.Minute}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSystem(t, faults...)
			s.config.Timeout, s.config.Pollers = 10*time.Minute, 3
			var u updates
			s.table.updating = u.taking(5 * time.Minute)
			s.send(t, "a", "b")
			stop := s.run(t)
			pass(5*time.Minute + time.Second)
			for _, id := range []string{"a", "b"} {
				s.wantStatus(t, id, "PROCESSED")
			}
			s.wantMessages(t, "events", 0, 0)
			s.wantMessages(t, "dead", 0, 0)
			stop()
			u.wantOnce(t, []string{"a", "b"})
			if n := strings.Count(s.log.String(), "could not extend"); n != len(faults) {
				t.Errorf("%d extensions failed, want %d:\n%s", n, len(faults), &s.log)
			}
		})
	}
}

// Ten messages of 40 s each are in one batch, with a visibility time-out of 30 s. Other pollers
// wait for what becomes visible.
func TestSlowBatchIsProcessedOnceAndNeverDeadLettered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.config.Consumer, s.config.Pollers, s.config.Timeout = worker.ConsumerBatch, 3, 2*time.Minute
		var u updates
		s.table.updating = u.taking(40 * time.Second)
		ids := strings.Split("abcdefghij", "")
		s.send(t, ids...)
		stop := s.run(t)
		pass(39500 * time.Millisecond)
		for done := range ids {
			s.wantMessages(t, "events", 0, len(ids)-done) // each is settled as soon as it is done
			pass(time.Second)
		}
		s.wantMessages(t, "events", 0, 0)
		s.wantMessages(t, "dead", 0, 0)
		for _, id := range ids {
			s.wantStatus(t, id, "PROCESSED")
		}
		stop()
		u.wantOnce(t, ids)
		if n := len(s.spans("process task-created")); n != 1 {
			t.Errorf("%d spans, want one of the batch", n)
		}
	})
}

// The rest of a batch goes back to the queue at a shutdown, and is not hidden.
func TestRestOfABatchIsReleasedAtShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.config.Consumer, s.config.Drain, s.config.Wait = worker.ConsumerBatch, 1500*time.Millisecond, time.Second
		var u updates
		s.table.updating = u.taking(10 * time.Second)
		s.send(t, "a", "b", "c", "d")
		stop := s.run(t)
		synctest.Wait()
		stop()
		for _, id := range []string{"a", "b", "c", "d"} {
			s.wantStatus(t, id, "PENDING")
		}
		s.wantMessages(t, "events", 4, 0)
		if u.count["a"] != 1 || u.count["b"] != 1 || u.count["c"]+u.count["d"] != 0 {
			t.Errorf("updates are %v, want those of a and b, which had begun", u.count)
		}
	})
}

// It is its last receive: a message that stays would be dead-lettered.
func TestProcessedMessageWhoseDeleteFailsIsNotDeadLettered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, fakes.Fault{Op: "DeleteMessage", Times: 3, Err: fakes.Unavailable})
		broken := 0
		s.table.updating = func(context.Context, string) error {
			if broken++; broken < maxReceives {
				return errors.New("no route to host")
			}
			return nil
		}
		s.send(t, "a")
		stop := s.run(t)
		pass(maxReceives * (visibility + 10*time.Second))
		stop()
		s.wantStatus(t, "a", "PROCESSED")
		s.wantMessages(t, "events", 0, 0)
		s.wantMessages(t, "dead", 0, 0)
	})
}

func TestLinksOfABatchHaveTheirMessagesIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.config.Consumer = worker.ConsumerBatch
		s.send(t, "a", "b", "c")
		stop := s.run(t)
		synctest.Wait()
		stop()
		processed := s.spans("process task-created")
		if len(processed) != 1 || len(processed[0].Links()) != 3 {
			t.Fatalf("%d batches, want one with three links", len(processed))
		}
		sent := s.spans("send events")
		for i, link := range processed[0].Links() {
			want := attributesOf(sent[i])["messaging.message.id"]
			if len(link.Attributes) != 1 || link.Attributes[0].Key != "messaging.message.id" ||
				link.Attributes[0].Value.AsString() != want || link.SpanContext.SpanID() != sent[i].SpanContext().SpanID() {
				t.Errorf("link %d has attributes %v, want messaging.message.id %q", i, link.Attributes, want)
			}
		}
	})
}
