package telemetry

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel/propagation"
)

// MaxMessageAttributes is how many message attributes SQS takes. Context has
// to fit among those that the application uses.
const MaxMessageAttributes = 10

// InjectMessage returns a copy of a message's attributes with the context of
// ctx added, and the fields for which there was no room: SQS allows
// [MaxMessageAttributes], and the application's own are never dropped. Room
// goes to traceparent first, then tracestate, then baggage.
//
// This is what makes a trace go on behind a queue. A queue has no headers:
// what the producer doesn't put into the message, the consumer can't know.
func InjectMessage(ctx context.Context, propagator propagation.TextMapPropagator, attrs map[string]types.MessageAttributeValue) (injected map[string]types.MessageAttributeValue, dropped []string) {
	// The propagator sets fields in an order of its own, so they are collected
	// before the room is given out.
	fields := propagation.MapCarrier{}
	propagator.Inject(ctx, fields)
	if len(fields) == 0 {
		return attrs, nil
	}
	injected = make(map[string]types.MessageAttributeValue, len(attrs)+len(fields))
	maps.Copy(injected, attrs)
	for _, field := range slices.SortedFunc(maps.Keys(fields), fieldOrder) {
		if _, replaces := injected[field]; !replaces && len(injected) >= MaxMessageAttributes {
			dropped = append(dropped, field)
			continue
		}
		injected[field] = types.MessageAttributeValue{
			DataType:    aws.String("String"),
			StringValue: aws.String(fields[field]),
		}
	}
	return injected, dropped
}

// ExtractMessage returns ctx with the context that a message's attributes
// carry. A message without any, or one that was received without asking for
// its attributes, leaves ctx as it is.
func ExtractMessage(ctx context.Context, propagator propagation.TextMapPropagator, attrs map[string]types.MessageAttributeValue) context.Context {
	return propagator.Extract(ctx, messageCarrier(attrs))
}

// messageCarrier reads the string attributes of a message.
type messageCarrier map[string]types.MessageAttributeValue

func (c messageCarrier) Get(key string) string {
	return aws.ToString(c[key].StringValue)
}

// Set stores a field as a string attribute, however many there are.
func (c messageCarrier) Set(key, value string) {
	c[key] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
}

func (c messageCarrier) Keys() []string { return slices.Sorted(maps.Keys(c)) }
