package sampling

import (
	"context"
	"encoding/binary"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// ids generates trace ids that depend on the seed and on the request only, so that
// all policies decide about the same traces, independently of the scheduling of
// concurrent requests.
type ids struct {
	seed   uint64
	others atomic.Uint64 // spans, and traces without a request
}

type requestKey struct{}

func (g *ids) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	n, ok := ctx.Value(requestKey{}).(int)
	of := uint64(n)
	if !ok {
		of = 1<<63 | g.others.Add(1)
	}
	id = traceID(g.seed, of)
	return id, g.NewSpanID(ctx, id)
}

// traceID returns the id of the trace of the nth request.
func traceID(seed, n uint64) (id trace.TraceID) {
	binary.BigEndian.PutUint64(id[:8], mix(seed, n))
	binary.BigEndian.PutUint64(id[8:], mix(seed+1, n))
	return id
}

func (g *ids) NewSpanID(context.Context, trace.TraceID) (span trace.SpanID) {
	binary.BigEndian.PutUint64(span[:], mix(g.seed+2, g.others.Add(1)))
	return span
}

// mix scatters numbers over all 64 bits: the finish of SplitMix64.
func mix(seed, n uint64) uint64 {
	z := seed*0x9e3779b97f4a7c15 + n*0xd1342543de82ef95 + 1
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return max(1, z^z>>31)
}
