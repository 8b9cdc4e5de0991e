package play

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
)

// flushEvery is the number of spans between two flushes: the size of the SDK's batches, and a
// quarter of its queue.
const flushEvery = 512

// player creates the spans of all services. It may be used by one goroutine at a time.
type player struct {
	providers  Providers
	propagator propagation.TextMapPropagator
	flush      func(context.Context) error
	known      map[string]trace.TracerProvider // of the services so far
	lost       trace.Tracer                    // its spans are never exported
	ended      int
}

func newPlayer(providers Providers, config Config) *player {
	lost := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.AlwaysSample())))
	return &player{
		providers: providers, propagator: config.Propagator, flush: config.Flush,
		known: map[string]trace.TracerProvider{}, lost: lost.Tracer(ScopeName),
	}
}

func (p *player) provider(service string) trace.TracerProvider {
	provider, ok := p.known[service]
	if !ok {
		provider = p.providers(service)
		p.known[service] = provider
	}
	return provider
}

// play creates all spans of the text. Orphans come last: each is in the trace of a root, or all are
// in one separate trace.
func (p *player) play(ctx context.Context, tops []*span, start time.Time) error {
	base := trace.ContextWithSpanContext(ctx, trace.SpanContext{})
	traces := make(map[*span]context.Context)
	for _, s := range tops {
		if s.orphan {
			continue
		}
		inside, err := p.span(base, s, start, "")
		if err != nil {
			return err
		}
		traces[s] = inside
	}
	for _, s := range tops {
		if !s.orphan {
			continue
		}
		inside, ok := traces[s.root]
		if !ok {
			inside = base
		}
		lost, _ := p.lost.Start(inside, "lost", trace.WithTimestamp(start.Add(s.offset)))
		if !ok {
			traces[s.root] = lost
		}
		if _, err := p.span(carry(lost, s.arrives, p.propagator), s, start, ""); err != nil {
			return err
		}
	}
	return nil
}

// span creates a span and its descendants, and returns the span's context. Its arguments are the
// context that has arrived from the span above, and the id of the message that carried it.
func (p *player) span(ctx context.Context, s *span, start time.Time, message string) (context.Context, error) {
	opts := []trace.SpanStartOption{
		trace.WithTimestamp(start.Add(s.offset)),
		trace.WithSpanKind(sdkKinds[s.kind]),
		trace.WithAttributes(keyValues(s.attributes)...),
	}
	if s.linked {
		opts = append(opts, trace.WithLinks(trace.Link{SpanContext: trace.SpanContextFromContext(ctx)}))
	}
	if s.newTrace {
		opts = append(opts, trace.WithNewRoot())
	}
	ctx, made := p.provider(s.service).Tracer(s.scope).Start(ctx, s.name, opts...)
	if stated, ok := s.attributes.get(string(semconv.MessagingMessageIDKey)); ok {
		message = stated.Text()
	} else if message == "" {
		message = made.SpanContext().SpanID().String()
	}
	if s.messageID {
		made.SetAttributes(semconv.MessagingMessageID(message))
	}
	if s.form != send {
		message = "" // no message carries the context to the children
	}
	for _, name := range s.events {
		made.AddEvent(name, trace.WithTimestamp(start.Add(s.offset+s.duration/2)))
	}
	switch s.status {
	case tracetree.StatusError:
		errorType, _ := s.attributes.get(string(semconv.ErrorTypeKey))
		made.SetStatus(codes.Error, errorType.Text())
	case tracetree.StatusOK:
		made.SetStatus(codes.Ok, "")
	}
	for _, below := range s.children {
		if _, err := p.span(carry(ctx, below.arrives, p.propagator), below, start, message); err != nil {
			return ctx, err
		}
	}
	made.End(trace.WithTimestamp(start.Add(s.offset + s.duration)))
	return ctx, p.flushed(ctx)
}

// flushed counts ended spans, and flushes after every few hundred.
func (p *player) flushed(ctx context.Context) error {
	if p.ended++; p.flush == nil || p.ended%flushEvery != 0 {
		return nil
	}
	if err := p.flush(ctx); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

var sdkKinds = map[tracetree.Kind]trace.SpanKind{
	tracetree.KindInternal: trace.SpanKindInternal,
	tracetree.KindServer:   trace.SpanKindServer,
	tracetree.KindClient:   trace.SpanKindClient,
	tracetree.KindProducer: trace.SpanKindProducer,
	tracetree.KindConsumer: trace.SpanKindConsumer,
}
