package taskservice

import (
	"context"
	"time"

	"google.golang.org/grpc"
)

// deadlineMargin is how much earlier than a call's deadline its caller may give up because of it.
const deadlineMargin = 100 * time.Millisecond

// endAtDeadline lets a call that is out of time end with its deadline. The caller's deadline is the
// same moment, and the caller then cancels the call: without this, the one or the other would be
// first by chance, and the spans, the logs and the code of the answer would differ from call to
// call.
func endAtDeadline(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	ctx, cancel := untilDeadline(ctx)
	defer cancel()
	return handle(ctx, req)
}

// untilDeadline returns a context that ends as its parent does, with one exception: if the parent
// is canceled shortly before its deadline, the context ends at the deadline.
func untilDeadline(parent context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := parent.Deadline()
	if !ok {
		return context.WithCancel(parent)
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(parent), deadline)
	stop := context.AfterFunc(parent, func() {
		if time.Until(deadline) >= deadlineMargin {
			cancel()
		}
	})
	return ctx, func() { stop(); cancel() }
}
