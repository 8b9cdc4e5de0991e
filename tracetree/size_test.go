package tracetree

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"
	"unsafe"
)

// manySpans makes traces of ten spans, each a chain of five with five leaves.
func manySpans(n int) []Span {
	o := &Origin{Resource: []Attr{{Key: "service.name", Value: String("shop")}}}
	attributes := []Attr{
		{Key: "rpc.system.name", Value: String("grpc")},
		{Key: "rpc.method", Value: String("shop.Shop/Order")},
	}
	spans := make([]Span, n)
	for i := range spans {
		s := &spans[i]
		*s = Span{Name: "order", Start: int64(i) + 1, End: int64(i) + 10, Origin: o, Kind: KindServer, Attributes: attributes}
		binary.BigEndian.PutUint64(s.TraceID[:], uint64(i/10)+1)
		binary.BigEndian.PutUint64(s.SpanID[:], uint64(i)+1)
		if at := i % 10; at > 0 {
			binary.BigEndian.PutUint64(s.Parent[:], uint64(i-at+min(at-1, 4))+1)
		}
	}
	return spans
}

func TestASpanWithItsPlaceIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Attr{}); size > 48 {
		t.Errorf("an attribute has %d bytes, want at most 48", size)
	}
	const n = 200_000
	spans := manySpans(n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	forest := Build(spans)
	runtime.GC()
	runtime.ReadMemStats(&after)
	perSpan := unsafe.Sizeof(Span{}) + uintptr(after.HeapAlloc-before.HeapAlloc)/n
	if perSpan >= 200 {
		t.Errorf("a span and its place have %d bytes, want fewer than 200", perSpan)
	}
	t.Logf("%d bytes for a span and its place", perSpan)
	runtime.KeepAlive(forest)
}

func BenchmarkBuild(b *testing.B)  { benchmark(b, func(f *Forest) { Build(f.Spans()) }) }
func BenchmarkFormat(b *testing.B) { benchmark(b, func(f *Forest) { Format(f) }) }

func BenchmarkMatch(b *testing.B) {
	forest := Build(manySpans(100_000))
	pattern, err := Parse(Format(forest))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if report := pattern.Match(forest); report != nil {
			b.Fatal(report.Summary())
		}
	}
}

func benchmark(b *testing.B, run func(*Forest)) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			forest := Build(manySpans(n))
			b.ReportAllocs()
			for b.Loop() {
				run(forest)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/span")
		})
	}
}
