package telemetry

import (
	"log/slog"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// ScopeName is the instrumentation scope of the spans that this project starts
// itself.
const ScopeName = "tracelab/telemetry"

// A Service is what the code of one service is instrumented with. The zero
// value traces nothing, propagates nothing and logs nowhere.
type Service struct {
	// Name is the service.name.
	Name string
	// TracerProvider makes the service's spans; nil makes none.
	TracerProvider trace.TracerProvider
	// Propagator carries the context in and out of the service; nil carries
	// nothing.
	Propagator propagation.TextMapPropagator
	// Logger takes the service's log records; nil discards them. A logger of
	// [NewLogHandler] adds the ids of the current span.
	Logger *slog.Logger
}

// Defaults returns s with every nil field replaced by one that does nothing,
// so that the code that uses it needs no checks.
func (s Service) Defaults() Service {
	if s.TracerProvider == nil {
		s.TracerProvider = noop.NewTracerProvider()
	}
	if s.Propagator == nil {
		s.Propagator = propagation.NewCompositeTextMapPropagator()
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	return s
}

// Tracer returns the tracer of this project's own instrumentation.
func (s Service) Tracer() trace.Tracer {
	return s.TracerProvider.Tracer(ScopeName)
}
