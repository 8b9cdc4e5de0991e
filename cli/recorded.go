package cli

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"

	"tracelab/cli/show"
	"tracelab/lab"
	"tracelab/telemetry"
)

func recordedBy(r *lab.Recording) *show.Run {
	return &show.Run{Spans: r.Spans, Forest: r.Forest, Wire: r.Wire, Logs: r.Logs}
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

// view is what the flags select.
func (c runCommand) view(env *environment) show.View {
	return show.View{
		Width: env.width, Full: c.Full, Attributes: c.Attributes, IDs: c.IDs, Logs: c.Logs, Wire: c.Wire, Explain: c.Explain,
	}
}

// writeBare writes nothing but what was recorded: as JSON, or as the bare notation.
func (c runCommand) writeBare(ctx context.Context, env *environment, r *show.Run) error {
	if c.Format != "json" {
		return c.view(env).Notation(env.stdout, r)
	}
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(env.stdout), stdouttrace.WithPrettyPrint())
	if err != nil {
		return err
	}
	return exporter.ExportSpans(ctx, r.Spans)
}
