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

// The limits of SQS for one message. The context must not make a message exceed them.
const (
	// MaxMessageAttributes is how many message attributes SQS accepts.
	MaxMessageAttributes = 10
	// MaxMessageSize is how many bytes the body and the names, types and values of all attributes
	// may have together. AWS raised it from 256 KiB to 1 MiB in 2025; a queue's MaximumMessageSize
	// may be lower.
	MaxMessageSize = 1 << 20
)

// InjectMessage returns a message's attributes with the context of ctx added,
// and the names of the fields that were left out because there was no room next
// to the body and the application's own attributes, which are never dropped: see
// [MaxMessageAttributes] and [MaxMessageSize]. Room goes to traceparent first,
// then tracestate, then baggage. The attributes that it is given are not changed.
//
// This keeps a trace connected across a queue. SQS has no headers: the consumer
// gets only what the producer puts into the message.
func InjectMessage(
	ctx context.Context, propagator propagation.TextMapPropagator, body string,
	attrs map[string]types.MessageAttributeValue,
) (injected map[string]types.MessageAttributeValue, dropped []string) {
	// The propagator sets fields in an order of its own, so they are collected
	// before room is allotted.
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
	size := len(body)
	for name, attr := range attrs {
		size += attributeSize(name, attr)
	}
	for i, f := range fields {
		old, replaces := injected[f.name]
		more := len(f.name) + len(*dataType) + len(f.value)
		if replaces {
			more -= attributeSize(f.name, old)
		}
		if !replaces && len(injected) >= MaxMessageAttributes || more > 0 && size+more > MaxMessageSize ||
			f.name == fieldTracestate && slices.Contains(dropped, fieldTraceparent) { // it means nothing by itself
			dropped = append(dropped, f.name)
			continue
		}
		size += more
		injected[f.name] = types.MessageAttributeValue{DataType: dataType, StringValue: &fields[i].value}
	}
	return injected, dropped
}

// attributeSize returns how many bytes of a message SQS counts for an attribute.
func attributeSize(name string, attr types.MessageAttributeValue) int {
	return len(name) + len(aws.ToString(attr.DataType)) + len(aws.ToString(attr.StringValue)) + len(attr.BinaryValue)
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
func ExtractMessage(ctx context.Context, propagator propagation.TextMapPropagator,
	attrs map[string]types.MessageAttributeValue,
) context.Context {
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
