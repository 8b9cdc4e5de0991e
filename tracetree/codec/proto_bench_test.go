//go:build unix

package codec_test

import (
	"bytes"
	"io"
	"runtime"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// BenchmarkProtobuf compares the decoder of OTLP protobuf with pdata's, which docs/adr/0006 is
// about. Both read the same spans, in turns. A reader has to hold little of a file and keep
// repeated texts once; with pdata that means to decode messages of a few spans, to convert them,
// and to share their texts. The ratio leaves out the cost of cutting a file into such messages, and
// of finding the bad span in one that pdata refuses. It is a ratio of processor time, which
// includes the garbage collector's, and on which other load of the machine has little influence.
func BenchmarkProtobuf(b *testing.B) {
	const (
		documents = 20
		piece     = 128
	)
	spans, _, err := codec.ReadAll(bytes.NewReader(benchDocument(b, 0)), "bench")
	if err != nil {
		b.Fatal(err)
	}
	message := marshal(b, spans)
	var pieces [][]byte
	for from := 0; from < len(spans); from += piece {
		pieces = append(pieces, marshal(b, spans[from:min(from+piece, len(spans))]))
	}
	var ours, pdata time.Duration
	for b.Loop() {
		for range documents {
			ours += processorTime(b, func() {
				r, n := codec.NewReader(bytes.NewReader(message), "bench"), 0
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
			pdata += processorTime(b, func() {
				shared, n := make(map[string]string), 0
				for _, piece := range pieces {
					traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(piece)
					if err != nil {
						b.Fatal(err)
					}
					spans := codec.FromPData(traces)
					shareTexts(spans, shared)
					n += len(spans)
				}
				if n != benchLine {
					b.Fatalf("%d spans", n)
				}
			})
		}
	}
	b.ReportMetric(float64(ours)/float64(b.N*documents*benchLine), "ns/span")
	b.ReportMetric(float64(pdata)/float64(ours), "pdata/ours")
}

// processorTime returns the time that the process spent in f, with what the garbage collector did
// meanwhile.
func processorTime(b *testing.B, f func()) time.Duration {
	b.Helper()
	runtime.GC()
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		b.Fatal(err)
	}
	f()
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		b.Fatal(err)
	}
	return time.Duration(after.Utime.Nano() - before.Utime.Nano() + after.Stime.Nano() - before.Stime.Nano())
}

// shareTexts keeps equal names, keys and short values once.
func shareTexts(spans []tracetree.Span, shared map[string]string) {
	share := func(text string) string {
		if len(text) > 64 {
			return text
		}
		if len(shared) > 1<<14 {
			clear(shared)
		}
		if known, ok := shared[text]; ok {
			return known
		}
		shared[text] = text
		return text
	}
	for i := range spans {
		s := &spans[i]
		s.Name = share(s.Name)
		for j, a := range s.Attributes {
			s.Attributes[j].Key = share(a.Key)
			if a.Value.Kind() == tracetree.StringValue {
				s.Attributes[j].Value = tracetree.String(share(a.Value.Text()))
			}
		}
	}
}
