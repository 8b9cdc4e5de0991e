package worker_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"tracelab/fakes"
	"tracelab/worker"
)

func TestMessagesThatCannotBeProcessedGoToTheDeadLetterQueue(t *testing.T) {
	tests := []struct{ name, body, span, says, reason string }{
		{
			"unknown type",
			`{"type":"task-lost","task_id":"a"}`,
			"process events",
			"unknown type",
			"what a body says stays out of names",
		},
		{"not JSON", `hello`, "process events", "decode event", "what can't be named is named after its queue"},
		{"no type", `{"task_id":"a"}`, "process events", "type and task_id are required", ""},
		{"no task", `{"type":"task-created"}`, "process task-created", "type and task_id are required", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSystem(t)
				s.table.updating = func(_ context.Context, id string) error {
					if id != "fine" {
						t.Errorf("task %q is updated", id)
					}
					return nil
				}
				s.sendBody(t, test.body)
				s.send(t, "fine")
				stop := s.run(t)
				synctest.Wait()
				s.wantStatus(t, "fine", "PROCESSED")
				pass(maxReceives * (visibility + time.Second))
				stop()

				s.wantMessages(t, "events", 0, 0)
				s.wantMessages(t, "dead", 1, 0)
				var retries []string
				for _, span := range s.spans(test.span) {
					if span.Status().Code == codes.Error {
						retries = append(
							retries,
							attributesOf(span)["aws.sqs.message.receive_count"]+" "+attributesOf(span)["retry_count"],
						)
						if !strings.Contains(span.Status().Description, test.says) {
							t.Errorf("status says %q, want %q in it", span.Status().Description, test.says)
						}
					}
				}
				if diff := cmp.Diff([]string{"1 ", "2 1", "3 2"}, retries); diff != "" {
					t.Errorf("receive and retry counts (-want +got), %s:\n%s", test.reason, diff)
				}
			})
		})
	}
}

func TestUnreadableMessageInABatchIsNotWorkedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.config.Consumer = worker.ConsumerBatch
		s.table.updating = func(_ context.Context, id string) error {
			if id != "fine" {
				t.Errorf("task %q is updated", id)
			}
			return nil
		}
		s.sendBody(t, `{"type":"task-created"}`)
		s.send(t, "fine")
		stop := s.run(t)
		pass(maxReceives * (visibility + time.Second))
		stop()
		s.wantStatus(t, "fine", "PROCESSED")
		s.wantMessages(t, "events", 0, 0)
		s.wantMessages(t, "dead", 1, 0)
	})
}

func TestFailedReceivesAreTriedAgainEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t,
			fakes.Fault{Op: "ReceiveMessage", Times: 9, Err: errors.New("no route to host")},
			fakes.Fault{Op: "ReceiveMessage", Nth: 11, Err: errors.New("no route to host")})
		var at []time.Duration
		started := time.Now()
		s.queue.receiving = func() { at = append(at, time.Since(started)) }
		stop := s.run(t)
		pass(55700 * time.Millisecond)
		stop()
		ms := time.Millisecond
		want := []time.Duration{
			0, 100 * ms, 300 * ms, 700 * ms, 1500 * ms, 3100 * ms, 6300 * ms, 12700 * ms, 22700 * ms, // doubling up to 10 s
			32700 * ms, // the 10th succeeds, after a long poll of 20 s
			52700 * ms, // the 11th fails
			52800 * ms, // and is tried again as after a first failure
		}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("times of the receives (-want +got):\n%s", diff)
		}
		if n := strings.Count(s.log.String(), "could not receive messages"); n != 10 {
			t.Errorf("%d failures are logged, want 10", n)
		}
	})
}

func TestPanicLeavesItsMessageAndTheWorkerGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		panics := true
		s.table.updating = func(_ context.Context, id string) error {
			if id == "bad" && panics {
				panics = false
				panic("no table, password=hunter22")
			}
			return nil
		}
		s.send(t, "bad", "good")
		stop := s.run(t)
		synctest.Wait()
		s.wantStatus(t, "bad", "PENDING")
		s.wantStatus(t, "good", "PROCESSED")
		s.wantMessages(t, "events", 0, 1)
		pass(visibility + time.Second)
		stop()
		s.wantStatus(t, "bad", "PROCESSED")
		s.wantMessages(t, "events", 0, 0)

		failed := 0
		for _, span := range s.spans("process task-created") {
			if span.Status().Code == codes.Error {
				failed++
				if want := "process task-created: panic: no table, password=[redacted]"; span.Status().Description != want {
					t.Errorf("status says %q, want %q", span.Status().Description, want)
				}
				if !slices.Contains(span.Attributes(), attribute.String("error.type", "panic")) {
					t.Errorf("error.type is not panic: %v", span.Attributes())
				}
			}
		}
		if failed != 1 {
			t.Errorf("%d spans failed, want 1", failed)
		}
		if log := s.log.String(); !strings.Contains(log, `"msg":"panic"`) || !strings.Contains(log, "failure_test.go") ||
			strings.Contains(log, "hunter22") {
			t.Errorf("the log has no panic with its stack, or its secret:\n%.2000s", log)
		}
	})
}

// The task is done and its message comes again.
func TestMessageThatIsDeliveredAgainChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, fakes.Fault{Op: "DeleteMessage", Times: 6, Err: errors.New("no route to host")}) // all tries
		s.send(t, "a")
		stop := s.run(t)
		synctest.Wait()
		s.wantStatus(t, "a", "PROCESSED")
		s.wantMessages(t, "events", 0, 1)
		first := s.text(t, "a", "updated_at")
		pass(visibility + time.Second)
		stop()
		if again := s.text(t, "a", "updated_at"); first == "" || again != first {
			t.Errorf("updated at %q, and again at %q", first, again)
		}
		s.wantMessages(t, "events", 0, 0)
		spans := s.spans("process task-created")
		if len(spans) != 2 || slices.ContainsFunc(spans, isFailed) {
			t.Errorf("%d spans, some failed: %v; want two fine ones", len(spans), slices.ContainsFunc(spans, isFailed))
		}
		for _, part := range []string{"could not delete message", "task is not pending, nothing to do"} {
			if !strings.Contains(s.log.String(), part) {
				t.Errorf("the log doesn't say %q:\n%s", part, &s.log)
			}
		}
	})
}

func TestEventOfATaskThatIsGoneIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.sendBody(t, `{"type":"task-created","task_id":"gone"}`)
		s.run(t)
		synctest.Wait()
		s.wantStatus(t, "gone", "") // an update must not create
		s.wantMessages(t, "events", 0, 0)
	})
}
