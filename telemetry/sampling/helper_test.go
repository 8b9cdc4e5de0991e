package sampling_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorded returns the telemetry of a service all of whose spans are recorded.
func recorded(t testing.TB, config telemetry.Config) (telemetry.Service, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	config.Processors = append(config.Processors, recorder)
	config.Sampler = sampling.FollowLinks(config.Sampler)
	return telemetry.NewPipeline(config).Service("shop"), recorder
}

// textOf returns attributes as text by their keys.
func textOf(attrs []attribute.KeyValue) map[string]string {
	text := map[string]string{}
	for _, attr := range attrs {
		text[string(attr.Key)] = attr.Value.String()
	}
	return text
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
