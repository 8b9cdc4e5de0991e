package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The fields of W3C trace context and baggage.
const (
	fieldTraceparent = "traceparent"
	fieldTracestate  = "tracestate"
	fieldBaggage     = "baggage"
)

// Propagator returns the propagator of W3C trace context and W3C baggage.
func Propagator() propagation.TextMapPropagator {
	return propagation.NewCompositeTextMapPropagator(traceContext{}, quietBaggage{})
}

// HTTPEdge returns next made safe for headers that strangers send, as W3C Trace Context requires
// (sections 3.2.2 and 3.3.1): a request with more than one traceparent has none, several tracestate
// headers are one list, and a trace that begins here has the flag that its ID is random (section
// 3.2.2.5.2). Carriers of other kinds than [propagation.HeaderCarrier] are read by next as they
// are.
func HTTPEdge(next propagation.TextMapPropagator) propagation.TextMapPropagator {
	return httpEdge{next}
}

type httpEdge struct{ propagation.TextMapPropagator }

func (p httpEdge) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	if header, ok := carrier.(propagation.HeaderCarrier); ok {
		carrier = edgeCarrier{header}
	}
	ctx = p.TextMapPropagator.Extract(ctx, carrier)
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = trace.ContextWithSpan(ctx, randomRoot)
	}
	return ctx
}

// randomRoot is the parent of a request that continues no trace. Its context is invalid, so that
// the SDK makes new IDs, and a span takes its flags over: the SDK's trace IDs are random, which
// level 2 of W3C Trace Context wants to be marked, and the SDK doesn't mark by itself.
var randomRoot = trace.SpanFromContext(trace.ContextWithSpanContext(context.Background(),
	trace.NewSpanContext(trace.SpanContextConfig{TraceFlags: trace.FlagsRandom})))

// edgeCarrier reads headers that may occur more than once. It has the names that every request is
// searched for in the spelling of net/http, which would otherwise be made for each look-up.
type edgeCarrier struct{ propagation.HeaderCarrier }

func (c edgeCarrier) Get(key string) string {
	values := c.Values(key)
	switch {
	case len(values) == 0:
		return ""
	case len(values) == 1:
		return values[0]
	}
	switch strings.ToLower(key) {
	case fieldTraceparent:
		return ""
	case fieldTracestate:
		return strings.Join(values, ",")
	}
	return values[0]
}

func (c edgeCarrier) Values(key string) []string {
	switch strings.ToLower(key) {
	case fieldTraceparent:
		return c.HeaderCarrier["Traceparent"]
	case fieldTracestate:
		return c.HeaderCarrier["Tracestate"]
	case fieldBaggage:
		return c.HeaderCarrier["Baggage"]
	}
	return c.HeaderCarrier.Values(key)
}

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
