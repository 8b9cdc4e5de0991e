package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tracelab/telemetry"
)

// SQS is what the worker needs of *sqs.Client.
type SQS interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	ChangeMessageVisibility(
		context.Context, *sqs.ChangeMessageVisibilityInput, ...func(*sqs.Options),
	) (*sqs.ChangeMessageVisibilityOutput, error)
}

// DynamoDB is what the worker needs of *dynamodb.Client.
type DynamoDB interface {
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
}

// Consumer selects how the span of a message relates to the span that sent it.
type Consumer string

const (
	// ConsumerChild makes it a child of the send span, and links to it too: the whole request is
	// one trace. This is the default.
	ConsumerChild Consumer = "child"
	// ConsumerLink starts a trace of its own for each message, linked to the send span: for
	// messages that wait for long.
	ConsumerLink Consumer = "link"
	// ConsumerBatch starts one trace for each batch that was received, linked to the send span of
	// every message in it.
	ConsumerBatch Consumer = "batch"
)

// Config holds what the worker works with. DynamoDB is expected to be traced already (see
// [telemetry.DynamoDB]); SQS is not: polling isn't a part of any request, and would hide the traces
// in spans.
type Config struct {
	Telemetry telemetry.Service

	// SQS and QueueURL are where the events come from. Both are required.
	SQS      SQS
	QueueURL string
	// DynamoDB and Table are where the tasks are. Both are required.
	DynamoDB DynamoDB
	Table    string

	// Consumer is ConsumerChild when empty.
	Consumer Consumer
	// MessageAttributes names the message attributes to ask for; nil means all. SQS delivers none
	// that were not asked for, and the trace context is among them.
	MessageAttributes []string
	// Pollers is how many receives are under way at once, 1 when 0. Each poller processes up to ten
	// messages concurrently, and receives more as soon as one of them is done.
	Pollers int
	// Wait is the long poll of a receive, in whole seconds. 0 means 20 seconds, which is also the
	// most that SQS allows. A shutdown waits for the poll under way: see [Worker.Run].
	Wait time.Duration

	// Visibility is the queue's visibility time-out: how long a received message is hidden from
	// other consumers. While a message is being processed, the worker extends it whenever half of
	// it has passed. 0 means 30 seconds, as for SQS.
	Visibility time.Duration
	// Timeout is how long the processing of one message may take. A message that isn't done by then
	// is left to its visibility time-out, and delivered again. 0 means nine tenths of Visibility,
	// so that the message is not delivered again before its processing has ended.
	Timeout time.Duration
	// Drain is how long the messages at hand may take at shutdown. Messages that are not done by
	// then go back to the queue. 0 means 10 seconds.
	Drain time.Duration
}

const longestWait = 20 * time.Second

func (c Config) check() (Config, error) {
	c.Telemetry = c.Telemetry.Defaults()
	if c.SQS == nil || c.QueueURL == "" || c.DynamoDB == nil || c.Table == "" {
		return c, errors.New("configure worker: SQS, QueueURL, DynamoDB and Table are required")
	}
	switch c.Consumer {
	case "":
		c.Consumer = ConsumerChild
	case ConsumerChild, ConsumerLink, ConsumerBatch:
	default:
		return c, fmt.Errorf("configure worker: consumer is %q: want child, link or batch", c.Consumer)
	}
	if c.MessageAttributes == nil {
		c.MessageAttributes = []string{"All"}
	}
	if c.Pollers <= 0 {
		c.Pollers = 1
	}
	switch {
	case c.Wait == 0:
		c.Wait = longestWait
	case c.Wait < time.Second || c.Wait > longestWait || c.Wait%time.Second != 0:
		return c, fmt.Errorf("configure worker: wait is %s: want 1s to %s in whole seconds", c.Wait, longestWait)
	}
	if c.Drain <= 0 {
		c.Drain = 10 * time.Second
	}
	if c.Visibility <= 0 {
		c.Visibility = 30 * time.Second
	}
	if c.Timeout <= 0 {
		c.Timeout = c.Visibility * 9 / 10
	}
	return c, nil
}
