package codec_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

const (
	benchSpans = 1_000_000
	benchLine  = 10_000 // spans in a document, as a Collector's batches have
)

// benchDocument writes spans as a service has them: traces of ten, eight attributes each, of which
// one never repeats.
func benchDocument(b *testing.B, from int) []byte {
	b.Helper()
	spans := make([]tracetree.Span, benchLine)
	origin := &tracetree.Origin{
		Resource: []tracetree.Attr{
			{Key: "service.name", Value: tracetree.String("gateway")},
			{Key: "service.instance.id", Value: tracetree.String("gateway-1")},
		},
		ScopeName: "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
	}
	for i := range spans {
		n := from + i
		spans[i] = tracetree.Span{
			TraceID: tracetree.TraceID{1, byte(n >> 24), byte(n / 10 >> 16), byte(n / 10 >> 8), byte(n / 10)},
			SpanID:  tracetree.SpanID{1, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)},
			Name:    "GET /tasks/:id", Kind: tracetree.KindServer, Start: 1_700_000_000_000_000_000 + int64(n)*1000,
			Origin: origin,
			Attributes: []tracetree.Attr{
				{Key: "http.request.method", Value: tracetree.String("GET")},
				{Key: "http.route", Value: tracetree.String("/tasks/:id")},
				{Key: "url.path", Value: tracetree.String(fmt.Sprintf("/tasks/%08d", n))},
				{Key: "url.scheme", Value: tracetree.String("http")},
				{Key: "server.address", Value: tracetree.String("localhost")},
				{Key: "server.port", Value: tracetree.Int(8080)},
				{Key: "http.response.status_code", Value: tracetree.Int(200)},
				{Key: "network.protocol.version", Value: tracetree.String("1.1")},
			},
		}
		spans[i].End = spans[i].Start + 500
		if n%10 > 0 {
			spans[i].Parent = tracetree.SpanID{1, byte((n - 1) >> 24), byte((n - 1) >> 16), byte((n - 1) >> 8), byte(n - 1)}
		}
	}
	var line bytes.Buffer
	if err := codec.WriteOTLPJSON(&line, spans); err != nil {
		b.Fatal(err)
	}
	return line.Bytes()
}

// BenchmarkDecodeMillionSpans decodes a million spans from OTLP JSON, with the Collector's decoder
// and with ours. They take turns at each document, so that the ratio means something on a busy
// machine. Both read from memory and keep nothing; ours gives spans, the Collector's would have to
// be converted yet.
func BenchmarkDecodeMillionSpans(b *testing.B) {
	document := benchDocument(b, 0)
	for range b.N {
		var pdata, ours time.Duration
		for range benchSpans / benchLine {
			pdata += timed(func() {
				if _, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(document); err != nil {
					b.Fatal(err)
				}
			})
			r := codec.NewReader(bytes.NewReader(document), "bench")
			ours += timed(func() {
				n := 0
				for {
					spans, err := r.Next()
					if err == io.EOF {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					n += len(spans)
				}
				if n != benchLine {
					b.Fatalf("%d spans", n)
				}
			})
		}
		b.ReportMetric(float64(ours)/benchSpans, "ns/span")
		b.ReportMetric(float64(pdata)/benchSpans, "pdata-ns/span")
		b.ReportMetric(float64(pdata)/float64(ours), "pdata/ours")
	}
}

// BenchmarkHoldSpans reads a tenth as many spans and keeps them, builds their trees and prints
// them, and measures the memory that the spans take.
func BenchmarkHoldSpans(b *testing.B) {
	const n = benchSpans / 10
	var input bytes.Buffer
	for from := 0; from < n; from += benchLine {
		input.Write(benchDocument(b, from))
	}
	for range b.N {
		before := heapInUse()
		var spans []tracetree.Span
		read := timed(func() {
			var err error
			if spans, _, err = codec.ReadAll(bytes.NewReader(input.Bytes()), "bench"); err != nil || len(spans) != n {
				b.Fatalf("%d spans, %v", len(spans), err)
			}
		})
		held := heapInUse() - before
		build := timed(func() {
			if text := tracetree.Format(tracetree.Build(spans)); text == "" {
				b.Fatal("no tree")
			}
		})
		b.ReportMetric(float64(read)/n, "read-ns/span")
		b.ReportMetric(float64(build)/float64(read), "build+format/read")
		b.ReportMetric(float64(held)/n, "held-B/span")
		b.ReportMetric(float64(held)/float64(input.Len()), "held/input")
		runtime.KeepAlive(spans)
	}
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
