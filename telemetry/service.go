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

// A Service is what the code of one service is instrumented with. One without a
// TracerProvider is untraced: the instrumentation of this package then leaves
// out everything that it would add.
type Service struct {
	// Name is the service.name.
	Name string
	// TracerProvider makes the service's spans; nil leaves it untraced.
	TracerProvider trace.TracerProvider
	// Propagator carries the context in and out of the service; nil carries
	// nothing.
	Propagator propagation.TextMapPropagator
	// XRay also carries the context over SQS as AWS X-Ray's header, for programs that read no
	// other. The fields of Propagator win over it.
	XRay bool
	// Logger takes the service's log records; nil discards them. A logger of
	// [NewLogHandler] adds the ids of the current span.
	Logger *slog.Logger
}

// Traced reports whether the service makes spans or passes context on.
func (s Service) Traced() bool { return s.TracerProvider != nil }

// Defaults returns s with a propagator and a logger that do nothing in place
// of nil ones, so that the code that uses them needs no checks.
func (s Service) Defaults() Service {
	if s.Propagator == nil {
		s.Propagator = propagation.NewCompositeTextMapPropagator()
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	return s
}

// Tracer returns the tracer of this project's own instrumentation, one that
// does nothing for an untraced service.
func (s Service) Tracer() trace.Tracer {
	if !s.Traced() {
		return noop.Tracer{}
	}
	return s.TracerProvider.Tracer(ScopeName)
}
