package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
)

// traceContext is the SDK's propagator of W3C trace context, which refuses a traceparent whose
// reserved flags are set. W3C demands to ignore those (section 3.2.2.5): a caller that sets them is
// ahead of its time, and its trace goes on.
type traceContext struct{ propagation.TraceContext }

func (p traceContext) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	if parent, ok := withoutReservedFlags(carrier.Get(fieldTraceparent)); ok {
		carrier = parentCarrier{carrier, parent}
	}
	return p.TraceContext.Extract(ctx, carrier)
}

// withoutReservedFlags returns a traceparent of version 00 without its reserved flags, and whether
// any are set.
func withoutReservedFlags(parent string) (string, bool) {
	const length, knownFlags = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), 0x03
	if len(parent) != length || !strings.HasPrefix(parent, "00-") {
		return parent, false
	}
	const digits = "0123456789abcdef"
	high, low := strings.IndexByte(digits, parent[length-2]), strings.IndexByte(digits, parent[length-1])
	if flags := high<<4 | low; high < 0 || low < 0 || flags&^knownFlags == 0 {
		return parent, false
	}
	return parent[:length-2] + "0" + digits[low&knownFlags:low&knownFlags+1], true
}

// parentCarrier is a carrier with another traceparent.
type parentCarrier struct {
	propagation.TextMapCarrier
	parent string
}

func (c parentCarrier) Get(key string) string {
	if key == fieldTraceparent {
		return c.parent
	}
	return c.TextMapCarrier.Get(key)
}

// quietBaggage is the SDK's propagator of W3C baggage, which hands the members that it can't read
// to the process-wide error handler: it would print text from outside, unmasked. Here the span that
// continues the trace names the field instead, see [DroppedFieldsKey]. The other members are kept.
type quietBaggage struct{ propagation.Baggage }

func (quietBaggage) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	list := carrier.Get(fieldBaggage)
	if several, ok := carrier.(propagation.ValuesGetter); ok {
		list = strings.Join(several.Values(fieldBaggage), ",")
	}
	list = strings.Trim(list, " \t,") // an empty header isn't a member
	fits := list
	if len(list) > maxBaggage {
		fits = list[:max(0, strings.LastIndexByte(list[:maxBaggage+1], ','))]
	}
	members, err := baggage.Parse(fits)
	if err != nil || len(fits) < len(list) {
		ctx = context.WithValue(ctx, lostBaggage{}, true)
	}
	if members.Len() > 0 {
		ctx = baggage.ContextWithBaggage(ctx, members)
	}
	return ctx
}

// maxBaggage is how many bytes of baggage are read, the least that W3C demands. The SDK refuses
// more as a whole.
const maxBaggage = 8192

// lostBaggage is the key of a context whose baggage could not be read as a whole.
type lostBaggage struct{}
