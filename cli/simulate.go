package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"tracelab/cli/show"
	"tracelab/internal/source"
	"tracelab/internal/words"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/cli/draw"
	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/codec/mask"
	"tracelab/tracetree/play"
)

// simulateCommand makes real spans from a tree.
type simulateCommand struct {
	Tree   string  `arg:"" help:"File with a tree, in the notation. - is standard input."`
	Count  int     `help:"Number of repetitions." default:"1" placeholder:"N"`
	Rate   float64 `help:"Repetitions per second of simulated time. The command does not wait for that time to pass." default:"1" placeholder:"N"`
	Export string  `help:"Write the spans to a file as OTLP JSON (- is standard output); otlp exports them to OTEL_EXPORTER_OTLP_ENDPOINT. Without it, the tree is shown." placeholder:"WHERE"`
	Format string  `help:"Output format: ${enum}." enum:"tree,text" default:"tree"`
	Full   bool    `help:"Show all spans. By default, CLIENT spans are folded into the SERVER spans that they call."`
}

func (c simulateCommand) Run(ctx context.Context, env *environment, g given) error {
	if c.Export != "" {
		if err := g.noEffect("--export", "--format", "--full"); err != nil {
			return err
		}
	}
	if c.Count < 1 {
		return usageError("--count is %d: want 1 or more", c.Count)
	}
	name, text, err := readInput(ctx, env, c.Tree)
	if err != nil {
		return err
	}
	pattern, err := parsePattern(name, text)
	if err != nil {
		return err
	}
	config, err := environmentConfig(ctx, env)
	if err != nil {
		return err
	}
	config.KeepSecrets = true // the spans have exactly the attributes of the text
	played := tracetest.NewSpanRecorder()
	var file *fileExporter
	switch c.Export {
	case "":
		config.Processors = append(config.Processors, played)
	case "otlp":
		if len(config.Exporters) == 0 {
			return usageError("--export is otlp, but there is no endpoint: set OTEL_EXPORTER_OTLP_ENDPOINT, for example to " +
				"http://localhost:4318")
		}
	default:
		if file, err = newFileExporter(ctx, env, c.Export); err != nil {
			return err
		}
		config.Exporters = append(config.Exporters, file)
	}
	counter := &spanCounter{}
	config.Processors = append(config.Processors, counter)
	config.Sampler = sampling.FollowLinks(config.Sampler)
	pipeline := telemetry.NewPipeline(config)
	err = play.Play(ctx, pattern, func(service string) trace.TracerProvider {
		return pipeline.Service(service).TracerProvider
	}, play.Config{Propagator: config.Propagator, Flush: pipeline.ForceFlush, Count: c.Count, Rate: c.Rate})
	if err != nil {
		var at *source.Error
		if errors.As(err, &at) {
			err = source.At(name, strings.TrimPrefix(string(text), byteOrderMark), at.Line, at.Column, "%s", at.Message)
			err = usageError("%w", err)
		} else {
			err = usageError("%s: %w", name, err)
		}
		if file != nil {
			file.drop()
		}
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := errors.Join(err, pipeline.Shutdown(closing)); err != nil {
		return err
	}
	if c.Export != "" {
		_, err := fmt.Fprintf(env.stderr, "tracelab: exported %s of %s\n", words.Count(counter.n, "span"),
			words.Count(c.Count, "repetition"))
		return err
	}
	return c.show(env, played.Ended())
}

func (c simulateCommand) show(env *environment, played []sdktrace.ReadOnlySpan) error {
	spans := fromsdk.Spans(played)
	mask.Spans(spans)
	var options []tracetree.Option
	if c.Full {
		options = append(options, tracetree.Full)
	}
	w := bufio.NewWriter(env.stdout)
	lines := tracetree.Lines(tracetree.Build(spans), options...)
	var err error
	if c.Format == "text" {
		err = show.Details{}.WriteText(w, lines)
	} else {
		err = draw.Waterfall{Width: env.width}.Write(w, lines)
	}
	return errors.Join(err, w.Flush())
}

// spanCounter is a processor that counts the spans that end.
type spanCounter struct {
	mu sync.Mutex
	n  int
}

func (*spanCounter) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (c *spanCounter) OnEnd(sdktrace.ReadOnlySpan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func (*spanCounter) Shutdown(context.Context) error   { return nil }
func (*spanCounter) ForceFlush(context.Context) error { return nil }

// fileExporter writes OTLP JSON, a document for each batch, on a line of its own.
type fileExporter struct {
	w      *bufio.Writer
	finish func(error) error
	failed error // why the file has to be dropped
}

var errDropped = errors.New("nothing was played")

func newFileExporter(ctx context.Context, env *environment, name string) (*fileExporter, error) {
	if name == stdinName {
		return &fileExporter{w: bufio.NewWriter(env.stdout), finish: func(err error) error { return err }}, nil
	}
	f, err := createFile(ctx, name)
	if err != nil {
		return nil, err
	}
	return &fileExporter{w: bufio.NewWriter(f), finish: f.finish}, nil
}

func (e *fileExporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	return codec.WriteOTLPJSON(e.w, fromsdk.Spans(spans))
}

// drop leaves the file as it was before. It is called before the shutdown.
func (e *fileExporter) drop() { e.failed = errDropped }

func (e *fileExporter) Shutdown(context.Context) error {
	if err := e.finish(errors.Join(e.failed, e.w.Flush())); !errors.Is(err, errDropped) {
		return err
	}
	return nil
}
