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

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry/sampling"
	"tracelab/tools/system"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
)

// generated is how many traces both samplers decide about, and maxSpans how many spans each has below its root.
const (
	generated = 500
	maxSpans  = 6
)

// decideAlike gives the same generated spans to the sampler in the process and to a Collector.
func (p proofs) decideAlike(ctx context.Context) error {
	policy, err := p.collectorPolicy()
	if err != nil {
		return err
	}
	file := filepath.Join(p.dir, "generated.jsonl")
	collector, address, err := p.startCollector(ctx, system.Collector{File: file, Sampling: policy})
	if err != nil {
		return err
	}
	exporter, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(address), otlptracegrpc.WithInsecure())
	if err != nil {
		return err
	}
	var all, kept spans
	tail := sampling.NewTail(sampling.TailPolicy{Errors: true, Slow: slowerThan})
	tail.Start(&kept, slog.New(slog.DiscardHandler))
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSyncer(&all), sdktrace.WithSpanProcessor(tail),
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
	ours, given := kept.traces(), all.traces()
	for _, way := range []struct {
		name      string
		want, got traces
	}{
		{"the sampler in the process against the policy", wanted(given), ours},
		{"the Collector against the sampler in the process", ours, theirs},
	} {
		if err := compare(way.want, way.got); err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
	}
	fmt.Printf("     %d traces, %d kept by both\n", len(given), len(ours))
	if len(ours) < generated/10 || len(ours) > generated*9/10 {
		return errors.New("too few or too many of the traces are kept to tell the samplers apart")
	}
	return nil
}

// generate makes a trace of spans with made-up times, of which some are in ERROR and some last as long as makes a trace
// slow, one millisecond more or one less.
func generate(ctx context.Context, tracer trace.Tracer, random *rand.Rand) {
	start := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	ctx, root := tracer.Start(ctx, "root", trace.WithTimestamp(start), trace.WithNewRoot())
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
