//go:build unix

package receiver_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/internal/sample"
	"tracelab/internal/slow"
	"tracelab/live/receiver"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// BenchmarkSpeed compares the receiver with a handler that does nothing but decode the same
// requests with pdata: spans of CreateTask in protobuf, posted over the network, 73 traces of seven
// spans in each request, as a batch of Go's SDK. Both run in turns, in this process, with their
// clients. The ratio is one of processor time, which includes the garbage collector's, and which a
// busy machine changes little; want 0.6 or more.
func BenchmarkSpeed(b *testing.B) {
	const (
		traces   = 73
		requests = 40
	)
	bodies := requestsOf(b, sample.CreateTask(b), requests, traces)
	spans := 0
	var ours, decoding time.Duration
	for b.Loop() {
		s := store.New(store.Config{})
		live := receiver.New(receiver.Config{Add: func(_ context.Context, spans []tracetree.Span) (int, string) {
			added := s.Add(spans)
			return added.Dropped, added.Problem
		}})
		ours += postAll(b, live.Handler(), bodies)
		kept := int(s.Stats().Kept)
		if kept != requests*traces*7 {
			b.Fatalf("%d spans are kept: %+v", kept, s.Stats())
		}
		spans += kept
		decoding += postAll(b, http.HandlerFunc(decodeOnly), bodies)
	}
	b.ReportMetric(float64(decoding)/float64(ours), "ratio")
	b.ReportMetric(float64(spans)/ours.Seconds(), "spans/cpu-s")
	b.ReportMetric(float64(spans)/decoding.Seconds(), "decoded/cpu-s")
}

// TestSpeed judges the ratio. It takes the best of three measurements: other programs can only make
// one worse.
func TestSpeed(t *testing.T) {
	slow.Only(t)
	const want = 0.6
	best := 0.0
	for range 3 {
		result := testing.Benchmark(BenchmarkSpeed)
		t.Logf("%.2f of the spans that decoding alone takes in a second of the processor, want %v: %v",
			result.Extra["ratio"], want, result)
		best = max(best, result.Extra["ratio"])
	}
	if best < want {
		t.Errorf("the ratio is %.2f at best, want %v", best, want)
	}
}

func decodeOnly(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		_, err = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// postAll posts the bodies to a server, and returns the processor time of that.
func postAll(b *testing.B, handler http.Handler, bodies [][]byte) time.Duration {
	b.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	client := server.Client()
	runtime.GC()
	before := processorTime(b)
	for _, body := range bodies {
		response, err := client.Post(server.URL+"/v1/traces", protobuf, bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
			b.Fatalf("%s, %v", response.Status, err)
		}
		response.Body.Close()
	}
	return processorTime(b) - before
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// requestsOf returns requests in protobuf with copies of a trace, each with other IDs, and with
// other values where each request of a client has its own.
func requestsOf(tb testing.TB, trace []tracetree.Span, requests, traces int) [][]byte {
	tb.Helper()
	var bodies [][]byte
	for i := range requests {
		var spans []tracetree.Span
		for j := range traces {
			spans = append(spans, sample.Copy(trace, i*traces+j)...)
		}
		body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(codec.ToPData(spans))
		if err != nil {
			tb.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return bodies
}
