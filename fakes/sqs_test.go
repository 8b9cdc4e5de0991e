package fakes_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"tracelab/fakes"
	"tracelab/fakes/fakestest"
)

func send(t testing.TB, s *fakes.SQS) string {
	t.Helper()
	out, err := s.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("task-events")), MessageBody: aws.String("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.MessageId
}

// receive long-polls for the given time.
func receive(t testing.TB, s *fakes.SQS, queue string, wait time.Duration) []types.Message {
	t.Helper()
	out, err := s.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(fakes.QueueURL(queue)), MaxNumberOfMessages: 10, WaitTimeSeconds: int32(wait / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Messages
}

func remove(t testing.TB, s *fakes.SQS, queue string, m types.Message) {
	t.Helper()
	_, err := s.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{
		QueueUrl: aws.String(fakes.QueueURL(queue)), ReceiptHandle: m.ReceiptHandle,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDuplicateDeliversCopiesThatCountOnTheirOwn(t *testing.T) {
	s := newSQS(t, fakes.SQSConfig{Faults: []fakes.Fault{{Op: "SendMessage", Duplicate: 2}}})
	id := send(t, s)
	got := receive(t, s, "task-events", 0)
	handles := map[string]bool{}
	for _, m := range got {
		handles[*m.ReceiptHandle] = true
		if *m.MessageId != id || m.Attributes["ApproximateReceiveCount"] != "1" {
			t.Errorf(
				"got id %s received %s times, want %s received once",
				*m.MessageId,
				m.Attributes["ApproximateReceiveCount"],
				id,
			)
		}
	}
	if len(got) != 3 || len(handles) != 3 {
		t.Fatalf("got %d messages with %d receipt handles, want 3 and 3", len(got), len(handles))
	}
	remove(t, s, "task-events", got[0])
	attrs := counts(t, s)
	want := map[string]string{"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "2"}
	if diff := cmp.Diff(want, attrs); diff != "" {
		t.Error("after one was deleted (-want +got):\n" + diff)
	}
}

func counts(t *testing.T, s *fakes.SQS) map[string]string {
	t.Helper()
	out, err := s.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(fakes.QueueURL("task-events")),
		AttributeNames: []types.QueueAttributeName{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes
}

func TestDropAnswersAndDeliversNothing(t *testing.T) {
	watched := 0
	s := newSQS(t, fakes.SQSConfig{
		Faults: []fakes.Fault{{Op: "SendMessage", Drop: true}},
		Watch:  func(delta int) { watched += delta },
	})
	if send(t, s) == "" {
		t.Error("got no message id")
	}
	if got := receive(t, s, "task-events", 0); len(got) != 0 || watched != 0 {
		t.Errorf("received %d messages, watched %d, want none", len(got), watched)
	}
}

func TestDeliveryDelayHoldsTheMessageNotTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSQS(t, fakes.SQSConfig{Faults: []fakes.Fault{{Op: "SendMessage", DeliveryDelay: 1500 * time.Millisecond}}})
		start := time.Now()
		send(t, s)
		if got := time.Since(start); got != 0 {
			t.Errorf("the call took %s", got)
		}
		receive(t, s, "task-events", 20*time.Second)
		if got := time.Since(start); got != 1500*time.Millisecond {
			t.Errorf("the message came after %s, want 1.5s", got)
		}
	})
}

func TestLostAnswerOfASendLeavesTheMessage(t *testing.T) {
	s := newSQS(t, fakes.SQSConfig{Faults: []fakes.Fault{{Op: "SendMessage", Err: fakes.Unavailable, After: true}}})
	_, err := s.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("task-events")), MessageBody: aws.String("x"),
	})
	wantText(t, err, "ServiceUnavailable")
	if got := receive(t, s, "task-events", 0); len(got) != 1 {
		t.Errorf("received %d messages, want the one that was sent", len(got))
	}
}

func TestWatchCountsMessagesNotAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := 0
		s := newSQS(t, fakes.SQSConfig{Watch: func(delta int) { open += delta }})
		want := func(n int, when string) {
			t.Helper()
			if open != n {
				t.Errorf("%s: watched %d, want %d", when, open, n)
			}
		}
		send(t, s)
		send(t, s)
		want(2, "after two sends")
		got := receive(t, s, "task-events", 0)
		want(2, "after their receive")
		remove(t, s, "task-events", got[0])
		want(1, "after a delete")
		remove(t, s, "task-events", got[0])
		want(1, "after the same delete again")
		for range fakestest.MaxReceiveCount - 1 {
			receive(t, s, "task-events", 20*time.Second)
		}
		want(1, "while receives are left")
		receive(t, s, "task-events", 20*time.Second)
		want(0, "after the move to the dead-letter queue")
		dead := receive(t, s, "dead-letters", 0)
		if len(dead) != 1 {
			t.Fatalf("received %d dead letters, want 1", len(dead))
		}
		source := dead[0].Attributes["DeadLetterQueueSourceArn"]
		if got, want := source, "arn:aws:sqs:us-east-1:000000000000:task-events"; got != want {
			t.Errorf("got DeadLetterQueueSourceArn %q, want %q", got, want)
		}
		remove(t, s, "dead-letters", dead[0])
		want(0, "after the delete of the dead letter")
		send(t, s)
		s.Close()
		want(0, "after Close purged a message")
		s.Close()
		want(0, "after Close again")
	})
}

func TestCloseEndsLongPollsAndRefusesCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSQS(t, fakes.SQSConfig{})
		polled := make(chan error, 1)
		start := time.Now()
		go func() {
			_, err := s.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
				QueueUrl: aws.String(fakes.QueueURL("task-events")), WaitTimeSeconds: 20,
			})
			polled <- err
		}()
		synctest.Wait()
		s.Close()
		wantText(t, <-polled, "fake is closed")
		if got := time.Since(start); got != 0 {
			t.Errorf("the long poll ended after %s, want at once", got)
		}
		_, err := s.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("task-events")})
		wantText(t, err, "fake is closed")
	})
}

func TestManyConsumersReceiveEveryMessageOnce(t *testing.T) {
	const consumers, messages = 8, 200
	s := newSQS(t, fakes.SQSConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan string, messages)
	errs := make(chan error, consumers)
	for range consumers {
		go func() { errs <- consume(ctx, s, got) }()
	}
	for range messages {
		send(t, s)
	}
	seen := map[string]bool{}
	for range messages {
		seen[<-got] = true
	}
	cancel()
	for range consumers {
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if len(seen) != messages {
		t.Errorf("received %d different messages, want %d", len(seen), messages)
	}
}

// consume receives and deletes until an error.
func consume(ctx context.Context, s *fakes.SQS, got chan<- string) error {
	url := aws.String(fakes.QueueURL("task-events"))
	for {
		out, err := s.ReceiveMessage(
			ctx,
			&sqs.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 20, MaxNumberOfMessages: 3, VisibilityTimeout: 600},
		)
		if err != nil {
			return err
		}
		for _, m := range out.Messages {
			in := &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}
			if _, err := s.DeleteMessage(ctx, in); err != nil {
				return fmt.Errorf("delete %s: %w", *m.MessageId, err)
			}
			got <- *m.MessageId
		}
	}
}
