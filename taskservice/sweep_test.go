package taskservice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"google.golang.org/grpc/codes"

	"tracelab/fakes"
	"tracelab/taskservice"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// lost is a fault that loses the first n events.
func lost(n int) fakes.Fault {
	return fakes.Fault{Op: "SendMessage", Times: n, Err: errors.New("no route to host")}
}

// createLost creates a task whose event is lost, and returns its id.
func (s *system) createLost(t testing.TB, key, description string) string {
	t.Helper()
	in := &taskpb.CreateTaskRequest{Title: "Buy milk", Description: description, IdempotencyKey: key}
	_, err := s.CreateTask(t.Context(), in)
	wantCode(t, err, codes.Unavailable)
	out, err := s.CreateTask(t.Context(), in)
	if err != nil || !out.GetReplayed() || out.GetTask().GetStatus() != taskpb.TaskStatus_TASK_STATUS_PENDING {
		t.Fatalf("the task is %v, error %v, want it PENDING", out, err)
	}
	return out.GetTask().GetId()
}

func (s *system) wantSweep(t testing.TB, want int) {
	t.Helper()
	if sent, err := s.Sweep(t.Context()); sent != want || err != nil {
		t.Errorf("swept %d, error %v, want %d", sent, err, want)
	}
}

func TestLostEventIsSentOnceByManySweeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute}, lost(1))
		id := s.createLost(t, "k", "")
		s.wantSweep(t, 0) // it may still be under way
		pass(time.Minute)
		s.wantSweep(t, 0) // not for longer than a minute yet
		pass(time.Millisecond)

		var sent atomic.Int64
		var sweeps sync.WaitGroup
		for range 8 {
			sweeps.Go(func() {
				n, err := s.Sweep(t.Context())
				if err != nil {
					t.Error(err)
				}
				sent.Add(int64(n))
			})
		}
		sweeps.Wait()
		if events := s.published(t); sent.Load() != 1 || !slices.Equal(events, []string{id}) {
			t.Errorf("swept %d, events of %q, want one of %s", sent.Load(), events, id)
		}
	})
}

func TestSweepGivesAnEventUpAfterMaxResends(t *testing.T) {
	tests := []struct{ max, want int }{{2, 2}, {0, 5}}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
			s := newSystem(t, taskservice.Config{
				ResendAfter: time.Minute, MaxResends: test.max, Telemetry: telemetry.Service{Logger: logger},
			}, lost(1))
			s.createLost(t, "k", "")
			for range 10 {
				pass(time.Minute + time.Second)
				if _, err := s.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if n := len(s.published(t)); n != test.want {
				t.Errorf("MaxResends %d: sent %d times, want %d", test.max, n, test.want)
			}
			if n := strings.Count(log.String(), `"last":true`); n != 1 || strings.Contains(log.String(), `"last":false`) {
				t.Errorf("%d warnings of a last resend, want 1:\n%s", n, &log)
			}
		})
	}
}

// Only an event that was sent counts as a resend: however long the queue is away, no task is given
// up for it.
func TestOutageOfTheQueueGivesNoTaskUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute, MaxResends: 2}, lost(8))
		id := s.createLost(t, "k", "")
		for range 7 {
			pass(time.Minute + time.Second)
			if sent, err := s.Sweep(t.Context()); sent != 0 || err == nil {
				t.Errorf("swept %d, error %v, while the queue is away", sent, err)
			}
		}
		pass(time.Minute + time.Second)
		s.wantSweep(t, 1)
		if events := s.published(t); !slices.Equal(events, []string{id}) {
			t.Errorf("events of %q, want one of %s", events, id)
		}
	})
}

func TestUnreadableTaskKeepsNoOtherFromItsEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute}, lost(1))
		id := s.createLost(t, "k", "")
		_, err := s.db.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("tasks"),
			Item: map[string]types.AttributeValue{
				"id":     &types.AttributeValueMemberS{Value: "broken"},
				"status": &types.AttributeValueMemberS{Value: "PENDING"}, "updated_at": &types.AttributeValueMemberS{Value: "1999"},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute + time.Second)
		sent, err := s.Sweep(t.Context())
		if sent != 1 || err == nil || !strings.Contains(err.Error(), "task broken, attribute created_at") {
			t.Errorf("swept %d, error %v, want 1 and what is wrong with the other", sent, err)
		}
		if events := s.published(t); !slices.Equal(events, []string{id}) {
			t.Errorf("events of %q, want one of %s", events, id)
		}
		_, err = s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "broken"})
		wantCode(t, err, codes.DataLoss) // trying again doesn't help
	})
}

func TestResendWaitsAsLongAsTheFirstSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute}, lost(1))
		s.createLost(t, "k", "")
		pass(time.Minute + time.Second)
		s.wantSweep(t, 1)
		s.wantSweep(t, 0)
		pass(time.Minute + time.Second)
		s.wantSweep(t, 1)
	})
}

func TestSweepLeavesTasksThatAreNotPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute}, lost(2))
		done, deleted := s.createLost(t, "k", ""), s.createLost(t, "l", "")
		finish := update(done, "status", &taskpb.Task{Status: taskpb.TaskStatus_TASK_STATUS_DONE})
		if _, err := s.UpdateTask(t.Context(), finish); err != nil {
			t.Fatal(err)
		}
		if _, err := s.DeleteTask(t.Context(), &taskpb.DeleteTaskRequest{Id: deleted}); err != nil {
			t.Fatal(err)
		}
		pass(time.Hour)
		s.wantSweep(t, 0)
	})
}

func TestSweepGoesThroughAllPages(t *testing.T) {
	const n = 150 // of 16 KB, which is more than two pages of 1 MiB
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute}, lost(n))
		var scans int
		service, err := taskservice.New(taskservice.Config{
			DynamoDB: hook{s.db, func(_ context.Context, operation string) {
				if operation == "Scan" {
					scans++
				}
			}},
			Table: "tasks", SQS: s.sqs, QueueURL: fakes.QueueURL("events"), ResendAfter: time.Minute,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Service = service
		var want []string
		for i := range n {
			want = append(want, s.createLost(t, fmt.Sprint("k", i), strings.Repeat("𝄞", 4000)))
		}
		pass(time.Hour)
		s.wantSweep(t, n)
		got := s.published(t)
		slices.Sort(got)
		if slices.Sort(want); !slices.Equal(got, want) || scans < 3 {
			t.Errorf("%d events by %d scans, want one for each of %d tasks by at least 3", len(got), scans, n)
		}
	})
}

func TestSweepGoesOnAfterAFailureAndReturnsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("queue is on holiday")
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute}, lost(3),
			fakes.Fault{Op: "SendMessage", Nth: 4, Err: refused})
		for _, key := range []string{"a", "b", "c"} {
			s.createLost(t, key, "")
		}
		pass(time.Hour)
		if sent, err := s.Sweep(t.Context()); sent != 2 || !errors.Is(err, refused) {
			t.Errorf("swept %d, error %v, want 2 and the queue's own", sent, err)
		}
		pass(time.Minute + time.Second)
		s.wantSweep(t, 3) // the third, and the two that are not processed yet
	})
}

func TestSweepReturnsWhatTheTableAnswers(t *testing.T) {
	s := newSystem(t, taskservice.Config{}, fakes.Fault{Op: "Scan", Err: fakes.Throttled})
	if sent, err := s.Sweep(t.Context()); sent != 0 || err == nil {
		t.Errorf("swept %d, error %v", sent, err)
	}
}
