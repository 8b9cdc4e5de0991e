package store_test

import (
	"runtime"
	"testing"

	"tracelab/internal/sample"
	"tracelab/internal/slow"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/filter"
)

// BenchmarkMemory adds traces of CreateTask and prints how many bytes of the heap each span takes,
// after a garbage collection, and what the store estimates.
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

// BenchmarkLarge fills a store with 100,000 traces and with one trace of a million spans, and
// prints how long it takes to list a page, to find few of many, and to build the tree.
func BenchmarkLarge(b *testing.B) {
	slow.Only(b)
	trace := sample.CreateTask(b)
	many := store.New(store.Config{Memory: 2 << 30})
	for i := range 100_000 {
		many.Add(sample.Copy(trace, i))
	}
	one := store.New(store.Config{Memory: 2 << 30})
	for i := range 1_000_000 / len(trace) {
		spans := sample.Copy(trace, i)
		for j := range spans {
			spans[j].TraceID = trace[0].TraceID
			spans[j].Links = nil
		}
		one.Add(spans)
	}
	for name, query := range map[string]store.Query{
		"page":      {},
		"all":       {Limit: 1 << 20},
		"id":        {Filter: filter.Filter{TraceID: many.Traces(store.Query{Limit: 1, Before: 100})[0].ID.String()}},
		"operation": {Filter: filter.Filter{Operation: "no such operation"}},
		"attribute": {Filter: filter.Filter{Attributes: []filter.Attribute{{Key: "no.such.attribute"}}}},
		"error":     {Filter: filter.Filter{Error: true}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				many.Traces(query)
			}
		})
	}
	b.Run("tree of a million spans", func(b *testing.B) {
		for b.Loop() {
			one.Add([]tracetree.Span{trace[0]}) // another revision
			if tree, ok := one.Trace(trace[0].TraceID); !ok || len(tree.Forest.Spans()) < 999_000 {
				b.Fatal("the trace is not whole")
			}
		}
		b.ReportMetric(float64(one.Stats().Bytes)/float64(one.Stats().Kept), "B/span")
	})
}
