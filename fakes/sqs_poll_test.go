package fakes_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tracelab/fakes"
)

// leave long-polls for 20 s and gives up after the given time.
func leave(t *testing.T, s *fakes.SQS, after time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	if _, err := s.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("task-events")), WaitTimeSeconds: 20, MaxNumberOfMessages: 2,
	}); err == nil {
		t.Error("got no error from a poll that was given up")
	}
}

func TestSwallowHidesWhatComesForAPollThatWasGivenUp(t *testing.T) {
	const hidden = "ApproximateNumberOfMessagesNotVisible"
	tests := []struct {
		reason    string
		swallow   bool
		sentAfter time.Duration // the poll was given up at 5 s
		want      int           // messages that another receive gets
	}{
		{"without the fault nothing is lost", false, time.Second, 3},
		{"the poll's two messages are hidden", true, time.Second, 1},
		{"just before the poll's end", true, 14 * time.Second, 1},
		{"after the poll's end", true, 16 * time.Second, 3},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := fakes.SQSConfig{}
				if tt.swallow {
					config.Faults = []fakes.Fault{{Op: "ReceiveMessage", Swallow: true}}
				}
				s := newSQS(t, config)
				leave(t, s, 5*time.Second)
				time.Sleep(tt.sentAfter) // of the bubble's clock: it takes no time
				for range 3 {
					send(t, s)
				}
				if got := len(receive(t, s, "task-events", 0)); got != tt.want {
					t.Errorf("received %d messages, want %d", got, tt.want)
				}
				if got := counts(t, s)[hidden]; got != "3" {
					t.Errorf("%s is %s, want 3", hidden, got)
				}
				lost := 3 - tt.want
				again := receive(t, s, "task-events", 20*time.Second)
				for _, m := range again {
					if got := m.Attributes["ApproximateReceiveCount"]; got != "2" {
						t.Errorf("received %s times, want 2: the lost receive counts", got)
					}
				}
				if lost > 0 && len(again) < lost {
					t.Errorf("received %d messages after their visibility timeout, want %d or more", len(again), lost)
				}
			})
		})
	}
}

func TestEndPollsEndsLongPollsWithoutAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSQS(t, fakes.SQSConfig{})
		start := time.Now()
		done := make(chan int)
		go func() { done <- len(receive(t, s, "task-events", 20*time.Second)) }()
		synctest.Wait()
		s.EndPolls()
		if got := <-done; got != 0 {
			t.Errorf("received %d messages", got)
		}
		receive(t, s, "task-events", 20*time.Second) // a later one
		if took := time.Since(start); took != 0 {
			t.Errorf("the polls took %s, want no time", took)
		}
		send(t, s)
		if got := len(receive(t, s, "task-events", 20*time.Second)); got != 1 {
			t.Errorf("received %d messages, want the one that is there", got)
		}
	})
}
