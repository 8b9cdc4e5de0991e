package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/propagation"
)

// The fields of W3C trace context and baggage.
const (
	fieldTraceparent = "traceparent"
	fieldTracestate  = "tracestate"
	fieldBaggage     = "baggage"
)

// Propagator returns the propagator of W3C trace context and W3C baggage.
func Propagator() propagation.TextMapPropagator {
	return propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
}

// HTTPEdge returns next made safe for headers that strangers send, as W3C
// Trace Context asks (sections 3.2.2 and 3.3.1): a request with more than one
// traceparent has none, and several tracestate headers are one list. Carriers
// that can't hold a field twice are read by next as they are.
func HTTPEdge(next propagation.TextMapPropagator) propagation.TextMapPropagator {
	return httpEdge{next}
}

type httpEdge struct{ propagation.TextMapPropagator }

func (p httpEdge) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	values, ok := carrier.(propagation.ValuesGetter)
	if !ok || len(values.Values(fieldTraceparent)) < 2 && len(values.Values(fieldTracestate)) < 2 {
		return p.TextMapPropagator.Extract(ctx, carrier)
	}
	return p.TextMapPropagator.Extract(ctx, edgeCarrier{carrier, values})
}

// edgeCarrier reads a carrier whose fields may occur more than once.
type edgeCarrier struct {
	propagation.TextMapCarrier
	values propagation.ValuesGetter
}

func (c edgeCarrier) Get(key string) string {
	values := c.values.Values(key)
	switch {
	case len(values) < 2:
		return c.TextMapCarrier.Get(key)
	case strings.EqualFold(key, fieldTraceparent):
		return ""
	case strings.EqualFold(key, fieldTracestate):
		return strings.Join(values, ",")
	default:
		return values[0]
	}
}

func (c edgeCarrier) Values(key string) []string { return c.values.Values(key) }

// fieldRank sorts the fields of a propagator by how much is lost without them:
// the trace's identity first, then the vendors' and the users' additions, then
// what is not of W3C.
func fieldRank(field string) int {
	switch field {
	case fieldTraceparent:
		return 0
	case fieldTracestate:
		return 1
	case fieldBaggage:
		return 2
	default:
		return 3
	}
}
