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
	parent, parentDiffers := readableParent(carrier.Get(fieldTraceparent))
	state, stateDiffers := withoutEmptyMembers(carrier.Get(fieldTracestate))
	if parentDiffers || stateDiffers {
		carrier = readCarrier{carrier, parent, state}
	}
	return p.TraceContext.Extract(ctx, carrier)
}

// withoutEmptyMembers returns a tracestate without members of white space only, and whether it had
// any. W3C allows them (section 3.3.1.1), and the SDK drops the whole list for one.
func withoutEmptyMembers(state string) (string, bool) {
	if !strings.ContainsAny(state, " \t") {
		return state, false
	}
	var members []string
	all := 0
	for member := range strings.SplitSeq(state, ",") {
		all++
		if strings.Trim(member, " \t") != "" {
			members = append(members, member)
		}
	}
	return strings.Join(members, ","), len(members) < all
}

// readableParent returns a traceparent as the SDK has to read it, and whether it differs: one of
// version 00 without its reserved flags, and none in place of a longer one. The SDK reads one that
// ends with a dash.
func readableParent(parent string) (string, bool) {
	const length, knownFlags = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), 0x03
	switch {
	case !strings.HasPrefix(parent, "00-"):
		return parent, false
	case len(parent) != length:
		return "", true
	}
	const digits = "0123456789abcdef"
	high, low := strings.IndexByte(digits, parent[length-2]), strings.IndexByte(digits, parent[length-1])
	if flags := high<<4 | low; high < 0 || low < 0 || flags&^knownFlags == 0 {
		return parent, false
	}
	return parent[:length-2] + "0" + digits[low&knownFlags:low&knownFlags+1], true
}

// readCarrier is a carrier with another traceparent and tracestate.
type readCarrier struct {
	propagation.TextMapCarrier
	parent, state string
}

func (c readCarrier) Get(key string) string {
	switch key {
	case fieldTraceparent:
		return c.parent
	case fieldTracestate:
		return c.state
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
