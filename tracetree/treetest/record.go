// Package treetest asserts the traces of a program in go test:
//
//	rec := treetest.Record(t)
//	shop := NewShop(rec.TracerProvider("shop"))
//	shop.Order(t.Context(), "book")
//	rec.Expect(`
//		shop: order (root)
//		  db: PutItem (orders table)
//	`)
//
// The text is the notation of package tracetree. There is no global state: parallel tests have
// recorders and providers of their own. Package otlptest is for programs in other processes, in any
// language.
//
// With TREETEST_UPDATE=1 in the environment, expectations that don't match are written anew, see
// [Recorder.Expect] and [Recorder.Golden].
package treetest

import (
	"context"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/internal/expect"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
)

// TB is the part of [testing.TB] that a recorder needs.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
	Context() context.Context
}

// Recorder keeps every span of the providers that it is registered with. It is a
// [sdktrace.SpanProcessor], to be given to a provider that one has; otherwise TracerProvider makes
// one. All methods are safe for concurrent use.
type Recorder struct {
	t TB

	mu       sync.Mutex
	spans    []sdktrace.ReadOnlySpan // in the order in which they started
	open     map[spanKey][]int       // indexes of the spans that have not ended
	added    []tracetree.Span        // by Add
	troubles []string                // by Refused
	changed  chan struct{}           // closed, and replaced, whenever a span starts, ends or is added
	changes  int                     // the number of times that this has happened
	accepted *accepted               // nil until an expectation has matched
}

type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

var _ sdktrace.SpanProcessor = (*Recorder)(nil)

// Record returns a recorder for one test.
func Record(t TB) *Recorder {
	return &Recorder{t: t, open: make(map[spanKey][]int), changed: make(chan struct{})}
}

// TracerProvider returns a provider whose spans are recorded, for a service of this name. It
// samples every span and has the default limits, whatever the environment contains; options come
// after that and win. Its resource is service.name and what the SDK itself adds from
// OTEL_RESOURCE_ATTRIBUTES. It is shut down at the end of the test.
func (r *Recorder) TracerProvider(service string, opts ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	r.t.Helper()
	all := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{
			AttributeValueLengthLimit:   sdktrace.DefaultAttributeValueLengthLimit,
			AttributeCountLimit:         sdktrace.DefaultAttributeCountLimit,
			EventCountLimit:             sdktrace.DefaultEventCountLimit,
			LinkCountLimit:              sdktrace.DefaultLinkCountLimit,
			AttributePerEventCountLimit: sdktrace.DefaultAttributePerEventCountLimit,
			AttributePerLinkCountLimit:  sdktrace.DefaultAttributePerLinkCountLimit,
		}),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
		sdktrace.WithSpanProcessor(r),
	}
	tp := sdktrace.NewTracerProvider(append(all, opts...)...)
	r.t.Cleanup(func() {
		r.t.Helper()
		// The test's own context has ended by now.
		if err := tp.Shutdown(context.WithoutCancel(r.t.Context())); err != nil {
			r.t.Errorf("shut down tracer provider of %s: %v", service, err)
		}
	})
	return tp
}

// OnStart records the start of a span.
func (r *Recorder) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := keyOf(s)
	r.open[key] = append(r.open[key], len(r.spans))
	r.spans = append(r.spans, s)
	r.notify()
}

// OnEnd records the end of a span. A span that started before the recorder was registered is
// recorded, too.
func (r *Recorder) OnEnd(s sdktrace.ReadOnlySpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := keyOf(s)
	switch indexes := r.open[key]; len(indexes) {
	case 0:
		r.spans = append(r.spans, s)
	case 1:
		r.spans[indexes[0]] = s
		delete(r.open, key)
	default:
		r.spans[indexes[0]] = s
		r.open[key] = indexes[1:]
	}
	r.notify()
}

// Shutdown does nothing: what was recorded stays.
func (r *Recorder) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing: spans are recorded at once.
func (r *Recorder) ForceFlush(context.Context) error { return nil }

// Add records spans that were made elsewhere, such as those that another process has sent. The
// recorder keeps the slice's elements, but not the slice.
func (r *Recorder) Add(spans ...tracetree.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.added = append(r.added, spans...)
	r.notify()
}

// Refused records that spans from elsewhere could not be read. Each line is part of the messages of
// expectations that fail.
func (r *Recorder) Refused(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.troubles = append(r.troubles, line)
}

// take returns what was recorded so far.
func (r *Recorder) take() expect.Snapshot {
	r.mu.Lock()
	spans, added := slices.Clone(r.spans), slices.Clone(r.added)
	s := expect.Snapshot{Open: len(r.open), Troubles: slices.Clone(r.troubles), Changed: r.changed, Changes: r.changes}
	r.mu.Unlock()
	s.Spans = append(fromsdk.Spans(spans), added...)
	return s
}

func (r *Recorder) notify() {
	close(r.changed)
	r.changed = make(chan struct{})
	r.changes++
}

func keyOf(s sdktrace.ReadOnlySpan) spanKey {
	return spanKey{s.SpanContext().TraceID(), s.SpanContext().SpanID()}
}
