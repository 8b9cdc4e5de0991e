package main

import (
	"context"
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

// A generator makes traces of several services.
type generator struct {
	random    *rand.Rand
	providers []*sdktrace.TracerProvider
	earlier   []trace.SpanContext // what spans may link to
}

// newGenerator returns a generator whose traces differ only in their IDs and times if the seed is
// the same. The processors get all spans.
func newGenerator(seed uint64, processors ...sdktrace.SpanProcessor) *generator {
	g := &generator{random: rand.New(rand.NewPCG(seed, 2))}
	for _, name := range []string{"edge", "orders", "stock"} {
		options := []sdktrace.TracerProviderOption{
			sdktrace.WithSampler(sdktrace.AlwaysSample()),
			sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName(name))),
		}
		for _, processor := range processors {
			options = append(options, sdktrace.WithSpanProcessor(processor))
		}
		g.providers = append(g.providers, sdktrace.NewTracerProvider(options...))
	}
	return g
}

// close exports what is queued. The providers have their processors in common, and the first one
// shuts them down.
func (g *generator) close(ctx context.Context) error {
	return errors.Join(g.providers[0].ForceFlush(ctx), g.providers[0].Shutdown(ctx))
}

func (g *generator) tracer() trace.Tracer {
	return g.providers[g.random.IntN(len(g.providers))].Tracer("generated")
}

// trace makes a trace of spans with made-up times, most often of a few spans and sometimes of many.
// Some spans are in ERROR, some traces link to an earlier one, and a trace may last as long as makes
// it slow, or one millisecond more or less. A span's parent is any that began before it, of any
// service.
func (g *generator) trace(ctx context.Context) {
	start := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	options := []trace.SpanStartOption{
		trace.WithTimestamp(start), trace.WithAttributes(routes[g.random.IntN(len(routes))]...),
	}
	ctx, root := g.tracer().Start(ctx, "root", append(options, g.links()...)...)
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
		ctx, span := g.tracer().Start(parent, fmt.Sprintf("child %d", i), options...)
		if g.random.IntN(10*(count+1)) == 0 {
			span.SetStatus(codes.Error, "failed")
		}
		contexts, open = append(contexts, ctx), append(open, span)
	}
	if g.random.IntN(20) == 0 {
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
}

// links returns a link to an earlier trace, or none, which is most often.
func (g *generator) links() []trace.SpanStartOption {
	if len(g.earlier) == 0 || g.random.IntN(12) > 0 {
		return nil
	}
	to := g.earlier[g.random.IntN(len(g.earlier))]
	return []trace.SpanStartOption{trace.WithLinks(trace.Link{SpanContext: to})}
}
