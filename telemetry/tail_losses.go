package telemetry

import (
	"context"
	"log/slog"
	"time"
)

// losses reports what the tail sampler had to drop against its policy, as far as
// it was not reported before.
type losses struct {
	reported int64
	at       time.Time
}

// reportEvery keeps a buffer that is always full from filling the log too.
const reportEvery = 10 * time.Second

func (l *losses) report(ctx context.Context, t *tailSampler) {
	if time.Since(l.at) < reportEvery {
		return
	}
	dropped := t.stats().Dropped
	lost := dropped[DropFull] + dropped[DropTooLarge] + dropped[DropBacklog]
	if lost == l.reported {
		return
	}
	l.reported, l.at = lost, time.Now()
	t.logger.LogAttrs(ctx, slog.LevelWarn, "tail sampler has dropped spans that it had no room for",
		slog.Int64(string(DropFull), dropped[DropFull]),
		slog.Int64(string(DropTooLarge), dropped[DropTooLarge]),
		slog.Int64(string(DropBacklog), dropped[DropBacklog]),
		slog.Int("buffer_bytes", t.policy.Buffer))
}
