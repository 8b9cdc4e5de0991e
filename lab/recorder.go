package lab

import (
	"context"
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// recorder is a span processor that keeps every span that was recorded, in the
// order in which they started. It works synchronously: a batch exporter drops
// spans when they come too fast, as it should, and a tree must not miss any.
type recorder struct {
	activity *activity

	mu    sync.Mutex
	order map[spanKey]int
	spans []sdktrace.ReadOnlySpan // by order of start; nil while open
}

func newRecorder(a *activity) *recorder {
	return &recorder{activity: a, order: map[spanKey]int{}}
}

func (r *recorder) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	sc := span.SpanContext()
	r.mu.Lock()
	r.order[spanKey{sc.TraceID(), sc.SpanID()}] = len(r.spans)
	r.spans = append(r.spans, nil)
	r.mu.Unlock()
	r.activity.spanStarted(sc, span.Name())
}

func (r *recorder) OnEnd(span sdktrace.ReadOnlySpan) {
	sc := span.SpanContext()
	key := spanKey{sc.TraceID(), sc.SpanID()}
	r.mu.Lock()
	if i, ok := r.order[key]; ok {
		r.spans[i] = span
		delete(r.order, key)
	}
	r.mu.Unlock()
	r.activity.spanEnded(sc)
}

// ended returns the spans that have ended, in the order of their start.
func (r *recorder) ended() []sdktrace.ReadOnlySpan {
	r.mu.Lock()
	defer r.mu.Unlock()
	spans := make([]sdktrace.ReadOnlySpan, 0, len(r.spans))
	for _, span := range r.spans {
		if span != nil {
			spans = append(spans, span)
		}
	}
	return spans
}

func (*recorder) Shutdown(context.Context) error   { return nil }
func (*recorder) ForceFlush(context.Context) error { return nil }
