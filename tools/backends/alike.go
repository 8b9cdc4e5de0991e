package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	labsampling "tracelab/lab/sampling"
	"tracelab/telemetry/sampling"
	"tracelab/tools/system"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/play"
)

// generated is how many traces both samplers decide about, and maxSpans how many spans each has
// below its root.
const (
	generated = 500
	maxSpans  = 6
)

// decideAlike gives the same generated spans to the samplers in the process and to a Collector,
// which has its policy from tracelab.
func (p proofs) decideAlike(ctx context.Context) error {
	config, err := p.collectorPolicy(ctx, everyRule)
	if err != nil {
		return err
	}
	policy, err := labsampling.ParsePolicy("every-rule.yaml", []byte(everyRule), nil)
	if err != nil {
		return err
	}
	file := filepath.Join(p.dir, "generated.jsonl")
	collector, address, err := p.startCollector(ctx, system.Collector{File: file, Sampling: config})
	if err != nil {
		return err
	}
	exporter, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(address), otlptracegrpc.WithInsecure())
	if err != nil {
		return err
	}
	var all spans
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithSyncer(&all),
		sdktrace.WithBatcher(exporter, sdktrace.WithMaxQueueSize(generated*(maxSpans+1))))
	random := rand.New(rand.NewPCG(1, 2))
	for range generated {
		generate(ctx, provider.Tracer("generated"), random)
	}
	err = errors.Join(provider.ForceFlush(ctx), provider.Shutdown(ctx), collector.Stop(within))
	if err != nil {
		return err
	}
	theirs, err := readTraces(file)
	if err != nil {
		return err
	}
	ours, err := keptInProcess(ctx, policy, all.kept)
	if err != nil {
		return err
	}
	given := all.traces()
	chance := 0
	for id := range ours {
		if !given[id].kept(slowerThan) {
			chance++
		}
	}
	for id := range wanted(given) {
		if _, found := ours[id]; !found {
			return fmt.Errorf("the sampler in the process lost trace %s, which has an error or is slow", id)
		}
	}
	if err := compare(ours, theirs); err != nil {
		return fmt.Errorf("the Collector against the sampler in the process: %w", err)
	}
	fmt.Printf("     %d traces, %d kept by both, %d of them by chance\n", len(given), len(ours), chance)
	if len(ours) > generated*9/10 || len(ours)-chance < generated/10 || chance < generated/10 {
		return errors.New("too few or too many of the traces are kept to tell the samplers apart")
	}
	return nil
}

// keptInProcess returns the traces that the samplers in a process keep of recorded spans.
func keptInProcess(ctx context.Context, policy labsampling.Policy, recorded []tracetree.Span) (traces, error) {
	head, err := sampling.SampleByRoute(policy.Head.Default, policy.Head.Routes)
	if err != nil {
		return nil, err
	}
	var kept spans
	tail := sampling.NewTail(*policy.Tail)
	tail.Start(&kept, slog.New(slog.DiscardHandler))
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysRecord(head)),
		sdktrace.WithIDGenerator(play.RecordedIDs{}), sdktrace.WithSpanProcessor(tail))
	origins := func(*tracetree.Origin) trace.TracerProvider { return provider }
	err = play.Replay(ctx, tracetree.Build(recorded), origins)
	if err = errors.Join(err, provider.Shutdown(ctx)); err != nil {
		return nil, err
	}
	return kept.traces(), nil
}

// routes are attributes of roots: those of the policy's routes, of another method, of an unknown
// route, and none.
var routes = [][]attribute.KeyValue{
	route("GET", "/often"), route("POST", "/seldom"), route("DELETE", "/never"), route("PUT", "/often"),
	route("GET", "/other"), nil,
}

func route(method, path string) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(method), semconv.HTTPRoute(path)}
}

// generate makes a trace of spans with made-up times, of which some are in ERROR and some last as
// long as makes a trace slow, one millisecond more or one less.
func generate(ctx context.Context, tracer trace.Tracer, random *rand.Rand) {
	start := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	ctx, root := tracer.Start(ctx, "root", trace.WithTimestamp(start), trace.WithNewRoot(),
		trace.WithAttributes(routes[random.IntN(len(routes))]...))
	length := time.Duration(random.Int64N(int64(slowerThan)))
	if random.IntN(4) == 0 {
		length = slowerThan + time.Duration(random.IntN(3)-1)*time.Millisecond
	}
	for range random.IntN(maxSpans + 1) {
		_, child := tracer.Start(ctx, "child", trace.WithTimestamp(start))
		if random.IntN(10) == 0 {
			child.SetStatus(codes.Error, "failed")
		}
		// It may end after its root, as a consumer's does.
		child.End(trace.WithTimestamp(start.Add(time.Duration(random.Int64N(int64(length) + 1)))))
	}
	if random.IntN(20) == 0 {
		root.SetStatus(codes.Error, "failed")
	}
	root.End(trace.WithTimestamp(start.Add(length)))
}

// wanted returns the traces that the policy has a reason to keep.
func wanted(all traces) traces {
	want := traces{}
	for id, spans := range all {
		if spans.kept(slowerThan) {
			want[id] = spans
		}
	}
	return want
}

// spans keeps what is exported to it.
type spans struct {
	mu   sync.Mutex
	kept []tracetree.Span
}

func (s *spans) ExportSpans(_ context.Context, exported []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, fromsdk.Spans(exported)...)
	return nil
}

func (s *spans) Shutdown(context.Context) error { return nil }

func (s *spans) traces() traces {
	s.mu.Lock()
	defer s.mu.Unlock()
	return group(s.kept)
}
