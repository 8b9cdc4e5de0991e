package play

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
)

// carrier is the way in which the context gets from one span to the next.
type carrier uint8

const (
	inProcess carrier = iota
	httpHeader
	fields // gRPC metadata, or the attributes or headers of a message
)

// arrival returns how the context gets to s. Within a service it stays in the process, unless s
// serves a request or processes a message.
func arrival(s, above *span) carrier {
	switch {
	case s.kind == tracetree.KindConsumer, s.form == grpcServer:
		return fields
	case s.kind == tracetree.KindServer, above != nil && above.service != s.service:
		return httpHeader
	default:
		return inProcess
	}
}

// clean returns ctx without the span and the baggage, which only a carrier may transport.
func clean(ctx context.Context) context.Context {
	return baggage.ContextWithoutBaggage(trace.ContextWithSpanContext(ctx, trace.SpanContext{}))
}

// carry passes the context of one service to another one, which receives only what the carrier
// transports.
func carry(ctx context.Context, over carrier, propagator propagation.TextMapPropagator) context.Context {
	var wire propagation.TextMapCarrier
	switch over {
	case httpHeader:
		wire = propagation.HeaderCarrier{}
	case fields:
		wire = propagation.MapCarrier{}
	default:
		return ctx
	}
	propagator.Inject(ctx, wire)
	return propagator.Extract(clean(ctx), wire)
}
