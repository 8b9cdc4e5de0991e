package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// generated is how many traces both samplers decide about, and maxSpans how many spans a trace has
// at most.
const (
	generated = 1000
	maxSpans  = 60
)

// routes are attributes of roots: those of the policy's routes, of another method, of an unknown
// route, and none.
var routes = [][]attribute.KeyValue{
	route("GET", "/often"), route("POST", "/seldom"), route("DELETE", "/never"), route("PUT", "/often"),
	route("GET", "/other"), nil,
}

func route(method, path string) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(method), semconv.HTTPRoute(path)}
}

// A generator makes traces of several services. It is not safe for concurrent use.
type generator struct {
	random    *rand.Rand
	providers []*sdktrace.TracerProvider
	earlier   []trace.SpanContext // what spans may link to
	late      []lateSpan
}

// A lateSpan is one that begins when its trace has been decided.
type lateSpan struct {
	parent     context.Context
	start, end time.Time
}

// newGenerator returns a generator whose traces differ only in their times if the seed is the same.
// The processors get all spans.
func newGenerator(seed uint64, processors ...sdktrace.SpanProcessor) *generator {
	g := &generator{random: rand.New(rand.NewPCG(seed, 2))}
	for _, name := range []string{"edge", "orders", "stock"} {
		options := []sdktrace.TracerProviderOption{
			sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithIDGenerator(g),
			sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName(name))),
		}
		for _, processor := range processors {
			options = append(options, sdktrace.WithSpanProcessor(processor))
		}
		g.providers = append(g.providers, sdktrace.NewTracerProvider(options...))
	}
	return g
}

// flush exports what is queued. The providers have their processors in common.
func (g *generator) flush(ctx context.Context) error { return g.providers[0].ForceFlush(ctx) }

// close flushes, and shuts the processors down.
func (g *generator) close(ctx context.Context) error {
	return errors.Join(g.flush(ctx), g.providers[0].Shutdown(ctx))
}

// NewIDs returns the IDs of a new trace and its root.
func (g *generator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[:8], g.random.Uint64())
	binary.BigEndian.PutUint64(id[8:], g.random.Uint64())
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID returns the ID of a new span.
func (g *generator) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], g.random.Uint64())
	return id
}

func (g *generator) tracer() trace.Tracer {
	return g.providers[g.random.IntN(len(g.providers))].Tracer("generated")
}

// traces makes n traces. The last of them has an error.
func (g *generator) traces(ctx context.Context, n int) {
	for i := range n {
		g.trace(ctx, i == n-1)
	}
}

// trace makes a trace of spans with made-up times, most often of a few spans and sometimes of many.
// Some spans are in ERROR, some link to an earlier trace, and a trace may last as long as makes it
// slow, or one millisecond more or less. A span's parent is any that began before it, of any
// service. Some traces began elsewhere, so that the parent of their first span is not given. Some
// have a late span.
func (g *generator) trace(ctx context.Context, failed bool) {
	if g.random.IntN(10) == 0 {
		traceID, spanID := g.NewIDs(ctx)
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled,
		}))
	}
	start := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	options := []trace.SpanStartOption{
		trace.WithTimestamp(start), trace.WithAttributes(routes[g.random.IntN(len(routes))]...),
	}
	ctx, root := g.tracer().Start(ctx, "root", append(options, g.links(12)...)...)
	length := time.Duration(g.random.Int64N(int64(slowerThan)))
	if g.random.IntN(4) == 0 {
		length = slowerThan + time.Duration(g.random.IntN(3)-1)*time.Millisecond
	}
	count := g.random.IntN(7)
	if g.random.IntN(10) == 0 {
		count = g.random.IntN(maxSpans)
	}
	contexts, open := []context.Context{ctx}, []trace.Span{root}
	for i := range count {
		options := []trace.SpanStartOption{
			trace.WithTimestamp(start), trace.WithSpanKind(trace.SpanKind(1 + g.random.IntN(5))),
		}
		parent := contexts[g.random.IntN(len(contexts))]
		ctx, span := g.tracer().Start(parent, fmt.Sprintf("child %d", i), append(options, g.links(100)...)...)
		if g.random.IntN(10*(count+1)) == 0 {
			span.SetStatus(codes.Error, "failed")
		}
		contexts, open = append(contexts, ctx), append(open, span)
	}
	if failed || g.random.IntN(20) == 0 {
		root.SetStatus(codes.Error, "failed")
	}
	// Spans end in any order: a child may outlive its root, as a consumer's does.
	lengths := []time.Duration{length}
	for range count {
		lengths = append(lengths, time.Duration(g.random.Int64N(int64(length)+1)))
	}
	for _, i := range g.random.Perm(len(open)) {
		open[i].End(trace.WithTimestamp(start.Add(lengths[i])))
	}
	g.earlier = append(g.earlier, root.SpanContext())
	if g.random.IntN(10) == 0 {
		parent := contexts[g.random.IntN(len(contexts))]
		g.late = append(g.late, lateSpan{parent, start, start.Add(time.Duration(g.random.Int64N(int64(length) + 1)))})
	}
}

// lateSpans makes the late spans of all traces. None of them is a reason to keep its trace.
func (g *generator) lateSpans() {
	for _, l := range g.late {
		_, span := g.tracer().Start(l.parent, "late", trace.WithTimestamp(l.start))
		span.End(trace.WithTimestamp(l.end))
	}
	g.late = nil
}

// links returns a link to an earlier trace once in so many times, and otherwise none.
func (g *generator) links(once int) []trace.SpanStartOption {
	if len(g.earlier) == 0 || g.random.IntN(once) > 0 {
		return nil
	}
	to := g.earlier[g.random.IntN(len(g.earlier))]
	return []trace.SpanStartOption{trace.WithLinks(trace.Link{SpanContext: to})}
}
