package telemetry

import (
	"context"
	"slices"
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
	if !ok {
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
	case len(values) == 0:
		return ""
	case len(values) == 1:
		return values[0]
	case strings.EqualFold(key, fieldTraceparent):
		return ""
	case strings.EqualFold(key, fieldTracestate):
		return strings.Join(values, ",")
	default:
		return values[0]
	}
}

func (c edgeCarrier) Values(key string) []string { return c.values.Values(key) }

// fieldOrder sorts the fields of a propagator by how much is lost without
// them: the trace's identity first, then the vendors' and the users' additions.
func fieldOrder(a, b string) int {
	rank := func(field string) int {
		return slices.Index([]string{fieldBaggage, fieldTracestate, fieldTraceparent}, field)
	}
	if d := rank(b) - rank(a); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}
