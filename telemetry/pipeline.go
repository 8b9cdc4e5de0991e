package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace/noop"
)

// Config configures where the spans of all services go. The zero value
// samples every trace, propagates W3C trace context and baggage, and exports
// to nowhere.
type Config struct {
	// Disabled makes every service's TracerProvider a no-op, as
	// OTEL_SDK_DISABLED does. Context is still propagated.
	Disabled bool
	// Exporters each get every sampled span, in batches, from a queue that
	// drops spans rather than slow a service down. Shutdown shuts them down.
	Exporters []sdktrace.SpanExporter
	// KeepSecrets exports spans as they are. Without it, exporters get them as
	// [Redacting] masks them.
	KeepSecrets bool
	// Processors see every recorded span at its start and end, synchronously
	// and before the exporters. Their owner shuts them down.
	Processors []sdktrace.SpanProcessor
	// Tail decides at the end of a trace which ones are exported, in place of the
	// batches and their OTEL_BSP_ variables. Every span is recorded for it, so
	// Processors see all of them too. Nil exports what Sampler samples.
	Tail TailSampler
	// Sampler decides at the start of a trace; nil is parent based, always on.
	// Where consumers link to producers, wrap it with FollowLinks of package
	// sampling, or only one trace of some pairs is kept.
	Sampler sdktrace.Sampler
	// Propagator is what the services carry their context with; nil is
	// [Propagator].
	Propagator propagation.TextMapPropagator
	// Baggage names the members that are copied onto spans as attributes.
	// Baggage comes from outside: only what is named here is ever recorded.
	Baggage []string
	// Resource is added to each service's own resource attributes.
	Resource []attribute.KeyValue
	// Version is the service.version of all services; empty leaves it out.
	Version string
	// Logger takes the services' log records. Nil discards them.
	Logger *slog.Logger
	// ErrorLogger logs when spans could not be exported; nil is Logger.
	ErrorLogger *slog.Logger
	// Warnings are logged when the pipeline starts: what [FromEnv] has to ignore.
	Warnings []string
	// IDs makes trace and span ids; nil makes random ones.
	IDs sdktrace.IDGenerator
}

// A TailSampler is a span processor that exports all spans of a trace or drops them all. Package
// sampling implements one; telemetry declares the interface so that services need not import it.
type TailSampler interface {
	sdktrace.SpanProcessor
	// Start is called once, before the first span, with where to export what is kept.
	Start(next sdktrace.SpanExporter, logger *slog.Logger)
	// Unexported returns how many spans of kept traces could not be exported.
	Unexported() int64
}

// A Pipeline collects the spans of several services. Its methods are
// safe for concurrent use.
type Pipeline struct {
	config     Config
	sampler    sdktrace.Sampler
	processors []sdktrace.SpanProcessor // what every provider gets
	batchers   []sdktrace.SpanProcessor // what Shutdown shuts down
	queues     []*batcher               // those of them that drop spans
	exporters  exporters
}

