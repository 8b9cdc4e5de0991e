package telemetry_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"tracelab/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The ids of a trace that a caller has started.
const (
	callerTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	callerSpan   = "00f067aa0ba902b7"
	callerParent = "00-" + callerTrace + "-" + callerSpan + "-01"
)

// recorded returns the telemetry of a service all of whose spans are recorded.
func recorded(t testing.TB, config telemetry.Config) (telemetry.Service, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	config.Processors = append(config.Processors, recorder)
	return telemetry.NewPipeline(config).Service("shop"), recorder
}

// only returns the one span that has ended.
func only(t testing.TB, recorder *tracetest.SpanRecorder) sdktrace.ReadOnlySpan {
	t.Helper()
	spans := recorder.Ended()
	if len(spans) != 1 {
		t.Fatalf("%d spans ended, want 1", len(spans))
	}
	return spans[0]
}

// textOf returns attributes as text by their keys.
func textOf(attrs []attribute.KeyValue) map[string]string {
	text := map[string]string{}
	for _, attr := range attrs {
		text[string(attr.Key)] = attr.Value.String()
	}
	return text
}

// exporter is an exporter for tests: it keeps the batches, and is as slow and as faulty as
// configured.
type exporter struct {
	delay                  time.Duration // of each export
	exportErr, shutdownErr error

	mu        sync.Mutex
	batches   [][]sdktrace.ReadOnlySpan
	shutdowns int
}

func (e *exporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	if e.delay > 0 {
		<-time.After(e.delay)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.batches = append(e.batches, slices.Clone(spans)) // a processor uses its slice again
	return e.exportErr
}

func (e *exporter) Shutdown(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shutdowns++
	return e.shutdownErr
}

// names returns the names of the exported spans, in their order.
func (e *exporter) names() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var names []string
	for _, span := range slices.Concat(e.batches...) {
		names = append(names, span.Name())
	}
	return names
}

// buffer is a writer that may be read while it is written to.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// logTo returns a logger that writes JSON lines without a time.
func logTo(b *buffer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			if attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		},
	}))
}
