package play

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"

	"tracelab/telemetry"
	"tracelab/tracetree"
)

// carrier is what takes the context from one span to the next.
type carrier uint8

const (
	inProcess carrier = iota
	httpHeader
	grpcMetadata
	sqsAttributes
	messageHeaders // of messaging systems other than SQS
)

// arrival returns how the context gets to s. Work for the same service arrives over no wire, unless it is served or
// taken from a queue.
func arrival(s, above *span) carrier {
	switch {
	case s.kind == tracetree.KindConsumer && above != nil && above.form == send && above.line.Actor.Text != "sqs":
		return messageHeaders
	case s.kind == tracetree.KindConsumer:
		return sqsAttributes
	case s.form == grpcServer:
		return grpcMetadata
	case s.kind == tracetree.KindServer, above != nil && above.service != s.service:
		return httpHeader
	default:
		return inProcess
	}
}

// clean returns ctx without what only a carrier may bring: the span and the baggage.
func clean(ctx context.Context) context.Context {
	return baggage.ContextWithoutBaggage(trace.ContextWithSpanContext(ctx, trace.SpanContext{}))
}

// carry takes the context of one service to another one, which gets nothing but what the carrier brings.
func carry(ctx context.Context, over carrier, from, to telemetry.Service) context.Context {
	received := clean(ctx)
	switch over {
	case httpHeader:
		header := propagation.HeaderCarrier(http.Header{})
		from.Propagator.Inject(ctx, header)
		return telemetry.HTTPEdge(to.Propagator).Extract(received, header)
	case grpcMetadata:
		md := metadataCarrier(metadata.MD{})
		from.Propagator.Inject(ctx, md)
		return to.Propagator.Extract(received, md)
	case sqsAttributes:
		attrs, _ := telemetry.InjectMessage(ctx, from.Propagator, "", nil) // there is room for every field: no others are there
		return telemetry.ExtractMessage(received, to.Propagator, attrs)
	case messageHeaders:
		headers := propagation.MapCarrier{}
		from.Propagator.Inject(ctx, headers)
		return to.Propagator.Extract(received, headers)
	default:
		return ctx
	}
}

// metadataCarrier lets a propagator write and read the metadata of gRPC.
type metadataCarrier metadata.MD

func (c metadataCarrier) Get(key string) string {
	if values := metadata.MD(c).Get(key); len(values) > 0 {
		return values[0]
	}
	return ""
}

func (c metadataCarrier) Set(key, value string) { metadata.MD(c).Set(key, value) }

func (c metadataCarrier) Keys() []string { return slices.Sorted(maps.Keys(c)) }
