package fakestest

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// SQS runs the conformance tests of SQS.
func SQS(t *testing.T, h SQSHarness) {
	tests := []struct {
		name string
		test func(*testing.T, queues)
	}{
		{"delivers what was sent", sendAndReceive},
		{"returns attributes only when asked", attributesOnDemand},
		{"copies attributes in and out", attributesAreCopied},
		{"digests as documented", digests},
		{"carries X-Ray's trace header as a system attribute", traceHeader},
		{"refuses bad bodies", badBodies},
		{"refuses bad attributes", badAttributes},
		{"counts attributes in the size", messageTooLarge},
		{"refuses numbers out of range", outOfRange},
		{"refuses an unknown queue", unknownQueue},
		{"delivers at most ten at a time", batches},
		{"hides a received message for the visibility timeout", visibilityTimeout},
		{"hides for the timeout of the receive", visibilityOfReceive},
		{"changes the visibility of a received message", changeVisibility},
		{"delays a message", delay},
		{"returns from a long poll as soon as there is a message", longPollWakes},
		{"returns from a long poll with nothing at its end", longPollEnds},
		{"returns from a long poll when a message is visible again", longPollSeesReturn},
		{"returns from a long poll when a message is released", longPollSeesRelease},
		{"returns from a long poll when its context ends", longPollCancelled},
		{"forgets a deleted message", deleteForgets},
		{"ignores an old receipt handle", staleReceipt},
		{"refuses what is no receipt handle", badReceipts},
		{"counts receives", receiveCount},
		{"moves a message to the dead-letter queue", redrive},
		{"moves a message to the dead-letter queue during a long poll", redriveDuringPoll},
		{"counts messages by state", queueCounts},
		{"finds a queue by name", queueURL},
		{"answers with a request id", sqsRequestID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := h.Run
			if run == nil {
				run = func(t *testing.T, test func(*testing.T)) { test(t) }
			}
			run(t, func(t *testing.T) {
				client, name, dead := h.New(t)
				q := queues{SQSClient: client}
				q.url, q.dead = q.urlOf(t, name), q.urlOf(t, dead)
				tt.test(t, q)
			})
		})
	}
}

// queues is a client and the queue of one test with its dead-letter queue.
type queues struct {
	SQSClient
	url, dead string
}

func (q queues) urlOf(t *testing.T, name string) string {
	t.Helper()
	out, err := q.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	noError(t, err)
	return aws.ToString(out.QueueUrl)
}

func (q queues) send(t *testing.T, body string) *sqs.SendMessageOutput {
	t.Helper()
	out, err := q.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body})
	noError(t, err)
	return out
}

// receive requests up to ten messages with all attributes and waits for up to the given time.
func (q queues) receive(t *testing.T, url string, wait time.Duration) []types.Message {
	t.Helper()
	out, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: int32(wait / time.Second),
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	noError(t, err)
	return out.Messages
}

// receiveOne fails without exactly one message.
func (q queues) receiveOne(t *testing.T, url string, wait time.Duration) types.Message {
	t.Helper()
	got := q.receive(t, url, wait)
	if len(got) != 1 {
		t.Fatalf("received %d messages, want 1", len(got))
	}
	return got[0]
}

func (q queues) receiveNone(t *testing.T, url string) {
	t.Helper()
	if got := q.receive(t, url, 0); len(got) > 0 {
		t.Fatalf("received %d messages, want none", len(got))
	}
}

func (q queues) delete(t *testing.T, handle *string) {
	t.Helper()
	_, err := q.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: handle})
	noError(t, err)
}

func (q queues) hide(t *testing.T, handle *string, seconds int32) error {
	t.Helper()
	_, err := q.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &q.url, ReceiptHandle: handle, VisibilityTimeout: seconds,
	})
	return err
}

func sendAndReceive(t *testing.T, q queues) {
	sent := q.send(t, "hello")
	got := q.receiveOne(t, q.url, 0)
	if aws.ToString(got.Body) != "hello" || aws.ToString(got.MessageId) != aws.ToString(sent.MessageId) {
		t.Errorf("received %q with id %s, want %q with %s", *got.Body, *got.MessageId, "hello", *sent.MessageId)
	}
	if aws.ToString(got.MD5OfBody) != aws.ToString(sent.MD5OfMessageBody) {
		t.Errorf("got digest %s on receive, %s on send", *got.MD5OfBody, *sent.MD5OfMessageBody)
	}
}

func batches(t *testing.T, q queues) {
	const messages = 12
	for range messages {
		q.send(t, "x")
	}
	seen := map[string]bool{}
	for len(seen) < messages {
		got := q.receive(t, q.url, time.Second)
		if len(got) == 0 || len(got) > 10 {
			t.Fatalf("received %d messages after %d of %d, want 1 to 10", len(got), len(seen), messages)
		}
		for _, m := range got {
			seen[*m.MessageId] = true
			q.delete(t, m.ReceiptHandle)
		}
	}
	out, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.url})
	noError(t, err)
	if len(out.Messages) != 0 {
		t.Errorf("received %d messages after all were deleted", len(out.Messages))
	}
}

func unknownQueue(t *testing.T, q queues) {
	_, err := q.SendMessage(
		t.Context(),
		&sqs.SendMessageInput{QueueUrl: aws.String(q.url + "-not"), MessageBody: aws.String("x")},
	)
	wantCode(t, err, "AWS.SimpleQueueService.NonExistentQueue")
	wantType[*types.QueueDoesNotExist](t, err)
	_, err = q.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("no-such-queue")})
	wantType[*types.QueueDoesNotExist](t, err)
}

func outOfRange(t *testing.T, q queues) {
	inputs := []*sqs.ReceiveMessageInput{
		{MaxNumberOfMessages: 11},
		{MaxNumberOfMessages: -1},
		{WaitTimeSeconds: 21},
		{WaitTimeSeconds: -1},
		{VisibilityTimeout: 43201},
	}
	for _, in := range inputs {
		in.QueueUrl = &q.url
		_, err := q.ReceiveMessage(t.Context(), in)
		wantCode(t, err, "InvalidParameterValue")
	}
	_, err := q.SendMessage(
		t.Context(),
		&sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: aws.String("x"), DelaySeconds: 901},
	)
	wantCode(t, err, "InvalidParameterValue")
}

func queueCounts(t *testing.T, q queues) {
	q.send(t, "hidden")
	q.receiveOne(t, q.url, 0)
	q.send(t, "visible")
	_, err := q.SendMessage(
		t.Context(),
		&sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: aws.String("delayed"), DelaySeconds: 60},
	)
	noError(t, err)
	names := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	out, err := q.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &q.url, AttributeNames: names})
	noError(t, err)
	for _, name := range names {
		if got := out.Attributes[string(name)]; got != "1" {
			t.Errorf("got %s %q, want 1", name, got)
		}
	}
	if len(out.Attributes) != len(names) {
		t.Errorf("got attributes %v, want only those that were asked for", out.Attributes)
	}
	_, err = q.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{"NoSuchAttribute"},
	})
	wantCode(t, err, "InvalidAttributeName")
}

func queueURL(t *testing.T, q queues) {
	if q.url == "" || q.url == q.dead {
		t.Errorf("got URLs %q and %q, want two", q.url, q.dead)
	}
}

func sqsRequestID(t *testing.T, q queues) {
	if id, _ := awsmiddleware.GetRequestIDMetadata(q.send(t, "x").ResultMetadata); id == "" {
		t.Error("no request id in the output's metadata")
	}
}
