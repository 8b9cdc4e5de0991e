package telemetry

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
)

// RetryCountKey is the number of earlier attempts at the span's call, or of earlier deliveries of
// its message. It is left out at the first one.
const RetryCountKey = attribute.Key("retry_count")

// countAttempts is a client interceptor that gives the attempts of one call a
// common counter. gRPC calls a stats handler for each attempt, without the
// attempt's number.
func countAttempts(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker,
	opts ...grpc.CallOption,
) error {
	return invoke(context.WithValue(ctx, attemptsKey{}, new(atomic.Int64)), method, req, reply, cc, opts...)
}

type attemptsKey struct{}

// tagAttempt counts one more attempt at the call of ctx, and records on its span
// how many went before it.
func tagAttempt(ctx context.Context) {
	attempts, ok := ctx.Value(attemptsKey{}).(*atomic.Int64)
	if !ok {
		return
	}
	if before := attempts.Add(1) - 1; before > 0 {
		trace.SpanFromContext(ctx).SetAttributes(RetryCountKey.Int64(before))
	}
}
