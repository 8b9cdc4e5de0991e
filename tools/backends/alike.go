package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
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

// decideAlike gives the same generated spans to the samplers in the process and to a Collector,
// which has its policy from tracelab. Both keep whole traces, in which each span has its parent, and
// invent nothing; and of the traces without links, they keep the same ones. The sampler in the process
// decides about linked traces as one, which a Collector can't.
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
	g := newGenerator(p.seed, sdktrace.NewSimpleSpanProcessor(&all),
		sdktrace.NewBatchSpanProcessor(exporter, sdktrace.WithMaxQueueSize(generated*maxSpans)))
	for range generated {
		g.trace(ctx)
	}
	if err := errors.Join(g.close(ctx), collector.Stop(within)); err != nil {
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
	err = errors.Join(
		lawful("the sampler in the process", given, ours),
		lawful("the Collector", given, theirs),
	)
	if err != nil {
		return fmt.Errorf("with -seed %d: %w", p.seed, err)
	}
	linked := linkedTraces(given)
	for id := range linked {
		delete(given, id)
		delete(ours, id)
		delete(theirs, id)
	}
	if err := compare(ours, theirs); err != nil {
		return fmt.Errorf("the Collector against the sampler in the process, with -seed %d: %w", p.seed, err)
	}
	reasons := len(wanted(given))
	fmt.Printf("     %d traces, and %d with links; of those without, both kept %d, %d of them by chance\n",
		len(given), len(linked), len(ours), len(ours)-reasons)
	if chance := len(ours) - reasons; len(ours) > len(given)*9/10 || reasons < len(given)/10 || chance < len(given)/10 ||
		len(linked) < generated/20 {
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
	providers := map[string]*sdktrace.TracerProvider{}
	origins := func(o *tracetree.Origin) trace.TracerProvider {
		service := (&tracetree.Span{Origin: o}).Service()
		if providers[service] == nil {
			providers[service] = sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysRecord(head)),
				sdktrace.WithIDGenerator(play.RecordedIDs{}), sdktrace.WithSpanProcessor(tail),
				sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName(service))))
		}
		return providers[service]
	}
	err = play.Replay(ctx, tracetree.Build(recorded), origins)
	if err = errors.Join(err, tail.Shutdown(ctx)); err != nil {
		return nil, err
	}
	return kept.traces(), nil
}

// linkedTraces returns the traces that have a link, or that one leads to.
func linkedTraces(all traces) map[tracetree.TraceID]bool {
	linked := map[tracetree.TraceID]bool{}
	for id, t := range all {
		for _, span := range t.spans {
			for _, link := range span.Links {
				linked[id], linked[link.TraceID] = true, true
			}
		}
	}
	return linked
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
