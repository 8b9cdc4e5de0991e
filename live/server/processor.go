package server

import (
	"context"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/tracetree/codec/fromsdk"
)

// Processor returns a span processor that adds the spans of services in the same process as soon as
// they end.
func (s *Server) Processor() sdktrace.SpanProcessor { return processor{s} }

type processor struct{ server *Server }

func (processor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (p processor) OnEnd(span sdktrace.ReadOnlySpan) {
	p.server.Add(context.Background(), fromsdk.Spans([]sdktrace.ReadOnlySpan{span}))
}

func (processor) Shutdown(context.Context) error { return nil }

func (processor) ForceFlush(context.Context) error { return nil }
