package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"sync"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/tools/system"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
)

// decideAlike gives the same generated spans to the samplers in the process and to a Collector,
// which has its policy from tracelab. Both keep whole traces, in which each span has its parent, and
// invent nothing, and a span that comes after the decision follows it. Both keep the same traces of
// those about which they can decide alike, see [alone].
func (p proofs) decideAlike(ctx context.Context) error {
	if err := p.decideGenerated(ctx); err != nil {
		return fmt.Errorf("with -seed %d: %w", p.seed, err)
	}
	return nil
}

func (p proofs) decideGenerated(ctx context.Context) error {
	config, err := p.collectorPolicy(ctx, everyRule)
	if err != nil {
		return err
	}
	sampler, err := newInProcess(everyRule)
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
	g.traces(ctx, generated)
	err = errors.Join(g.flush(ctx), sampler.replay(ctx, all.take()), sampler.decide(ctx))
	if err != nil {
		return err
	}
	// The last trace has an error, and the others are decided before it.
	last := g.earlier[len(g.earlier)-1].TraceID()
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err = system.Await(waiting, "wait for the Collector to decide", func(context.Context) error {
		decided, err := readTraces(file)
		if _, found := decided[tracetree.TraceID(last)]; err == nil && !found {
			err = fmt.Errorf("trace %s, which has an error, was not kept", last)
		}
		return err
	})
	if err != nil {
		return err
	}
	late := len(g.late)
	g.lateSpans()
	if err := errors.Join(g.close(ctx), sampler.replay(ctx, all.take()), collector.Stop(within)); err != nil {
		return err
	}
	theirs, err := readTraces(file)
	if err != nil {
		return err
	}
	ours, err := sampler.close(ctx)
	if err != nil {
		return err
	}
	given := group(all.kept)
	err = errors.Join(lawful("the sampler in the process", given, ours), lawful("the Collector", given, theirs))
	if err != nil {
		return err
	}
	comparable := alone(given)
	others := func(id tracetree.TraceID, _ traceSpans) bool { return !comparable[id] }
	for _, all := range []traces{given, ours, theirs} {
		maps.DeleteFunc(all, others)
	}
	if err := compare(ours, theirs); err != nil {
		return fmt.Errorf("the Collector against the sampler in the process: %w", err)
	}
	reasons := len(wanted(given))
	chance := len(ours) - reasons
	fmt.Printf("     -seed %d: %d traces, %d with a late span; of the %d with a root and without links, both kept %d, "+
		"%d by chance\n", p.seed, generated, late, len(given), len(ours), chance)
	if len(ours) > len(given)*9/10 || reasons < len(given)/10 || chance < len(given)/10 ||
		len(given) > generated*9/10 || len(given) < generated/2 || late < generated/20 {
		return errors.New("too few or too many traces of a kind to tell the samplers apart")
	}
	return nil
}

// alone returns the traces about which a Collector can decide as the sampler in the process does:
// those that have their root, and neither a link nor one that leads to them. The sampler in the
// process decides about linked traces as one, and about a trace that began elsewhere as its caller.
func alone(all traces) map[tracetree.TraceID]bool {
	found := map[tracetree.TraceID]bool{}
	for id, t := range all {
		for _, span := range t.spans {
			found[id] = found[id] || span.Parent == tracetree.SpanID{}
		}
	}
	for id, t := range all {
		for _, span := range t.spans {
			for _, link := range span.Links {
				found[id], found[link.TraceID] = false, false
			}
		}
	}
	return found
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
	mu    sync.Mutex
	kept  []tracetree.Span
	taken int // how many of them take has returned
}

func (s *spans) ExportSpans(_ context.Context, exported []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, fromsdk.Spans(exported)...)
	return nil
}

func (s *spans) Shutdown(context.Context) error { return nil }

// take returns the spans that have come since it was called last.
func (s *spans) take() []tracetree.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := s.kept[s.taken:]
	s.taken = len(s.kept)
	return fresh
}
