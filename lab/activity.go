package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// activity counts what is under way: requests, spans that have not ended, and
// messages that have not come to rest. All of it is under one lock, so that
// zero means that nothing at all is under way: each thing that starts another
// one is still counted when that begins.
type activity struct {
	mu       sync.Mutex
	requests int
	messages int
	spans    map[spanKey]string // the names of the open ones
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

func (a *activity) spanStarted(sc trace.SpanContext, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spans[spanKey{sc.TraceID(), sc.SpanID()}] = name
	a.changed()
}

func (a *activity) spanEnded(sc trace.SpanContext) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.spans, spanKey{sc.TraceID(), sc.SpanID()})
	a.changed()
}

// changed tells those who wait when nothing is under way any more.
func (a *activity) changed() {
	if a.idle != nil && a.quiet() {
		close(a.idle)
		a.idle = nil
	}
}

func (a *activity) quiet() bool {
	return a.requests == 0 && a.messages == 0 && len(a.spans) == 0
}

// settle waits until nothing is under way. When ctx ends first, the error says
// what still is.
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

// String says what is under way.
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