// NewPipeline starts a pipeline. Call Shutdown when the services have stopped.
func NewPipeline(config Config) *Pipeline {
	if config.Sampler == nil {
		config.Sampler = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	if config.Propagator == nil {
		config.Propagator = Propagator()
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.ErrorLogger == nil {
		config.ErrorLogger = config.Logger
	}
	for _, warning := range config.Warnings {
		config.ErrorLogger.Warn(warning)
	}
	p := &Pipeline{config: config, sampler: config.Sampler}
	if config.Tail != nil {
		p.sampler = sdktrace.AlwaysRecord(p.sampler)
	}
	if config.Disabled {
		return p
	}
	p.processors = append(p.processors, newBaggageCopier(config.Baggage))
	for _, processor := range config.Processors {
		p.processors = append(p.processors, shared{processor})
	}
	for _, exporter := range config.Exporters {
		if !config.KeepSecrets {
			exporter = Redacting(exporter)
		}
		reporting := &reportingExporter{next: exporter, logger: config.ErrorLogger}
		p.exporters = append(p.exporters, reporting)
	}
	if config.Tail != nil {
		config.Tail.Start(p.exporters, config.ErrorLogger)
		p.batchers = append(p.batchers, config.Tail)
	} else {
		for _, exporter := range p.exporters {
			b := newBatcher(exporter, config.ErrorLogger)
			p.queues = append(p.queues, b)
			p.batchers = append(p.batchers, b)
		}
	}
	for _, batcher := range p.batchers {
		p.processors = append(p.processors, shared{batcher})
	}
	return p
}

// Service returns the telemetry of the named service: a TracerProvider with a
// separate resource (service.name, a random service.instance.id, and
// service.version if it is known) over the shared pipeline.
func (p *Pipeline) Service(name string) Service {
	s := Service{
		Name:       name,
		Propagator: p.config.Propagator,
		Logger:     p.config.Logger.With(slog.String(string(semconv.ServiceNameKey), name)),
	}
	if p.config.Disabled {
		s.TracerProvider = noop.NewTracerProvider()
		return s
	}
	attrs := append([]attribute.KeyValue{
		semconv.ServiceName(name),
		semconv.ServiceInstanceID(uuid.NewString()),
	}, p.config.Resource...)
	if p.config.Version != "" {
		attrs = append(attrs, semconv.ServiceVersion(p.config.Version))
	}
	// Neither the SDK's description of itself nor attributes can fail to be found.
	r, err := resource.New(context.Background(), resource.WithTelemetrySDK(), resource.WithAttributes(attrs...))
	if err != nil {
		p.config.ErrorLogger.LogAttrs(context.Background(), slog.LevelError, "resource is incomplete",
			slog.String("service.name", name), slog.Any("error", err))
	}
	opts := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(p.sampler),
		sdktrace.WithResource(r),
		sdktrace.WithRawSpanLimits(limits()),
	}
	if p.config.IDs != nil {
		opts = append(opts, sdktrace.WithIDGenerator(p.config.IDs))
	}
	for _, processor := range p.processors {
		opts = append(opts, sdktrace.WithSpanProcessor(processor))
	}
	s.TracerProvider = sdktrace.NewTracerProvider(opts...)
	return s
}

// ForceFlush exports what waits in the batches, until the context ends. With
// Config.Tail it decides about every trace first, by what is known so far.
func (p *Pipeline) ForceFlush(ctx context.Context) error {
	return p.each(ctx, "flush spans", sdktrace.SpanProcessor.ForceFlush)
}

// Shutdown exports what waits in the batches and closes the exporters, until
// the context ends. It returns every error that it met, and how many spans were
// dropped or could not be exported at any time. Spans that end later are lost, so
// the services stop first.
func (p *Pipeline) Shutdown(ctx context.Context) error {
	err := p.each(ctx, "shut down exporter", sdktrace.SpanProcessor.Shutdown)
	lost := p.Lost()
	if lost.Failed > 0 {
		err = errors.Join(err, fmt.Errorf("export spans: %d were not exported", lost.Failed))
	}
	if lost.Dropped > 0 {
		err = errors.Join(err, fmt.Errorf("export spans: %d were dropped, as their exporter was too slow", lost.Dropped))
	}
	return err
}

// Losses counts spans that were sampled and not exported, for each exporter anew.
type Losses struct {
	Dropped int64 // the queue was full, or its time was up
	Failed  int64 // the exporter failed, or its receiver rejected them
}

// Lost returns what was lost so far.
func (p *Pipeline) Lost() Losses {
	var lost Losses
	for _, exporter := range p.exporters {
		lost.Failed += exporter.failed.Load()
	}
	for _, queue := range p.queues {
		lost.Dropped += queue.lost()
	}
	if p.config.Tail != nil && !p.config.Disabled {
		// Some may have waited for an exporter that had no time for them.
		lost.Failed = max(lost.Failed, p.config.Tail.Unexported())
	}
	return lost
}

// each does something with all exporters at once, so that one which hangs takes
// no time away from the others.
func (p *Pipeline) each(ctx context.Context, what string,
	do func(sdktrace.SpanProcessor, context.Context) error,
) error {
	errs := make([]error, len(p.batchers))
	var group sync.WaitGroup
	for i, batcher := range p.batchers {
		group.Go(func() {
			if err := do(batcher, ctx); err != nil {
				errs[i] = fmt.Errorf("%s: %w", what, err)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// maxAttribute is how many bytes an attribute's value keeps where
// OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT isn't set. Some come from whichever client
// sends a request, and the SDK's own default is no limit.
const maxAttribute = 4096

// limits returns the limits of the environment. Negative ones are invalid by the specification, so
// the defaults hold; the SDK by itself would take them for "no limit".
func limits() sdktrace.SpanLimits {
	l := sdktrace.NewSpanLimits()
	for _, limit := range []struct {
		value     *int
		otherwise int
	}{
		{&l.AttributeValueLengthLimit, maxAttribute},
		{&l.AttributeCountLimit, sdktrace.DefaultAttributeCountLimit},
		{&l.EventCountLimit, sdktrace.DefaultEventCountLimit},
		{&l.LinkCountLimit, sdktrace.DefaultLinkCountLimit},
		{&l.AttributePerEventCountLimit, sdktrace.DefaultAttributePerEventCountLimit},
		{&l.AttributePerLinkCountLimit, sdktrace.DefaultAttributePerLinkCountLimit},
	} {
		if *limit.value < 0 {
			*limit.value = limit.otherwise
		}
	}
	return l
}

// shared keeps one service's provider from shutting down a processor that the
// other services use as well.
type shared struct{ sdktrace.SpanProcessor }

func (shared) Shutdown(context.Context) error { return nil }
