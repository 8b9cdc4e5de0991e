package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// activity counts the work under way: requests, open spans, and messages that are neither deleted
// nor dead letters. It counts spans as a span processor. All counts are under one lock, so that
// zero means that no work is under way: work that starts other work is counted until the other work
// is.
type activity struct {
	mu       sync.Mutex
	requests int
	messages int
	spans    map[spanKey]string // the names of open spans
	idle     chan struct{}      // closed, and nil, when nothing is under way
}

type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

func newActivity() *activity { return &activity{spans: map[spanKey]string{}} }

func (a *activity) addRequests(delta int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests += delta
	a.changed()
}

func (a *activity) addMessages(delta int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.messages += delta
	a.changed()
}

func (a *activity) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spans[keyOf(span)] = span.Name()
	a.changed()
}

func (a *activity) OnEnd(span sdktrace.ReadOnlySpan) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.spans, keyOf(span))
	a.changed()
}

func (*activity) Shutdown(context.Context) error   { return nil }
func (*activity) ForceFlush(context.Context) error { return nil }

func keyOf(span sdktrace.ReadOnlySpan) spanKey {
	sc := span.SpanContext()
	return spanKey{sc.TraceID(), sc.SpanID()}
}

// changed wakes those who wait when nothing is under way any more.
func (a *activity) changed() {
	if a.idle != nil && a.quiet() {
		close(a.idle)
		a.idle = nil
	}
}

func (a *activity) quiet() bool {
	return a.requests == 0 && a.messages == 0 && len(a.spans) == 0
}

// settle waits until nothing is under way. When ctx ends first, the error names what still is.
func (a *activity) settle(ctx context.Context) error {
	a.mu.Lock()
	if a.quiet() {
		a.mu.Unlock()
		return nil
	}
	if a.idle == nil {
		a.idle = make(chan struct{})
	}
	idle := a.idle
	a.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the system to settle: %w; %s", ctx.Err(), a)
	}
}

// String describes the work under way.
func (a *activity) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	names := map[string]int{}
	for _, name := range a.spans {
		names[name]++
	}
	var open []string
	for name, n := range names {
		open = append(open, fmt.Sprintf("%d× %s", n, name))
	}
	slices.Sort(open)
	text := fmt.Sprintf("still open: %d requests, %d messages, %d spans", a.requests, a.messages, len(a.spans))
	if len(open) > 0 {
		text += " (" + strings.Join(open, ", ") + ")"
	}
	return text
}
