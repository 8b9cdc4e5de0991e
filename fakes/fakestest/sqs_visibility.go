package fakestest

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// margin is what a timed answer may come late on a real server, and how long after a moment a test
// looks.
const margin = time.Second

func visibilityTimeout(t *testing.T, q queues) {
	q.send(t, "x")
	first := q.receiveOne(t, q.url, 0)
	q.receiveNone(t, q.url)
	time.Sleep(VisibilityTimeout)
	second := q.receiveOne(t, q.url, margin)
	if *second.MessageId != *first.MessageId || *second.ReceiptHandle == *first.ReceiptHandle {
		t.Error("want the same message id with another receipt handle")
	}
}

func visibilityOfReceive(t *testing.T, q queues) {
	q.send(t, "x")
	long := int32(VisibilityTimeout/time.Second) + 2
	out, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.url, VisibilityTimeout: long})
	noError(t, err)
	if len(out.Messages) != 1 {
		t.Fatalf("received %d messages, want 1", len(out.Messages))
	}
	time.Sleep(VisibilityTimeout + margin/2)
	q.receiveNone(t, q.url)
	q.receiveOne(t, q.url, 2*time.Second+margin)
}

func changeVisibility(t *testing.T, q queues) {
	q.send(t, "x")
	m := q.receiveOne(t, q.url, 0)
	noError(t, q.hide(t, m.ReceiptHandle, 0))
	m = q.receiveOne(t, q.url, margin)
	noError(t, q.hide(t, m.ReceiptHandle, int32(VisibilityTimeout/time.Second)+2))
	time.Sleep(VisibilityTimeout + margin/2)
	q.receiveNone(t, q.url)
	wantCode(t, q.hide(t, m.ReceiptHandle, 43201), "InvalidParameterValue")
	wantCode(t, q.hide(t, m.ReceiptHandle, 43200), "InvalidParameterValue") // 12 hours after the receive at most
	q.delete(t, m.ReceiptHandle)
	wantCode(t, q.hide(t, m.ReceiptHandle, 1), "InvalidParameterValue")
}

func delay(t *testing.T, q queues) {
	_, err := q.SendMessage(
		t.Context(),
		&sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: aws.String("x"), DelaySeconds: 2},
	)
	noError(t, err)
	q.receiveNone(t, q.url)
	start := time.Now()
	q.receiveOne(t, q.url, 2*time.Second+margin)
	if waited := time.Since(start); waited > 2*time.Second+margin {
		t.Errorf("waited %s for a delay of 2 s", waited)
	}
}

func longPollWakes(t *testing.T, q queues) {
	const pause = time.Second
	start := time.Now()
	sent := make(chan error, 1)
	go func() {
		time.Sleep(pause)
		_, err := q.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: aws.String("x")})
		sent <- err
	}()
	q.receiveOne(t, q.url, 20*time.Second)
	noError(t, <-sent)
	if waited := time.Since(start); waited < pause || waited > pause+margin {
		t.Errorf("waited %s for a message sent after %s", waited, pause)
	}
}

func longPollEnds(t *testing.T, q queues) {
	const wait = time.Second
	start := time.Now()
	if got := q.receive(t, q.url, wait); len(got) != 0 {
		t.Errorf("received %d messages from an empty queue", len(got))
	}
	if waited := time.Since(start); waited < wait || waited > wait+margin {
		t.Errorf("waited %s, want %s", waited, wait)
	}
}

func longPollSeesReturn(t *testing.T, q queues) {
	q.send(t, "x")
	q.receiveOne(t, q.url, 0)
	start := time.Now()
	q.receiveOne(t, q.url, 20*time.Second)
	if waited := time.Since(start); waited > VisibilityTimeout+margin {
		t.Errorf("waited %s for a message hidden for %s", waited, VisibilityTimeout)
	}
}

func longPollSeesRelease(t *testing.T, q queues) {
	q.send(t, "x")
	out, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.url, VisibilityTimeout: 60})
	noError(t, err)
	if len(out.Messages) != 1 {
		t.Fatalf("received %d messages, want 1", len(out.Messages))
	}
	const pause = time.Second
	start := time.Now()
	released := make(chan error, 1)
	go func() {
		time.Sleep(pause)
		released <- q.hide(t, out.Messages[0].ReceiptHandle, 0)
	}()
	q.receiveOne(t, q.url, 20*time.Second)
	noError(t, <-released)
	if waited := time.Since(start); waited > pause+margin {
		t.Errorf("waited %s for a message released after %s", waited, pause)
	}
}

