package fakes_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"pgregory.net/rapid"

	"tracelab/fakes"
	"tracelab/fakes/fakestest"
	"tracelab/internal/law"
)

// consumer sends, receives, releases and deletes in any order. No time passes: it hides messages
// for 12 hours and releases them by hand.
type consumer struct {
	fake          *fakes.SQS
	watched       int
	sent, deleted int
	held          map[string]string // message id to the handle of a message that it has received
	stale         []string          // handles of messages that were deleted or received again
	last          map[string]string // message id to its last handle
}

func (c *consumer) send(t *rapid.T) {
	_, err := c.fake.SendMessage(context.Background(), &sqs.SendMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("task-events")), MessageBody: aws.String("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.sent++
}

func (c *consumer) receive(t *rapid.T) {
	limit := rapid.Int32Range(1, 10).Draw(t, "limit")
	out, err := c.fake.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("task-events")), MaxNumberOfMessages: limit, VisibilityTimeout: 43200,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"ApproximateReceiveCount"},
	})
	if err != nil || len(out.Messages) > int(limit) {
		t.Fatalf("received %d messages of at most %d, error %v", len(out.Messages), limit, err)
	}
	for _, m := range out.Messages {
		id := *m.MessageId
		if c.held[id] != "" {
			t.Fatalf("received %s, which is hidden", id)
		}
		if n, err := strconv.Atoi(m.Attributes["ApproximateReceiveCount"]); err != nil || n > fakestest.MaxReceiveCount {
			t.Fatalf("received %s for the time %d, error %v", id, n, err)
		}
		if old := c.last[id]; old != "" {
			c.stale = append(c.stale, old)
		}
		c.held[id], c.last[id] = *m.ReceiptHandle, *m.ReceiptHandle
	}
}

// drawHeld takes one of the messages that the consumer holds.
func (c *consumer) drawHeld(t *rapid.T) (handle string) {
	if len(c.held) == 0 {
		t.Skip("nothing is held")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(c.held))).Draw(t, "id")
	handle = c.held[id]
	delete(c.held, id)
	return handle
}

func (c *consumer) release(t *rapid.T) {
	handle := c.drawHeld(t)
	_, err := c.fake.ChangeMessageVisibility(context.Background(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(fakes.QueueURL("task-events")), ReceiptHandle: &handle,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *consumer) delete(t *rapid.T, handle string) {
	_, err := c.fake.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("task-events")), ReceiptHandle: &handle,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *consumer) deleteHeld(t *rapid.T) {
	handle := c.drawHeld(t)
	c.delete(t, handle)
	c.deleted++
	c.stale = append(c.stale, handle)
}

func (c *consumer) deleteStale(t *rapid.T) {
	if len(c.stale) == 0 {
		t.Skip("no handle is stale")
	}
	c.delete(t, rapid.SampledFrom(c.stale).Draw(t, "handle"))
}

func (c *consumer) count(t *rapid.T, queue string) (visible, hidden int) {
	out, err := c.fake.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(fakes.QueueURL(queue)), AttributeNames: []types.QueueAttributeName{"All"},
	})
	if err != nil {
		t.Fatal(err)
	}
	visible, errV := strconv.Atoi(out.Attributes["ApproximateNumberOfMessages"])
	hidden, errH := strconv.Atoi(out.Attributes["ApproximateNumberOfMessagesNotVisible"])
	if errV != nil || errH != nil {
		t.Fatal(errV, errH)
	}
	return visible, hidden
}

// check holds after every action: no message is lost or duplicated, and Watch's sum is the number
// of open messages.
func (c *consumer) check(t *rapid.T) {
	visible, hidden := c.count(t, "task-events")
	dead, _ := c.count(t, "dead-letters")
	if hidden != len(c.held) {
		t.Fatalf("%d messages are hidden, want the %d that are held", hidden, len(c.held))
	}
	if visible+hidden+dead+c.deleted != c.sent {
		t.Fatalf(
			"%d visible, %d hidden, %d dead and %d deleted are not the %d sent",
			visible,
			hidden,
			dead,
			c.deleted,
			c.sent,
		)
	}
	if c.watched != visible+hidden {
		t.Fatalf("watched %d, want the %d visible and %d hidden", c.watched, visible, hidden)
	}
}

func TestNoMessageIsLostWhateverAConsumerDoes(t *testing.T) {
	law.Check(t, func(rt *rapid.T) {
		c := &consumer{held: map[string]string{}, last: map[string]string{}}
		c.fake = newSQS(t, fakes.SQSConfig{Watch: func(delta int) { c.watched += delta }})
		rt.Repeat(map[string]func(*rapid.T){
			"send": c.send, "receive": c.receive, "release": c.release,
			"delete": c.deleteHeld, "delete stale": c.deleteStale, "": c.check,
		})
	})
}
