package main

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	labsampling "tracelab/lab/sampling"
	"tracelab/telemetry/sampling"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

// inProcess is the head and the tail sampler of a process, which decide about recorded spans.
type inProcess struct {
	head      sdktrace.Sampler
	tail      *sampling.Tail
	providers map[string]*sdktrace.TracerProvider // by service
	kept      spans
}

func newInProcess(policy string) (*inProcess, error) {
	p, err := labsampling.ParsePolicy("policy.yaml", []byte(policy), nil)
	if err != nil {
		return nil, err
	}
	head, err := sampling.SampleByRoute(p.Head.Default, p.Head.Routes)
	if err != nil {
		return nil, err
	}
	s := &inProcess{
		head: sdktrace.AlwaysRecord(head), tail: sampling.NewTail(*p.Tail),
		providers: map[string]*sdktrace.TracerProvider{},
	}
	s.tail.Start(&s.kept, slog.New(slog.DiscardHandler))
	return s, nil
}

// replay has the spans happen again.
func (s *inProcess) replay(ctx context.Context, recorded []tracetree.Span) error {
	return play.Replay(ctx, tracetree.Build(recorded), s.origin)
}

func (s *inProcess) origin(o *tracetree.Origin) trace.TracerProvider {
	service := (&tracetree.Span{Origin: o}).Service()
	if s.providers[service] == nil {
		s.providers[service] = sdktrace.NewTracerProvider(sdktrace.WithSampler(s.head),
			sdktrace.WithIDGenerator(play.RecordedIDs{}), sdktrace.WithSpanProcessor(s.tail),
			sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName(service))))
	}
	return s.providers[service]
}

// decide decides about all traces so far. Spans that come later follow.
func (s *inProcess) decide(ctx context.Context) error { return s.tail.ForceFlush(ctx) }

// close ends the sampler, and returns what it has kept.
func (s *inProcess) close(ctx context.Context) (traces, error) {
	err := s.tail.Shutdown(ctx)
	return group(s.kept.take()), err
}
