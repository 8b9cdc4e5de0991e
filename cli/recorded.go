package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/cli/draw"
	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// recorded is what a run of the system, or of a scenario, left behind.
type recorded struct {
	spans  []sdktrace.ReadOnlySpan
	forest *tracetree.Forest // of the spans without their secrets
	wire   []lab.Hop
	logs   []lab.LogRecord
}

func newRecorded(spans []sdktrace.ReadOnlySpan, wire []lab.Hop, logs []lab.LogRecord) recorded {
	masked := codec.FromSDK(spans)
	maskSpans(masked)
	return recorded{spans, tracetree.Build(masked), wire, logs}
}

// environmentConfig is the telemetry that the environment asks for. What can't be exported is said on stderr.
func environmentConfig(ctx context.Context, env *environment) (telemetry.Config, error) {
	config, err := telemetry.FromEnv(ctx, env.stderr)
	if err != nil {
		return config, &exitError{exitUsage, err}
	}
	config.ErrorLogger = slog.New(telemetry.NewLogHandler(slog.NewTextHandler(env.stderr, nil)))
	return config, nil
}

// newChecked is what the checks found in spans as they were recorded. What became of them behind the exporters, nobody
// has seen.
func newChecked(forest *tracetree.Forest, result check.Result) checked {
	return checked{
		checks: check.All(), traces: tracesOf(forest), spans: forest.Len(),
		unchecked: []string{"errors-kept", "partial-trace"}, Result: result,
	}
}

func (c runCommand) options() []tracetree.Option {
	if c.Full {
		return []tracetree.Option{tracetree.Full}
	}
	return nil
}

// writeBare writes nothing but what was recorded: as JSON, or as the bare notation. What was asked for beside the tree
// follows as comments, so that the whole stays notation.
func (c runCommand) writeBare(ctx context.Context, env *environment, r *recorded) error {
	if c.Format == "json" {
		exporter, err := stdouttrace.New(stdouttrace.WithWriter(env.stdout), stdouttrace.WithPrettyPrint())
		if err != nil {
			return err
		}
		return telemetry.Redacting(exporter).ExportSpans(ctx, r.spans)
	}
	w := bufio.NewWriter(env.stdout)
	options := c.options()
	if c.Attributes {
		options = append(options, tracetree.Attributes)
	}
	d := c.details(r)
	d.attributes = false // they are in the lines
	if err := d.writeText(w, tracetree.Lines(r.forest, options...)); err != nil {
		return err
	}
	if c.Wire {
		for _, hop := range r.wire {
			fmt.Fprintln(w)
			printHop(w, hop, "# ")
		}
	}
	return w.Flush()
}

// writeTrees writes the trees as people look at them, with what was asked for beside them, and of the attributes those
// with the keys in any case.
func (c runCommand) writeTrees(w io.Writer, env *environment, r *recorded, keys []string) error {
	lines := tracetree.Lines(r.forest, c.options()...)
	if len(lines) == 0 {
		fmt.Fprintln(w, "No span was recorded: the request's traceparent says so, OTEL_TRACES_SAMPLER samples nothing, or OTEL_SDK_DISABLED is set.")
	}
	d := c.details(r)
	d.keys = keys
	if err := (draw.Waterfall{Width: env.width, Below: d.below}).Write(w, lines); err != nil {
		return err
	}
	if r.forest.NumTops() > 1 {
		fmt.Fprintln(w, "\n# Each tree has a time scale of its own.")
	}
	if loose := c.looseLogs(r); len(loose) > 0 {
		fmt.Fprintf(w, "\n%s\n", bold("Logged outside of these spans"))
		for _, text := range loose {
			fmt.Fprintln(w, "  "+text)
		}
	}
	if !c.Wire || len(r.wire) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", bold("On the wire"))
	for _, hop := range r.wire {
		printHop(w, hop, "  ")
	}
	return nil
}

// details are the ids, attributes and log records, as far as they were asked for.
func (c runCommand) details(r *recorded) details {
	d := details{ids: c.IDs, attributes: c.Attributes}
	if c.Logs {
		d.logs = map[string][]lab.LogRecord{}
		for _, record := range r.logs {
			d.logs[record.SpanID] = append(d.logs[record.SpanID], record)
		}
	}
	return d
}

// looseLogs returns the log records that belong to none of the spans.
func (c runCommand) looseLogs(r *recorded) []string {
	if !c.Logs {
		return nil
	}
	known := map[string]bool{}
	for i := range r.forest.Spans() {
		known[r.forest.Spans()[i].SpanID.String()] = true
	}
	var texts []string
	for _, record := range r.logs {
		if !known[record.SpanID] {
			texts = append(texts, logText(record))
		}
	}
	return texts
}

func printHop(w io.Writer, hop lab.Hop, indent string) {
	fmt.Fprintf(w, "%s%s → %s  %s %s\n", indent, hop.From, hop.To, hop.Protocol, draw.Clean(hop.What))
	for _, field := range hop.Fields {
		fmt.Fprintf(w, "%s    %s: %s\n", indent, draw.Clean(field.Name), draw.Clean(field.Value))
	}
}
