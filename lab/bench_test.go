package lab

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/telemetry"
)

// The system as it is measured: without its instrumentation, with it and every
// trace dropped by the head sampler, and with every trace recorded and put
// through the batch processor.
var benchModes = []struct {
	name   string
	config func() Config
}{
	{"untraced", func() Config { return Config{Forget: true, Untraced: true} }},
	{"dropped", func() Config {
		return Config{Forget: true, Telemetry: telemetry.Config{Sampler: sdktrace.ParentBased(sdktrace.NeverSample())}}
	}},
	{"sampled", func() Config {
		return Config{Forget: true, Telemetry: telemetry.Config{Exporters: []sdktrace.SpanExporter{discard{}}}}
	}},
}

// discard is an exporter that takes no time, so that what is measured is the
// instrumentation and the SDK.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }

// nowhere is a ResponseWriter that keeps the status alone.
type nowhere struct {
	header http.Header
	status int
}

func (w *nowhere) Header() http.Header            { return w.header }
func (w *nowhere) Write(body []byte) (int, error) { return len(body), nil }
func (w *nowhere) WriteHeader(status int)         { w.status = status }

// creates sends n CreateTasks through the gateway's handler and waits until the
// worker is done with all of them.
func creates(b *testing.B, l *Lab, n int) {
	b.Helper()
	for range n {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://"+Gateway+"/tasks", strings.NewReader(`{"title":"x"}`))
		if err != nil {
			b.Fatal(err)
		}
		r.RemoteAddr = "10.0.0.1:4711"
		r.Header.Set("Content-Type", "application/json")
		w := &nowhere{header: http.Header{}}
		if l.Handler().ServeHTTP(w, r); w.status != http.StatusCreated {
			b.Fatalf("status %d", w.status)
		}
	}
	if err := l.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func startBench(b *testing.B, config Config) *Lab {
	b.Helper()
	l, err := Start(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return l
}

// BenchmarkCreateTask is the whole way of a CreateTask, from the gateway's
// handler to the worker's update.
func BenchmarkCreateTask(b *testing.B) {
	for _, mode := range benchModes {
		b.Run(mode.name, func(b *testing.B) {
			l := startBench(b, mode.config())
			b.ReportAllocs()
			b.ResetTimer()
			creates(b, l, b.N)
		})
	}
}

// BenchmarkTracingCost reports what tracing costs as a ratio to the untraced
// system, in time and in allocations. The modes take turns in short rounds, and
// the ratio is the median of the rounds', so that whatever else the machine is
// doing hits all of them alike.
func BenchmarkTracingCost(b *testing.B) {
	const round = 200
	labs := make([]*Lab, len(benchModes))
	for i, mode := range benchModes {
		labs[i] = startBench(b, mode.config())
		creates(b, labs[i], round)
	}
	times := make([][]float64, len(labs))
	allocs := make([][]float64, len(labs))
	b.ResetTimer()
	for range max(b.N/round, 1) {
		for i, l := range labs {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			creates(b, l, round)
			times[i] = append(times[i], float64(time.Since(started).Nanoseconds())/round)
			runtime.ReadMemStats(&after)
			allocs[i] = append(allocs[i], float64(after.Mallocs-before.Mallocs)/round)
		}
	}
	b.StopTimer()
	b.ReportMetric(0, "ns/op") // of all modes together it would mean nothing
	for i, mode := range benchModes {
		b.ReportMetric(median(times[i])/1e3, mode.name+"-µs")
		b.ReportMetric(median(allocs[i]), mode.name+"-allocs")
		if i > 0 {
			b.ReportMetric(median(ratios(times[i], times[0])), mode.name+"-time-ratio")
			b.ReportMetric(median(ratios(allocs[i], allocs[0])), mode.name+"-allocs-ratio")
		}
	}
}

func ratios(a, b []float64) []float64 {
	r := make([]float64, len(a))
	for i := range a {
		r[i] = a[i] / b[i]
	}
	return r
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
