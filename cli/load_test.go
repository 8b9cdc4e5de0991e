//go:build unix

package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/internal/sample"
	"tracelab/internal/slow"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// Many clients send at the same time to a serve command with little memory. Each span that was
// acknowledged is counted as kept or as dropped, and the memory of the process stays within the
// budget that docs/live.md promises.
func TestServeUnderLoad(t *testing.T) {
	clients, duration := slow.Times(200, 8), time.Duration(slow.Times(int(time.Minute), int(100*time.Millisecond)))
	const memory = 64 << 20
	budget := memory + memory/4 + 128<<20 + 64<<20
	serve, endpoint, page := startReceiver(t, "--memory", "64MiB")
	trace := sample.CreateTask(t)
	var acknowledged, refused atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(duration)
	for c := range clients {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for n := 0; n == 0 || time.Now().Before(end); n++ {
				body, spans := batch(t, trace, c*1_000_000+n*10)
				response, err := client.Post(endpoint+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				switch response.StatusCode {
				case http.StatusOK:
					acknowledged.Add(int64(spans))
				case http.StatusServiceUnavailable: // to be sent again
					refused.Add(1)
				default:
					t.Errorf("status %s", response.Status)
					return
				}
			}
		})
	}
	wg.Wait()

	metrics := fetch(t, page+"/metrics")
	received, kept := value(t, metrics, "tracelab_spans_received_total"), value(t, metrics, "tracelab_spans")
	var dropped int64
	for _, m := range regexp.MustCompile(`(?m)^tracelab_spans_dropped_total\S* (\d+)$`).FindAllStringSubmatch(metrics, -1) {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		dropped += n
	}
	if received != acknowledged.Load() || kept+dropped != received {
		t.Errorf("%d spans are acknowledged, %d received, %d kept, %d dropped", acknowledged.Load(), received, kept, dropped)
	}
	peak := serve.memory(t, "VmHWM")
	t.Logf("%d clients, %v: %d spans, %d kept, %d requests to be sent again, peak %d MiB of %d MiB",
		clients, duration, received, kept, refused.Load(), peak>>20, budget>>20)
	if peak > int64(budget) {
		t.Errorf("the peak of the memory is %d MiB, want at most %d MiB", peak>>20, budget>>20)
	}
}

// Many traces of CreateTask are stored, and the resident memory of the process grows by no more
// than 600 bytes for each of their spans, garbage and tables included.
func TestMemoryPerSpan(t *testing.T) {
	if withRaceDetector {
		t.Skip("the race detector doubles the memory of the program, and more")
	}
	t.Parallel() // it sends one request at a time to another process
	const want = 600
	batches := slow.Times(20_000, 1_500) // of ten traces of seven spans
	serve, endpoint, page := startReceiver(t, "--memory", "2GiB")
	trace := sample.CreateTask(t)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	sendBatches := func(first, n int) {
		for i := range n {
			body, _ := batch(t, trace, (first+i)*10)
			response, err := client.Post(endpoint+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}
	sendBatches(0, 100) // what the receiver needs for requests is not a part of the spans
	before, beforeSpans := serve.memory(t, "VmRSS"), value(t, fetch(t, page+"/metrics"), "tracelab_spans")
	sendBatches(100, batches)
	after, spans := serve.memory(t, "VmRSS"), value(t, fetch(t, page+"/metrics"), "tracelab_spans")-beforeSpans
	if spans != int64(batches*10*len(trace)) {
		t.Fatalf("%d spans are stored, want %d", spans, batches*10*len(trace))
	}
	if before == 0 {
		t.Skip("the system has no /proc to read the resident memory from")
	}
	each := float64(after-before) / float64(spans)
	t.Logf("%d spans: %d MiB, then %d MiB resident: %.0f bytes a span, want at most %d",
		spans, before>>20, after>>20, each, want)
	if each > want {
		t.Errorf("a span takes %.0f bytes of resident memory, want at most %d", each, want)
	}
}

// startReceiver starts a serve command without its services, on free ports.
func startReceiver(t *testing.T, args ...string) (serve *process, endpoint, page string) {
	t.Helper()
	serve = startProcess(t, nil, append([]string{
		"serve", "--only", "receiver,page", "--http", ":0", "--otlp-http", ":0", "--otlp-grpc", ":0",
	}, args...)...)
	return serve, serve.find(t, `OTLP_ENDPOINT=(\S+)`), serve.find(t, `is at (http://[^/]+)`)
}

// batch returns a request with ten traces, and the number of their spans.
func batch(t *testing.T, trace []tracetree.Span, first int) (body []byte, spans int) {
	var all []tracetree.Span
	for i := range 10 {
		all = append(all, sample.Copy(trace, first+i)...)
	}
	body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(codec.ToPData(all))
	if err != nil {
		t.Error(err)
	}
	return body, len(all)
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	code, text := send(t, http.MethodGet, url, "")
	if code != http.StatusOK {
		t.Fatalf("%s: %d %s", url, code, text)
	}
	return text
}

// value returns the value of a metric.
func value(t *testing.T, metrics, name string) int64 {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + name + ` (\d+)$`).FindStringSubmatch(metrics)
	if m == nil {
		t.Fatalf("there is no metric %s:\n%s", name, metrics)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// memory returns a figure of the process in bytes: VmRSS, the resident set, or VmHWM, the largest
// so far. It is 0 where the system has none.
func (p *process) memory(t *testing.T, figure string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(figure + `:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}
