//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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
	s := startServe(t, "--memory", "64MiB")
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
				response, err := client.Post(s.endpoint+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
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

	metrics := fetch(t, s.page+"/metrics")
	received, kept := value(t, metrics, "tracelab_spans_received_total"), value(t, metrics, "tracelab_spans")
	var dropped int64
	for _, m := range regexp.MustCompile(`(?m)^tracelab_spans_dropped_total\S* (\d+)$`).FindAllStringSubmatch(metrics, -1) {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		dropped += n
	}
	if received != acknowledged.Load() || kept+dropped != received {
		t.Errorf("%d spans are acknowledged, %d received, %d kept, %d dropped", acknowledged.Load(), received, kept, dropped)
	}
	peak := s.memory(t, "VmHWM")
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
	const want = 600
	batches := slow.Times(20_000, 1_500) // of ten traces of seven spans
	s := startServe(t, "--memory", "2GiB")
	trace := sample.CreateTask(t)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	send := func(first, n int) {
		for i := range n {
			body, _ := batch(t, trace, (first+i)*10)
			response, err := client.Post(s.endpoint+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}
	send(0, 100) // what the receiver needs for requests is not a part of the spans
	before, beforeSpans := s.memory(t, "VmRSS"), value(t, fetch(t, s.page+"/metrics"), "tracelab_spans")
	send(100, batches)
	after, spans := s.memory(t, "VmRSS"), value(t, fetch(t, s.page+"/metrics"), "tracelab_spans")-beforeSpans
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

// serving is a serve command in a process of its own, which ends with the test.
type serving struct {
	pid            int
	endpoint, page string
}

// startServe starts a serve command without its services, on free ports.
func startServe(t *testing.T, args ...string) serving {
	t.Helper()
	tracelab := filepath.Join(programDir(t), program)
	args = append([]string{
		"serve", "--only", "receiver,page", "--http", ":0", "--otlp-http", ":0", "--otlp-grpc", ":0",
	}, args...)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), tracelab, args...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // the test's main function has no handler of signals
		if strings.Contains(stderr.String(), "panic") {
			t.Errorf("stderr:\n%s", &stderr)
		}
	})
	s := serving{pid: cmd.Process.Pid}
	for lines := bufio.NewScanner(stdout); lines.Scan() && lines.Text() != "Ctrl-C stops."; {
		if _, url, ok := strings.Cut(lines.Text(), "OTLP_ENDPOINT="); ok {
			s.endpoint = url
		}
		if _, url, ok := strings.Cut(lines.Text(), "is at "); ok {
			s.page = strings.TrimSuffix(url, "/")
		}
	}
	return s
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
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	return string(text)
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
func (s serving) memory(t *testing.T, figure string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
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
