package play

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
)

// ScopeName is the instrumentation scope of played spans, unless {@scope=…} says another.
const ScopeName = "tracelab/tracetree/play"

const (
	maxSpans  = 100_000              // of one repetition of the text
	maxLength = 365 * 24 * time.Hour // of the text, and of all repetitions
)

// Config says where and when a pattern is played.
type Config struct {
	// Pipeline takes the spans. It is required, and stays the caller's to flush and shut down.
	Pipeline *telemetry.Pipeline
	// Count is how often the whole text is played; 0 means once.
	Count int
	// Rate is how many repetitions start in a second of the spans' time; 0 means 1.
	Rate float64
	// Start is when the first repetition starts, between the years 1970 and 2200; the zero time means now.
	Start time.Time
}

// Play makes the spans that the pattern describes, as the package's documentation says. Ids come from the pipeline's
// providers; the baggage of ctx travels with every trace, a span of ctx doesn't.
//
// The text is checked first: when it can't be played, nothing is, and the error says what is wrong, where it can with
// line and column. It is limited to 100,000 spans and a year. When ctx ends, Play stops after the repetition at hand
// and returns its error.
//
// To keep the pipeline's queues from dropping spans, it is flushed after every few hundred of them. Play may be called
// from several goroutines.
func Play(ctx context.Context, pattern *tracetree.Pattern, config Config) error {
	if err := config.check(pattern); err != nil {
		return fmt.Errorf("play notation: %w", err)
	}
	tops, err := rehearse(ctx, pattern, config.Start)
	if err != nil {
		return fmt.Errorf("play notation: %w", err)
	}
	p := newPlayer(config.Pipeline)
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

// Record plays the pattern once, to nobody but the caller: it returns the spans in the order in which they started. The
// zero start is now. Errors are those of [Play].
func Record(ctx context.Context, pattern *tracetree.Pattern, start time.Time) ([]sdktrace.ReadOnlySpan, error) {
	var seen recorder
	pipeline := telemetry.NewPipeline(telemetry.Config{Processors: []sdktrace.SpanProcessor{&seen}})
	if err := Play(ctx, pattern, Config{Pipeline: pipeline, Start: start}); err != nil {
		return nil, err
	}
	return seen.spans, nil
}

// check fills in the defaults and says what can't be.
func (c *Config) check(pattern *tracetree.Pattern) error {
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
		return errors.New("pattern is nil: want what tracetree.Parse returns")
	case c.Pipeline == nil:
		return errors.New("pipeline is nil: want one that takes the spans")
	case c.Count < 0:
		return fmt.Errorf("count is %d: want at least 1, or 0 for once", c.Count)
	case !(c.Rate > 0) || math.IsInf(c.Rate, 0):
		return fmt.Errorf("rate is %v: want a number of repetitions in a second above 0, or 0 for 1", c.Rate)
	case float64(c.Count)/c.Rate > maxLength.Seconds():
		return fmt.Errorf("%d repetitions at %v in a second take too long: want at most %v in all", c.Count, c.Rate, maxLength)
	case year < 1970 || year > 2200:
		return fmt.Errorf("start is in the year %d: want one between 1970 and 2200", year)
	}
	return nil
}

// rehearse plans the pattern and plays it to a recorder, to see whether what comes out is what was written. The CLIENT
// halves of calls are implied, as in the compact view; text that shows one which that view leaves out may be of the
// full view as well.
func rehearse(ctx context.Context, pattern *tracetree.Pattern, start time.Time) ([]*span, error) {
	tops, showsCallers, err := plan(pattern.Lines(), tracetree.Compact)
	if err != nil {
		return nil, err
	}
	closest, err := perform(ctx, pattern, tracetree.Compact, tops, start)
	if closest == nil {
		return tops, err
	}
	if showsCallers {
		if tops, _, err = plan(pattern.Lines(), tracetree.Full); err != nil {
			return nil, err
		}
		report, err := perform(ctx, pattern, tracetree.Full, tops, start)
		if report == nil {
			return tops, err
		}
		if differences(report) < differences(closest) {
			closest = report
		}
	}
	return nil, fmt.Errorf("no trace is as this text says; the closest one differs:\n%v", closest)
}

// perform plays a plan to a recorder, and returns how that differs from the pattern.
func perform(ctx context.Context, pattern *tracetree.Pattern, view tracetree.Option, tops []*span, start time.Time) (*tracetree.Report, error) {
	var seen recorder
	pipeline := telemetry.NewPipeline(telemetry.Config{Processors: []sdktrace.SpanProcessor{&seen}})
	if err := newPlayer(pipeline).play(clean(ctx), tops, start); err != nil {
		return nil, err
	}
	return pattern.Match(tracetree.Build(fromsdk.Spans(seen.spans)), view), nil
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

// recorder keeps spans in the order in which they started. It is for one goroutine.
type recorder struct{ spans []sdktrace.ReadOnlySpan }

func (r *recorder) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) { r.spans = append(r.spans, s) }
func (*recorder) OnEnd(sdktrace.ReadOnlySpan)                           {}
func (*recorder) Shutdown(context.Context) error                        { return nil }
func (*recorder) ForceFlush(context.Context) error                      { return nil }
