package lab_test

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/lab"
	"tracelab/telemetry"
)

// The system as it is measured: without its instrumentation, with it and every
// trace dropped by the head sampler, and with every trace recorded and put
// through the batch processor.
var benchModes = []benchMode{
	{name: "untraced", config: func() lab.Config { return lab.Config{SkipRecording: true, Untraced: true} }},
	{name: "dropped", config: func() lab.Config {
		sampler := sdktrace.ParentBased(sdktrace.NeverSample())
		return lab.Config{SkipRecording: true, Telemetry: telemetry.Config{Sampler: sampler}}
	}},
	{name: "sampled", config: func() lab.Config {
		return lab.Config{SkipRecording: true, Telemetry: telemetry.Config{Exporters: []sdktrace.SpanExporter{discard{}}}}
	}},
}

// benchMode is a way in which the system is measured.
type benchMode struct {
	name   string
	config func() lab.Config
	// lossy is a mode in which spans are lost, or wait for an exporter that is too slow.
	lossy bool
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

// callers is how many requests are under way at once: enough to keep the cores
// busy, so that work is measured and not the waiting for each other.
const callers = 16

// creates sends n CreateTasks through the gateway's handler and waits until the
// worker is done with all of them.
func creates(b testing.TB, l *lab.Lab, n int) {
	b.Helper()
	var sent atomic.Int64
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for sent.Add(1) <= int64(n) {
				create(b, l)
			}
		})
	}
	group.Wait()
	if err := l.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func create(b testing.TB, l *lab.Lab) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://"+lab.Gateway+"/tasks",
		strings.NewReader(`{"title":"x"}`))
	if err != nil {
		b.Error(err)
		return
	}
	r.RemoteAddr = "10.0.0.1:4711"
	r.Header.Set("Content-Type", "application/json")
	w := &nowhere{header: http.Header{}}
	if l.Handler().ServeHTTP(w, r); w.status != http.StatusCreated {
		b.Errorf("status %d", w.status)
	}
}

func startBench(b testing.TB, config lab.Config) *lab.Lab {
	b.Helper()
	l, err := lab.Start(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	return l
}

func closeBench(b testing.TB, l *lab.Lab) {
	b.Helper()
	if err := l.Close(b.Context()); err != nil {
		b.Error(err)
	}
}

// closeAtOnce closes a system whose last spans can't be exported.
func closeAtOnce(b *testing.B, l *lab.Lab) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 100*time.Millisecond)
	defer cancel()
	if err := l.Close(ctx); err == nil {
		b.Error("no span was lost, so the backend has answered after all")
	}
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
			b.StopTimer()
			closeBench(b, l)
		})
	}
}

// BenchmarkTracingCost reports what tracing costs as a ratio to the untraced
// system: in time on the clock, in time of the processor, and in allocations.
// The modes take turns in short rounds, and each ratio is the median of the
// rounds', so that whatever else the machine is doing hits all of them alike.
func BenchmarkTracingCost(b *testing.B) { compareModes(b, benchModes) }

// compareModes reports what requests cost in each mode, and as a ratio to the first mode. At least
// one round is run, and b.N is the number of requests in each mode.
func compareModes(b *testing.B, modes []benchMode) {
	b.Helper()
	const round = 1000
	costs := make([][]cost, len(modes))
	for range max(b.N/round, 1) {
		for i, mode := range modes {
			// A system of its own for each round: the database keeps what was
			// created, and the garbage collector would look at more and more of it.
			l := startBench(b, mode.config())
			creates(b, l, round/10)
			runtime.GC()
			costs[i] = append(costs[i], measure(b, func() { creates(b, l, round) }, round))
			if mode.lossy {
				closeAtOnce(b, l)
			} else {
				closeBench(b, l)
			}
		}
	}
	b.ReportMetric(0, "ns/op") // of all modes together it would mean nothing
	for what, of := range map[string]func(cost) float64{
		"µs":     func(c cost) float64 { return c.clock },
		"cpu-µs": func(c cost) float64 { return c.cpu },
		"allocs": func(c cost) float64 { return c.allocs },
	} {
		for i, mode := range modes {
			var values, ratios []float64
			for round := range costs[i] {
				values = append(values, of(costs[i][round]))
				ratios = append(ratios, of(costs[i][round])/of(costs[0][round]))
			}
			b.ReportMetric(median(values), mode.name+"-"+what)
			if i > 0 {
				b.ReportMetric(median(ratios), mode.name+"-"+what+"-ratio")
			}
		}
	}
}

// cost is what one request costs.
type cost struct{ clock, cpu, allocs float64 }

func measure(b testing.TB, do func(), n float64) cost {
	b.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	started, busy := time.Now(), cpuTime(b)
	do()
	clock, cpu := time.Since(started), cpuTime(b)-busy
	runtime.ReadMemStats(&after)
	return cost{
		clock:  float64(clock.Nanoseconds()) / 1e3 / n,
		cpu:    float64(cpu.Nanoseconds()) / 1e3 / n,
		allocs: float64(after.Mallocs-before.Mallocs) / n,
	}
}

// The ratio of allocations doesn't depend on the machine, as that of times does. The bounds are
// five percent above the numbers in docs/performance.md.
func TestTracingAllocatesNoMoreThanItDid(t *testing.T) {
	const requests = 300
	allocs := map[string]float64{}
	for _, mode := range benchModes {
		l := startBench(t, mode.config())
		creates(t, l, requests) // connects, and makes what is made once
		allocs[mode.name] = measure(t, func() { creates(t, l, requests) }, requests).allocs
		closeBench(t, l)
	}
	for _, tt := range []struct {
		mode string
		most float64
	}{{"dropped", 1.46}, {"sampled", 1.58}} {
		if ratio := allocs[tt.mode] / allocs["untraced"]; ratio > tt.most || ratio < 1.1 {
			t.Errorf("%s: %.0f allocations for %.0f untraced ones: %.2f times as many, want 1.1 to %.2f",
				tt.mode, allocs[tt.mode], allocs["untraced"], ratio, tt.most)
		}
	}
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
