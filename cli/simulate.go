package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"sync"

	"tracelab/cli/show"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/cli/draw"
	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/codec/mask"
	"tracelab/tracetree/play"
)

// simulateCommand plays a tree of the notation as real spans.
type simulateCommand struct {
	Tree   string  `arg:"" help:"The file of the tree to play, in the notation. - is stdin."`
	Count  int     `help:"Play it so many times." default:"1" placeholder:"N"`
	Rate   float64 `help:"Start so many of them in a second of the spans' time. Nothing waits for that time to pass." default:"1" placeholder:"N"`
	Export string  `help:"Where the spans go: otlp, as the OTEL_ variables say, or a file of OTLP JSON. - is stdout. Without it, the tree is shown." placeholder:"WHERE"`
	Format string  `help:"How the tree is shown: ${enum}." enum:"tree,text" default:"tree"`
	Full   bool    `help:"Show every span, also the CLIENT halves of calls."`
}

func (c simulateCommand) Run(ctx context.Context, env *environment) error {
	if c.Count < 1 {
		return usageError("--count is %d: it takes a number from 1 on", c.Count)
	}
	pattern, err := readPattern(ctx, env, c.Tree)
	if err != nil {
		return err
	}
	config, err := environmentConfig(ctx, env)
	if err != nil {
		return err
	}
	config.KeepSecrets = true // what is played is what the text says
	played := tracetest.NewSpanRecorder()
	var file *fileExporter
	switch c.Export {
	case "":
		config.Processors = append(config.Processors, played)
	case "otlp":
		if len(config.Exporters) == 0 {
			return usageError("--export is otlp, but no variable says where to: set OTEL_EXPORTER_OTLP_ENDPOINT, as to http://localhost:4318")
		}
	default:
		if file, err = newFileExporter(env, c.Export); err != nil {
			return err
		}
		config.Exporters = append(config.Exporters, file)
	}
	counter := &spanCounter{}
	config.Processors = append(config.Processors, counter)
	config.Sampler = sampling.FollowLinks(config.Sampler)
	pipeline := telemetry.NewPipeline(config)
	err = play.Play(ctx, pattern, play.Config{Pipeline: pipeline, Count: c.Count, Rate: c.Rate})
	if err != nil {
		err = usageError("%s: %w", c.Tree, err)
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
		_, err := fmt.Fprintf(env.stderr, "tracelab: exported %s of %s\n", show.Count(counter.n, "span"), show.Count(c.Count, "repetition"))
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
	failed error // why the file is to be dropped
}

var errDropped = errors.New("nothing was played")

func newFileExporter(env *environment, name string) (*fileExporter, error) {
	if name == stdinName {
		return &fileExporter{w: bufio.NewWriter(env.stdout), finish: func(err error) error { return err }}, nil
	}
	f, err := createFile(name)
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