func longPollCancelled(t *testing.T, q queues) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := q.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &q.url, WaitTimeSeconds: 20})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want one that wraps %v", err, context.DeadlineExceeded)
	}
	wantType[interface {
		error
		CanceledError() bool
	}](t, err)
}

func deleteForgets(t *testing.T, q queues) {
	q.send(t, "x")
	m := q.receiveOne(t, q.url, 0)
	q.delete(t, m.ReceiptHandle)
	q.delete(t, m.ReceiptHandle) // a second time is not an error
	time.Sleep(VisibilityTimeout + margin)
	q.receiveNone(t, q.url)
}

func staleReceipt(t *testing.T, q queues) {
	q.send(t, "x")
	old := q.receiveOne(t, q.url, 0)
	noError(t, q.hide(t, old.ReceiptHandle, 0))
	last := q.receiveOne(t, q.url, margin)
	q.delete(t, old.ReceiptHandle)
	noError(t, q.hide(t, last.ReceiptHandle, int32(VisibilityTimeout/time.Second))) // so it is still there
	wantCode(t, q.hide(t, old.ReceiptHandle, 1), "InvalidParameterValue")
}

func badReceipts(t *testing.T, q queues) {
	for _, handle := range []string{"nonsense", "a:b:c", q.url} {
		_, err := q.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: &handle})
		wantType[*types.ReceiptHandleIsInvalid](t, err)
		wantType[*types.ReceiptHandleIsInvalid](t, q.hide(t, &handle, 1))
	}
}

func receiveCount(t *testing.T, q queues) {
	before := time.Now().Add(-margin).UnixMilli()
	q.send(t, "x")
	for want := 1; want <= MaxReceiveCount; want++ {
		m := q.receiveOne(t, q.url, margin)
		if got := m.Attributes["ApproximateReceiveCount"]; got != strconv.Itoa(want) {
			t.Errorf("got ApproximateReceiveCount %q, want %d", got, want)
		}
		for _, name := range []string{"SentTimestamp", "ApproximateFirstReceiveTimestamp"} {
			if ms, err := strconv.ParseInt(m.Attributes[name], 10, 64); err != nil || ms < before {
				t.Errorf("got %s %q, want milliseconds since 1970, at least %d", name, m.Attributes[name], before)
			}
		}
		noError(t, q.hide(t, m.ReceiptHandle, 0))
	}
}

func redrive(t *testing.T, q queues) {
	sent := q.send(t, "x")
	for range MaxReceiveCount {
		m := q.receiveOne(t, q.url, margin)
		q.receiveNone(t, q.dead)
		noError(t, q.hide(t, m.ReceiptHandle, 0))
	}
	if got := q.receive(t, q.url, margin); len(got) != 0 {
		t.Fatalf("received %d messages after %d receives, want none", len(got), MaxReceiveCount)
	}
	dead := q.receiveOne(t, q.dead, margin)
	if *dead.MessageId != *sent.MessageId || *dead.Body != "x" {
		t.Errorf("got message %s %q in the dead-letter queue, want %s %q", *dead.MessageId, *dead.Body, *sent.MessageId, "x")
	}
	if got := dead.Attributes["ApproximateReceiveCount"]; got != strconv.Itoa(MaxReceiveCount+1) {
		t.Errorf("got ApproximateReceiveCount %s in the dead-letter queue, want %d", got, MaxReceiveCount+1)
	}
}

func redriveDuringPoll(t *testing.T, q queues) {
	q.send(t, "x")
	for range MaxReceiveCount {
		q.receiveOne(t, q.url, VisibilityTimeout+margin)
	}
	polled := make(chan error, 1)
	go func() { // a consumer waits for its next message, which never comes
		_, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.url, WaitTimeSeconds: 5})
		polled <- err
	}()
	start := time.Now()
	q.receiveOne(t, q.dead, 20*time.Second)
	if waited := time.Since(start); waited > VisibilityTimeout+margin {
		t.Errorf("waited %s for the redrive, want about %s", waited, VisibilityTimeout)
	}
	noError(t, <-polled)
}
