package sampling_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
)

// nowhere is an exporter that takes no time.
type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                             { return nil }

func benchPipeline(tail *sampling.Tail) *telemetry.Pipeline {
	config := telemetry.Config{Exporters: []sdktrace.SpanExporter{nowhere{}}, KeepSecrets: true}
	if tail != nil {
		config.Tail = tail
	}
	return telemetry.NewPipeline(config)
}

// request makes a trace of seven spans of six attributes each.
func request(ctx context.Context, s telemetry.Service) {
	attrs := []attribute.KeyValue{
		attribute.String("http.request.method", "GET"), attribute.String("http.route", "/tasks/:id"),
		attribute.Int("http.response.status_code", 200), attribute.String("server.address", "api-gateway"),
		attribute.String("user_agent.original", "curl/8.5.0"), attribute.Bool("cached", false),
	}
	ctx, root := s.Tracer().Start(ctx, "GET /tasks/:id")
	root.SetAttributes(attrs...)
	for range 6 {
		_, span := s.Tracer().Start(ctx, "DynamoDB.GetItem")
		span.SetAttributes(attrs...)
		span.End()
	}
	root.End()
}

// BenchmarkTailSampling reports what tail sampling costs as a ratio to the batch
// processor alone. Both take turns in short rounds, so that whatever else the
// machine is doing hits both alike.
func BenchmarkTailSampling(b *testing.B) {
	const round = 2000
	policy := sampling.TailPolicy{Errors: true, Rest: 0.05, Window: 10 * time.Millisecond}
	var took [2]time.Duration
	var allocs [2]uint64
	rounds := max(b.N/round, 3)
	for range rounds {
		for i, tail := range []*sampling.Tail{nil, sampling.NewTail(policy)} {
			pipeline := benchPipeline(tail)
			service := pipeline.Service("shop")
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			for range round {
				request(b.Context(), service)
			}
			if err := pipeline.Shutdown(b.Context()); err != nil {
				b.Fatal(err)
			}
			took[i] += time.Since(started)
			runtime.ReadMemStats(&after)
			allocs[i] += after.Mallocs - before.Mallocs
		}
	}
	spans := float64(rounds * round * 7)
	b.ReportMetric(0, "ns/op") // of both together it would mean nothing
	b.ReportMetric(float64(took[0].Nanoseconds())/spans, "batch-ns/span")
	b.ReportMetric(float64(took[1].Nanoseconds())/spans, "tail-ns/span")
	b.ReportMetric(float64(took[1])/float64(took[0]), "tail-ratio")
	b.ReportMetric(float64(allocs[0])/spans, "batch-allocs/span")
	b.ReportMetric(float64(allocs[1])/spans, "tail-allocs/span")
}

// BenchmarkTailBuffer reports how the estimated size of the buffer compares to what
// the heap grows by. Under 1, the buffer takes more memory than it is allowed.
func BenchmarkTailBuffer(b *testing.B) {
	const buffer, requests = 64 << 20, 20_000
	held := func(n int) float64 {
		tail := sampling.NewTail(sampling.TailPolicy{Window: time.Hour, Buffer: buffer})
		pipeline := benchPipeline(tail)
		service := pipeline.Service("shop")
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range n {
			request(b.Context(), service)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		spans := tail.Stats().Buffered
		if err := pipeline.Shutdown(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(spans), "heap-bytes/span")
		return float64(after.HeapAlloc - before.HeapAlloc)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(buffer/held(requests), "estimate-to-heap")
}
