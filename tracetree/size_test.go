package tracetree_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"
	"unsafe"

	"tracelab/tracetree"
)

// manySpans makes traces of ten spans, each a chain of five with five leaves.
func manySpans(n int) []tracetree.Span {
	o := &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("shop")}}}
	attributes := []tracetree.Attr{
		{Key: "rpc.system.name", Value: tracetree.String("grpc")},
		{Key: "rpc.method", Value: tracetree.String("shop.Shop/Order")},
	}
	spans := make([]tracetree.Span, n)
	for i := range spans {
		s := &spans[i]
		*s = tracetree.Span{
			Name: "order", Start: int64(i) + 1, End: int64(i) + 10, Origin: o, Kind: tracetree.KindServer,
			Attributes: attributes,
		}
		binary.BigEndian.PutUint64(s.TraceID[:], uint64(i/10)+1)
		binary.BigEndian.PutUint64(s.SpanID[:], uint64(i)+1)
		if at := i % 10; at > 0 {
			binary.BigEndian.PutUint64(s.Parent[:], uint64(i-at+min(at-1, 4))+1)
		}
	}
	return spans
}

func TestASpanWithItsPlaceIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(tracetree.Attr{}); size > 48 {
		t.Errorf("an attribute has %d bytes, want at most 48", size)
	}
	const n = 200_000
	spans := manySpans(n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	forest := tracetree.Build(spans)
	runtime.GC()
	runtime.ReadMemStats(&after)
	perSpan := unsafe.Sizeof(tracetree.Span{}) + uintptr(after.HeapAlloc-before.HeapAlloc)/n
	if perSpan >= 200 {
		t.Errorf("a span and its place have %d bytes, want fewer than 200", perSpan)
	}
	t.Logf("%d bytes for a span and its place", perSpan)
	runtime.KeepAlive(forest)
}

func BenchmarkBuild(b *testing.B) {
	benchmark(b, func(f *tracetree.Forest) { tracetree.Build(f.Spans()) })
}

func BenchmarkFormat(b *testing.B) { benchmark(b, func(f *tracetree.Forest) { tracetree.Format(f) }) }

func BenchmarkMatch(b *testing.B) {
	forest := tracetree.Build(manySpans(100_000))
	pattern, err := tracetree.Parse(tracetree.Format(forest))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if report := pattern.Match(forest); report != nil {
			b.Fatal(report.Summary())
		}
	}
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
