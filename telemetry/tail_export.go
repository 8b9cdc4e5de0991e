package telemetry

import (
	"container/heap"
	"context"
	"maps"
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
func (t *tailSampler) run(ctx context.Context) {
	defer close(t.done)
	ticker := time.NewTicker(max(t.policy.Window/4, time.Millisecond))
	defer ticker.Stop()
	var losses losses
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.decideDue(time.Now())
			losses.report(ctx, t)
		case <-t.wake:
		}
		t.export(ctx)
	}
}

func (t *tailSampler) decideDue(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.schedule) > 0 && !t.schedule[0].deadline.After(now) {
		g := t.schedule[0]
		if g.deadline = g.next(&t.policy, now); g.deadline.After(now) {
			heap.Fix(&t.schedule, 0)
			continue
		}
		t.decide(g, now, DropPolicy)
	}
}

// decideAll decides about everything by what is known now.
func (t *tailSampler) decideAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for t.groups.Len() > 0 {
		t.decide(t.groups.Front().Value.(*tailGroup), now, DropPolicy)
	}
}

// export exports what is ready, batch by batch, until ctx ends. One at a time
// does so: exporters need not be safe for more.
func (t *tailSampler) export(ctx context.Context) error {
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

func (t *tailSampler) exportBatch(ctx context.Context, spans []sdktrace.ReadOnlySpan, size int) {
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

// batch takes the spans to export next, and their size.
func (t *tailSampler) batch() (spans []sdktrace.ReadOnlySpan, size int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(t.ready), maxBatch)
	spans = make([]sdktrace.ReadOnlySpan, n)
	for i, span := range t.ready[:n] {
		spans[i] = span.ReadOnlySpan
		size += span.bytes
	}
	clear(t.ready[:n])
	if t.ready = t.ready[n:]; len(t.ready) == 0 {
		t.ready = nil
	}
	return spans, size
}

// ForceFlush decides about every trace by what is known of it, and exports those
// that are kept, until ctx ends. Spans that are still open follow later.
func (t *tailSampler) ForceFlush(ctx context.Context) error {
	t.decideAll()
	return t.export(ctx)
}

// Shutdown flushes, and shuts the exporter down. What can't be exported before
// ctx ends is dropped.
func (t *tailSampler) Shutdown(ctx context.Context) (err error) {
	t.shutdown.Do(func() {
		t.mu.Lock()
		t.stopped = true
		t.mu.Unlock()
		err = t.ForceFlush(ctx)
		t.stop()
		select {
		case <-t.done:
		case <-ctx.Done():
		}
		t.mu.Lock()
		t.drop(DropExport, len(t.ready))
		t.ready = nil
		t.mu.Unlock()
		new(losses).report(ctx, t)
		if shutdownErr := t.exporter.Shutdown(ctx); err == nil {
			err = shutdownErr
		}
	})
	return err
}

func (t *tailSampler) stats() TailStats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return TailStats{Recorded: t.recorded, Exported: t.exported, Buffered: t.buffered, Dropped: maps.Clone(t.dropped)}
}
