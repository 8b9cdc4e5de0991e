package cli

import (
	"context"
	"io"
	"log/slog"

	"tracelab/telemetry"
)

// environmentConfig returns the telemetry that the OTEL_ variables configure. Export errors are
// logged to stderr.
func environmentConfig(ctx context.Context, env *environment) (telemetry.Config, error) {
	config, err := telemetry.FromEnv(ctx, env.stderr)
	if err != nil {
		return config, &exitError{exitUsage, err}
	}
	config.ErrorLogger = logTo(env.stderr)
	return config, nil
}

// logTo returns a logger that writes records as text, with trace IDs and without secrets.
func logTo(w io.Writer) *slog.Logger {
	return slog.New(telemetry.NewLogHandler(slog.NewTextHandler(w, nil)))
}
