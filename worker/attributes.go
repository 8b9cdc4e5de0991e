package worker

import (
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel/attribute"
	oldconv "go.opentelemetry.io/otel/semconv/v1.16.0"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"tracelab/taskservice/task"
	"tracelab/telemetry"
)

// ReceiveCountKey is how often the message has been delivered, this time included. The conventions
// have no name for it.
const ReceiveCountKey = attribute.Key("aws.sqs.message.receive_count")

// spanAttributes makes the names and attributes of the worker's spans.
type spanAttributes struct {
	queue    string
	consumer trace.SpanStartOption // the kind
	common   []attribute.KeyValue
}

func newSpanAttributes(queueURL string) spanAttributes {
	queue := telemetry.QueueName(queueURL)
	return spanAttributes{
		queue:    queue,
		consumer: trace.WithSpanKind(trace.SpanKindConsumer),
		common: []attribute.KeyValue{
			semconv.MessagingSystemAWSSQS,
			semconv.MessagingOperationName("process"),
			semconv.MessagingOperationTypeProcess,
			semconv.MessagingDestinationName(queue),
			semconv.AWSSQSQueueURL(queueURL),
			oldconv.MessagingDestinationKey.String(queue),
		},
	}
}

// name returns "process <event type>": the conventions put the destination there, but the kind of
// event is more useful to a reader than the queue it waited in. A message of unknown type falls
// back to the queue.
func (s spanAttributes) name(eventType string) string {
	if eventType == "" {
		return "process " + s.queue
	}
	return "process " + eventType
}

// with returns a copy of the common attributes with these added, and with room for more.
func (s spanAttributes) with(more ...attribute.KeyValue) []attribute.KeyValue {
	return append(slices.Clip(s.common), more...)
}

// options returns the options of a span with attributes.
func (s spanAttributes) options(attrs []attribute.KeyValue) []trace.SpanStartOption {
	opts := make([]trace.SpanStartOption, 0, 4) // with room for the link, and the new root
	return append(opts, s.consumer, trace.WithAttributes(attrs...))
}

func (s spanAttributes) message(message types.Message, eventType string) []trace.SpanStartOption {
	received := receiveCount(message)
	attrs := s.with(
		semconv.MessagingMessageID(aws.ToString(message.MessageId)),
		ReceiveCountKey.Int(received))
	if eventType != "" {
		attrs = append(attrs, semconv.CloudEventsEventType(eventType))
	}
	if received > 1 {
		attrs = append(attrs, telemetry.RetryCountKey.Int(received-1))
	}
	return s.options(attrs)
}

// link returns the attributes of a batch's link to the span that sent one of its messages: the span
// itself is of all of them.
func (s spanAttributes) link(message types.Message) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.MessagingMessageID(aws.ToString(message.MessageId))}
}

func (s spanAttributes) batch(events []task.Event) []trace.SpanStartOption {
	attrs := s.with(semconv.MessagingBatchMessageCount(len(events)))
	if eventType := commonType(events); eventType != "" {
		attrs = append(attrs, semconv.CloudEventsEventType(eventType))
	}
	return s.options(attrs)
}

// commonType returns the type that all the events have, or "".
func commonType(events []task.Event) string {
	for _, event := range events[1:] {
		if event.Type != events[0].Type {
			return ""
		}
	}
	return events[0].Type
}

func receiveCount(message types.Message) int {
	n, err := strconv.Atoi(message.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		return 0 // not received
	}
	return n
}
