package cli

import (
	"context"
	"log/slog"

	"tracelab/telemetry"
)

// environmentConfig returns the telemetry configuration of the OTEL_ variables. Export errors are
// logged to stderr.
func environmentConfig(ctx context.Context, env *environment) (telemetry.Config, error) {
	config, err := telemetry.FromEnv(ctx, env.stderr)
	if err != nil {
		return config, &exitError{exitUsage, err}
	}
	config.ErrorLogger = slog.New(telemetry.NewLogHandler(slog.NewTextHandler(env.stderr, nil)))
	return config, nil
}
