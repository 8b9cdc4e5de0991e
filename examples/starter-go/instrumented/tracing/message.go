package tracing

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// MessageAttributeNames returns the attributes to request with a message: the context is in them,
// and SQS returns none that aren't requested.
func MessageAttributeNames() []string {
	if without(pieceAttributes) {
		return nil
	}
	return []string{"All"}
}

// Process handles a message within a CONSUMER span, which no instrumentation can start: only the
// program knows where the processing of a message begins and ends. The span links to the send, whose
// context is in the message's attributes.
func Process(ctx context.Context, queueURL *string, message types.Message,
	handle func(context.Context, types.Message) error,
) error {
	if without(pieceProcess) {
		return handle(ctx, message)
	}
	queue := queueName(queueURL)
	options := []trace.SpanStartOption{trace.WithAttributes(
		semconv.MessagingSystemAWSSQS,
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingOperationName("process"),
		semconv.MessagingDestinationName(queue),
		semconv.MessagingMessageID(aws.ToString(message.MessageId)))}
	if !without(pieceKind) {
		options = append(options, trace.WithSpanKind(trace.SpanKindConsumer))
	}
	if sent := sentBy(ctx, message); sent.IsValid() && !without(pieceLink) {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: sent}))
	}
	ctx, span := otel.Tracer("starter").Start(ctx, "process "+queue, options...)
	defer span.End()
	if err := handle(ctx, message); err != nil {
		span.SetStatus(codes.Error, "the task was not marked as processed")
		return err
	}
	return nil
}

// sentBy returns the context of the span that sent a message; it is not valid if the message has none.
func sentBy(ctx context.Context, message types.Message) trace.SpanContext {
	fields := propagation.MapCarrier{}
	for name, value := range message.MessageAttributes {
		fields[name] = aws.ToString(value.StringValue)
	}
	return trace.SpanContextFromContext(otel.GetTextMapPropagator().Extract(ctx, fields))
}
