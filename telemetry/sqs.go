package telemetry

import (
	"context"
	"log/slog"
	"path"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/middleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	oldconv "go.opentelemetry.io/otel/semconv/v1.16.0"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// DroppedFieldsKey names fields of the context that were not carried on: those that a message had
// no room for, on the span that sent it, and those that could not be read, on the span that
// received them.
const DroppedFieldsKey = attribute.Key("tracelab.propagation.dropped_fields")

// SendMessageAPI is the part of *sqs.Client that [SQS] decorates.
type SendMessageAPI interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// SQS returns next with a PRODUCER span around each SendMessage, named
// "send <queue>", whose context travels in the message's attributes: see
// [InjectMessage]. It follows the conventions for SQS and adds their older
// names.
//
// Where a message has no room for the context, it is sent all the same: the
// span names the fields that were left out, and a warning is logged.
//
// If the caller has put a context into the message, in attributes that the propagator reads, the
// message keeps it, as the conventions require: the consumer then continues that context, and the
// PRODUCER span links to it. An unreadable context is replaced.
//
// With s.XRay, the message carries the same context as X-Ray's header too, if the caller hasn't set
// one: see [XRayAttribute].
func SQS(next SendMessageAPI, s Service, at Endpoint) SendMessageAPI {
	if !s.Traced() {
		return next
	}
	s = s.Defaults()
	return &tracedSQS{next: next, tracer: s.Tracer(), propagator: s.Propagator, xray: s.XRay, logger: s.Logger, at: at}
}

type tracedSQS struct {
	next       SendMessageAPI
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	xray       bool
	logger     *slog.Logger
	at         Endpoint
	spans      awsSpans
}

func (q *tracedSQS) describe(_, queueURL string) awsSpan {
	queue := QueueName(queueURL)
	start := append(rpcAttributes("SQS/SendMessage"),
		semconv.MessagingSystemAWSSQS,
		semconv.MessagingOperationName("send"),
		semconv.MessagingOperationTypeSend,
		semconv.MessagingDestinationName(queue))
	return awsSpan{
		name: "send " + queue,
		start: []trace.SpanStartOption{
			trace.WithSpanKind(trace.SpanKindProducer),
			trace.WithAttributes(append(start, q.at.server()...)...),
		},
		rest: append(q.at.region(),
			semconv.AWSSQSQueueURL(queueURL),
			oldconv.MessagingDestinationKey.String(queue)),
	}
}

func (q *tracedSQS) SendMessage(ctx context.Context, in *sqs.SendMessageInput,
	opts ...func(*sqs.Options),
) (*sqs.SendMessageOutput, error) {
	in = orEmpty(in)
	ctx, call := q.spans.get("SendMessage", aws.ToString(in.QueueUrl), q.describe).begin(ctx, q.tracer)
	defer call.End()

	send := *in // the caller's input stays as it is
	var dropped []string
	carried := carriedContext(q.propagator, in.MessageAttributes)
	if carried.IsValid() {
		call.AddLink(trace.Link{SpanContext: carried})
	} else {
		carried = call.SpanContext()
		send.MessageAttributes, dropped = InjectMessage(ctx, q.propagator, aws.ToString(in.MessageBody), in.MessageAttributes)
	}
	if q.xray {
		send.MessageSystemAttributes = injectXRay(carried, in.MessageSystemAttributes)
	}
	if len(dropped) > 0 {
		q.logger.LogAttrs(ctx, slog.LevelWarn, "message has no room for the trace context",
			slog.Any("dropped", dropped),
			slog.Int("attributes", len(in.MessageAttributes)),
			slog.Int("max", MaxMessageAttributes),
			slog.Int("body_bytes", len(aws.ToString(in.MessageBody))),
			slog.Int("max_bytes", MaxMessageSize))
	}
	out, err := q.next.SendMessage(ctx, &send, opts...)
	if call.IsRecording() {
		attrs := append(make([]attribute.KeyValue, 0, 3), semconv.MessagingMessageBodySize(len(aws.ToString(in.MessageBody))))
		if len(dropped) > 0 {
			attrs = append(attrs, DroppedFieldsKey.StringSlice(dropped))
		}
		if err == nil {
			attrs = append(attrs, semconv.MessagingMessageID(aws.ToString(out.MessageId)))
		}
		call.annotate(err, func() middleware.Metadata { return out.ResultMetadata }, attrs...)
		Fail(call.Span, err)
	}
	return out, err
}

// carriedContext returns the context that a message's attributes carry, an invalid one without it.
func carriedContext(p propagation.TextMapPropagator, attrs map[string]types.MessageAttributeValue) trace.SpanContext {
	if len(attrs) == 0 {
		return trace.SpanContext{}
	}
	return trace.SpanContextFromContext(ExtractMessage(context.Background(), p, attrs))
}

// QueueName returns the name of the queue at a URL: its last part.
func QueueName(queueURL string) string { return path.Base(queueURL) }
