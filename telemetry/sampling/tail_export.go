package sampling

import (
	"container/heap"
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	// maxBatch is how many spans an exporter gets at once.
	maxBatch = 512
	// exportTimeout is how long it may take for them.
	exportTimeout = 30 * time.Second
)

// run decides about what is due, and exports it, until ctx ends.
func (t *Tail) run(ctx context.Context) {
	defer close(t.done)
	ticker := time.NewTicker(max(t.policy.Window/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for t.decideDue(time.Now()) {
			}
			t.losses.report(ctx, t)
		case <-t.wake:
		}
		t.export(ctx)
	}
}

// decideDue decides about some of what is due, and reports whether there is more
// to look at: spans that start and end wait no longer than that takes.
func (t *Tail) decideDue(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range 64 {
		if len(t.schedule) == 0 || t.schedule[0].deadline.After(now) {
			return false
		}
		g := t.schedule[0]
		if g.deadline = g.next(&t.policy, now); g.deadline.After(now) {
			heap.Fix(&t.schedule, 0)
			continue
		}
		t.decide(g, now, DropPolicy)
	}
	return true
}

// decideAll decides about everything by what is known now.
func (t *Tail) decideAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for t.groups.Len() > 0 {
		t.decide(t.groups.Front().Value.(*tailGroup), now, DropPolicy)
	}
}

// export exports what is ready, batch by batch, until ctx ends. One at a time
// does so: exporters need not be safe for more.
func (t *Tail) export(ctx context.Context) error {
	select {
	case t.exporting <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.exporting }()
	for ctx.Err() == nil {
		spans, size := t.batch()
		if len(spans) == 0 {
			return nil
		}
		t.exportBatch(ctx, spans, size)
	}
	return ctx.Err()
}

func (t *Tail) exportBatch(ctx context.Context, spans []sdktrace.ReadOnlySpan, size int) {
	ctx, cancel := context.WithTimeout(ctx, exportTimeout)
	defer cancel()
	err := t.exporter.ExportSpans(ctx, spans)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting -= size
	if err != nil {
		t.drop(DropExport, len(spans))
		return
	}
	t.buffered -= int64(len(spans))
	t.exported += int64(len(spans))
}

// batch takes the spans to export next, as they are exported, and their size.
func (t *Tail) batch() (spans []sdktrace.ReadOnlySpan, size int) {
	taken := t.take()
	spans = make([]sdktrace.ReadOnlySpan, len(taken))
	for i, span := range taken {
		spans[i] = span.verdict.span(span.ReadOnlySpan)
		size += span.bytes
	}
	return spans, size
}

func (t *Tail) take() []readySpan {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(t.ready), maxBatch)
	taken := slices.Clone(t.ready[:n])
	clear(t.ready[:n]) // or what has been exported would be held as long as what hasn't
	if t.ready = t.ready[n:]; len(t.ready) == 0 {
		t.ready = nil
	}
	return taken
}

// ForceFlush decides about every trace by what is known of it, and exports those
// that are kept, until ctx ends. Spans that are still open follow later.
func (t *Tail) ForceFlush(ctx context.Context) error {
	t.decideAll()
	return t.export(ctx)
}

// Shutdown flushes, and shuts the exporter down. Spans that can't be exported before
// ctx ends are dropped.
func (t *Tail) Shutdown(ctx context.Context) (err error) {
	t.shutdown.Do(func() {
		t.mu.Lock()
		t.stopped = true
		t.mu.Unlock()
		err = t.ForceFlush(ctx)
		t.stop()
		t.mu.Lock()
		left := len(t.ready)
		t.drop(DropExport, left)
		t.ready = nil
		t.mu.Unlock()
		if left > 0 {
			t.logger.LogAttrs(
				ctx, slog.LevelError, "spans were not exported before the shutdown's time was up", slog.Int("spans", left),
			)
		}
		select {
		case <-t.done:
			t.losses.at = time.Time{} // this is the last time
			t.losses.report(ctx, t)
		case <-ctx.Done():
		}
		if shutdownErr := t.exporter.Shutdown(ctx); err == nil {
			err = shutdownErr
		}
	})
	return err
}

// Unexported returns how many spans of kept traces could not be exported.
func (t *Tail) Unexported() int64 { return t.Stats().Dropped[DropExport] }

// Stats counts what became of the spans so far.
func (t *Tail) Stats() TailStats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return TailStats{
		Recorded: t.recorded, Exported: t.exported, Buffered: t.buffered, PeakBytes: int64(t.peak),
		Dropped: maps.Clone(t.dropped),
	}
}

// losses reports what the tail sampler had to drop against its policy, as far as
// it was not reported before.
type losses struct {
	reported int64
	at       time.Time
}

// reportEvery keeps a buffer that is always full from filling the log too.
const reportEvery = time.Minute

func (l *losses) report(ctx context.Context, t *Tail) {
	if time.Since(l.at) < reportEvery {
		return
	}
	dropped := t.Stats().Dropped
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
