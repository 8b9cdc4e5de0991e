package telemetry

import (
	"cmp"
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
	fields := make(fieldList, 0, 3)
	propagator.Inject(ctx, &fields)
	if len(fields) == 0 {
		return attrs, nil
	}
	slices.SortFunc(fields, func(a, b field) int {
		return cmp.Or(cmp.Compare(fieldRank(a.name), fieldRank(b.name)), cmp.Compare(a.name, b.name))
	})
	injected = make(map[string]types.MessageAttributeValue, len(attrs)+len(fields))
	maps.Copy(injected, attrs)
	dataType := aws.String("String")
	for i, f := range fields {
		if _, replaces := injected[f.name]; !replaces && len(injected) >= MaxMessageAttributes {
			dropped = append(dropped, f.name)
			continue
		}
		injected[f.name] = types.MessageAttributeValue{DataType: dataType, StringValue: &fields[i].value}
	}
	return injected, dropped
}

// fieldList is a carrier that keeps what is injected, in order.
type fieldList []field

type field struct{ name, value string }

func (l *fieldList) Set(name, value string) { *l = append(*l, field{name, value}) }

func (l *fieldList) Get(name string) string {
	for _, f := range *l {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

func (l *fieldList) Keys() []string {
	keys := make([]string, len(*l))
	for i, f := range *l {
		keys[i] = f.name
	}
	return keys
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
