package play

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
)

// ScopeName is the instrumentation scope of played spans, unless {@scope=…} gives another.
const ScopeName = "tracelab/tracetree/play"

const (
	maxSpans  = 100_000              // of one repetition of the text
	maxLength = 365 * 24 * time.Hour // of the text, and of all repetitions
)

// Providers returns the TracerProvider of a service. It is called once for each service that is
// played.
type Providers func(service string) trace.TracerProvider

// Config contains the optional settings. The zero value plays the text once, now.
type Config struct {
	// Propagator carries the context from one service to the next; nil means W3C trace context and
	// baggage.
	Propagator propagation.TextMapPropagator
	// Flush, if not nil, is called after every few hundred spans, so that exporters' queues drop
	// none.
	Flush func(context.Context) error
	// Count is the number of times that the whole text is played; 0 means once.
	Count int
	// Rate is the number of repetitions that start in a second of the spans' time; 0 means 1.
	Rate float64
	// Start is the start of the first repetition, between the years 1970 and 2200; the zero time
	// means now.
	Start time.Time
}

// Play creates the spans that the pattern describes, as specified in the package's documentation,
// with the providers of the services, which also generate the ids. The baggage of ctx is carried
// with every trace; the span of ctx is ignored.
//
// The text is checked first. If it can't be played, no span is created, and the error contains the
// reason, with a line and a column if the reason has a position. The text is limited to 100,000
// spans and one year. When ctx is done, Play stops after the current repetition and returns ctx's
// error.
//
// Play may be called from several goroutines. Except for Config.Flush, it neither flushes nor shuts
// down the providers.
func Play(ctx context.Context, pattern *tracetree.Pattern, providers Providers, config Config) error {
	if err := config.check(pattern, providers); err != nil {
		return fmt.Errorf("play notation: %w", err)
	}
	tops, err := rehearse(ctx, pattern, config.Start)
	if err != nil {
		return fmt.Errorf("play notation: %w", err)
	}
	p := newPlayer(providers, config)
	for i := range config.Count {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("play notation, repetition %d of %d: %w", i+1, config.Count, err)
		}
		after := time.Duration(float64(i) / config.Rate * float64(time.Second))
		if err := p.play(ctx, tops, config.Start.Add(after)); err != nil {
			return fmt.Errorf("play notation, repetition %d of %d: %w", i+1, config.Count, err)
		}
	}
	return nil
}

// Record plays the pattern once and returns the spans in the order in which they started. The zero
// start means now. Errors are those of [Play].
func Record(ctx context.Context, pattern *tracetree.Pattern, start time.Time) ([]sdktrace.ReadOnlySpan, error) {
	recorder := tracetest.NewSpanRecorder()
	if err := Play(ctx, pattern, recording(recorder), Config{Start: start}); err != nil {
		return nil, err
	}
	return started(recorder), nil
}

// recording returns providers that record their spans in recorder.
func recording(recorder *tracetest.SpanRecorder) Providers {
	return func(service string) trace.TracerProvider {
		return sdktrace.NewTracerProvider(
			sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.AlwaysSample())),
			sdktrace.WithRawSpanLimits(unlimited),
			sdktrace.WithSpanProcessor(recorder),
			sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName(service), semconv.ServiceInstanceID(service+"-1"))),
		)
	}
}

// unlimited keeps all attributes, events and links of the text, independently of environment
// variables.
var unlimited = sdktrace.SpanLimits{
	AttributeValueLengthLimit: -1, AttributeCountLimit: -1, EventCountLimit: -1, LinkCountLimit: -1,
	AttributePerEventCountLimit: -1, AttributePerLinkCountLimit: -1,
}

// started returns the spans of a recorder in the order in which they started.
func started(recorder *tracetest.SpanRecorder) []sdktrace.ReadOnlySpan {
	var spans []sdktrace.ReadOnlySpan
	for _, span := range recorder.Started() {
		spans = append(spans, span)
	}
	return spans
}

// check fills in the defaults and reports values out of range.
func (c *Config) check(pattern *tracetree.Pattern, providers Providers) error {
	if c.Propagator == nil {
		c.Propagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	}
	if c.Count == 0 {
		c.Count = 1
	}
	if c.Rate == 0 {
		c.Rate = 1
	}
	if c.Start.IsZero() {
		c.Start = time.Now()
	}
	switch year := c.Start.UTC().Year(); {
	case pattern == nil:
		return errors.New("pattern is nil, want the result of tracetree.Parse")
	case providers == nil:
		return errors.New("providers is nil, want a function that returns the TracerProvider of a service")
	case c.Count < 0:
		return fmt.Errorf("count is %d, want at least 1, or 0 for the default", c.Count)
	case !(c.Rate > 0) || math.IsInf(c.Rate, 0):
		return fmt.Errorf("rate is %v, want a positive number of repetitions per second, or 0 for the default", c.Rate)
	case float64(c.Count)/c.Rate > maxLength.Seconds():
		return fmt.Errorf("%d repetitions at %v per second take too long, want at most %v in all", c.Count, c.Rate, maxLength)
	case year < 1970 || year > 2200:
		return fmt.Errorf("start is in the year %d, want one between 1970 and 2200", year)
	}
	return nil
}

// rehearse plans the pattern and plays it to a recorder, to test whether the spans match the text.
// The CLIENT halves of calls are implied, as in the compact view. If the text contains a CLIENT
// half that the compact view leaves out, it is also tried as a text in the full view.
func rehearse(ctx context.Context, pattern *tracetree.Pattern, start time.Time) ([]*span, error) {
	tops, showsCallers, err := plan(pattern.Lines(), false)
	if err != nil {
		return nil, err
	}
	closest, err := perform(ctx, pattern, tops, start)
	if closest == nil {
		return tops, err
	}
	if showsCallers {
		if tops, _, err = plan(pattern.Lines(), true); err != nil {
			return nil, err
		}
		report, err := perform(ctx, pattern, tops, start, tracetree.Full)
		if report == nil {
			return tops, err
		}
		if differences(report) < differences(closest) {
			closest = report
		}
	}
	return nil, fmt.Errorf("no trace matches this text; the closest one differs:\n%v", closest)
}

// perform plays a plan to a recorder, and returns the differences from the pattern.
func perform(ctx context.Context, pattern *tracetree.Pattern, tops []*span, start time.Time,
	view ...tracetree.Option,
) (*tracetree.Report, error) {
	recorder := tracetest.NewSpanRecorder()
	config := Config{Propagator: propagation.TraceContext{}}
	if err := newPlayer(recording(recorder), config).play(clean(ctx), tops, start); err != nil {
		return nil, err
	}
	return pattern.Match(tracetree.Build(fromsdk.Spans(started(recorder))), view...), nil
}

func differences(r *tracetree.Report) int {
	n := 0
	for _, l := range r.Lines {
		if l.Op != ' ' {
			n++
		}
	}
	return n
}
