package store_test

import (
	"runtime"
	"testing"

	"tracelab/internal/sample"
	"tracelab/live/store"
)

// BenchmarkMemory adds traces of CreateTask and prints how many bytes of the heap each span takes, after a garbage
// collection, and what the store estimates.
func BenchmarkMemory(b *testing.B) {
	const traces = 20_000
	trace := sample.CreateTask(b)
	for b.Loop() {
		before := heap()
		s := store.New(store.Config{})
		for i := range traces {
			s.Add(sample.Copy(trace, i))
		}
		kept := s.Stats().Kept
		if kept != int64(traces*len(trace)) {
			b.Fatalf("%d spans are kept, want %d", kept, traces*len(trace))
		}
		b.ReportMetric(float64(heap()-before)/float64(kept), "heap-B/span")
		b.ReportMetric(float64(s.Stats().Bytes)/float64(kept), "estimated-B/span")
		runtime.KeepAlive(s)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
