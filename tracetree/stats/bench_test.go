package stats_test

import (
	"fmt"
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

// manySpans repeats the trace of a CreateTask, which has seven spans, until there are n spans.
func manySpans(n int) []tracetree.Span {
	one := createTask()
	shared := make(map[string]*tracetree.Origin) // as a decoder makes them
	for i := range one {
		service := one[i].Service()
		if shared[service] == nil {
			shared[service] = one[i].Origin
		}
		one[i].Origin = shared[service]
	}
	spans := make([]tracetree.Span, n)
	for i := range spans {
		spans[i] = one[i%len(one)]
		s, id := &spans[i], uint64(i/len(one))+1
		s.TraceID = traceID(id)
		s.Start, s.End = s.Start+int64(id), s.End+int64(id+id%1000)
		if len(s.Links) > 0 {
			s.Links = []tracetree.Link{{TraceID: s.TraceID, SpanID: s.Links[0].SpanID}}
		}
	}
	return spans
}

func benchmark(b *testing.B, run func(*tracetree.Forest)) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			forest := tracetree.Build(manySpans(n))
			b.ReportAllocs()
			for b.Loop() {
				run(forest)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/span")
		})
	}
}

func BenchmarkSelfTime(b *testing.B) { benchmark(b, func(f *tracetree.Forest) { stats.SelfTime(f) }) }

func BenchmarkOperations(b *testing.B) {
	benchmark(b, func(f *tracetree.Forest) { stats.Operations(f) })
}

func BenchmarkServiceMap(b *testing.B) {
	benchmark(b, func(f *tracetree.Forest) { stats.ServiceMap(f) })
}

func BenchmarkCriticalPath(b *testing.B) {
	benchmark(b, func(f *tracetree.Forest) {
		for top := range f.Tops() {
			stats.CriticalPath(top, nil)
		}
	})
}

func BenchmarkSummary(b *testing.B) {
	benchmark(b, func(f *tracetree.Forest) {
		var s stats.Summary
		s.Add(f.Spans())
		s.Traces(stats.ByDuration)
	})
}

// A single trace: one span with all the others below it, and a chain of all of them.
func BenchmarkCriticalPathOfOneTrace(b *testing.B) {
	shapes := map[string]func(i int) tracetree.Span{
		"wide": func(i int) tracetree.Span {
			return span(uint64(i)+1, min(uint64(i), 1), "s", int64(i), int64(i)+int64(i%7))
		},
		"deep": func(i int) tracetree.Span { return span(uint64(i)+1, uint64(i), "s", int64(i), 10_000_000-int64(i)) },
	}
	for _, shape := range []string{"wide", "deep"} {
		for _, n := range []int{1_000, 100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", shape, n), func(b *testing.B) {
				spans := make([]tracetree.Span, n)
				shared := origin("svc")
				for i := range spans {
					spans[i] = shapes[shape](i)
					spans[i].Origin = shared
				}
				spans[0].End = epoch + 10_000_000
				top := topOf(tracetree.Build(spans))
				b.ReportAllocs()
				for b.Loop() {
					stats.CriticalPath(top, nil)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/span")
			})
		}
	}
}
