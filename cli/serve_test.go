package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tracelab/tracetree/codec"
)

// serving is a serve or tail command that runs.
type serving struct {
	args   string
	output string // up to the line in which it is ready
	rest   *bufio.Scanner
	stderr *lockedBuffer
	cancel context.CancelFunc
	code   chan int
}

// lockedBuffer is a buffer that one goroutine writes and another one reads.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// serve runs a serve command on free ports until stop, or the end of the test.
func serve(t *testing.T, args ...string) *serving {
	t.Helper()
	free := []string{"serve", "--http", ":0"}
	if all := strings.Join(args, " "); !strings.Contains(all, "--only") || strings.Contains(all, "receiver") {
		free = append(free, "--otlp-http", ":0", "--otlp-grpc", ":0")
	}
	return start(t, append(free, args...)...)
}

// start runs a command that serves until stop, or the end of the test.
func start(t *testing.T, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &serving{args: strings.Join(args, " "), stderr: &lockedBuffer{}, cancel: cancel, code: make(chan int, 1)}
	in, out := io.Pipe()
	go func() {
		s.code <- Run(ctx, args, nil, out, s.stderr)
		out.Close()
	}()
	s.rest = bufio.NewScanner(in)
	for s.rest.Scan() {
		s.output += s.rest.Text() + "\n"
		if s.rest.Text() == "Ctrl-C stops." {
			break
		}
	}
	t.Cleanup(func() { s.stop(t) })
	return s
}

// stop interrupts the command, which must end with success.
func (s *serving) stop(t *testing.T) {
	t.Helper()
	s.cancel()
	select {
	case code := <-s.code:
		s.code <- code
		if code != exitOK {
			t.Errorf("%s: exit code %d: %s", s.args, code, s.stderr)
		}
	case <-time.After(interruptGrace):
		t.Fatalf("%s: doesn't end", s.args)
	}
}

// find returns the first group of a pattern in the output.
func (s *serving) find(t *testing.T, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(s.output)
	if m == nil {
		t.Fatalf("%s: the output has no %s:\n%s\n%s", s.args, pattern, s.output, s.stderr)
	}
	return m[1]
}

// request sends a request and returns the status and the body.
func request(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// spanJSON is a request with one span, in a line.
const spanJSON = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},` +
	`"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"order",` +
	`"kind":1,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000"}]}]}]}` + "\n"

func TestServeRunsServicesAndReceiver(t *testing.T) {
	saved := filepath.Join(t.TempDir(), "saved.jsonl")
	s := serve(t, "--save", saved)
	code, body := request(t, "POST", s.find(t, `curl (http://\S+/tasks)`), `{"title": "x"}`)
	if code != http.StatusCreated {
		t.Errorf("POST /tasks: %d %s", code, body)
	}
	code, body = request(t, "POST", s.find(t, `OTEL_EXPORTER_OTLP_ENDPOINT=(\S+)`)+"/v1/traces", spanJSON)
	if code != http.StatusOK {
		t.Errorf("POST /v1/traces: %d %s", code, body)
	}
	page := strings.TrimSuffix(s.find(t, `(http://\S+)/tasks`), "/tasks")
	if code, body := request(t, "GET", page+"/healthz", ""); code != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d %q", code, body)
	}
	s.stop(t)
	// The spans of the worker come after the response.
	if got := s.stderr.String(); !strings.Contains(got, "tracelab: received 8 spans, dropped 0\n") {
		t.Errorf("stderr: %s", got)
	}
	text, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	spans, _, err := codec.ReadAll(bytes.NewReader(text), saved)
	if err != nil || len(spans) != 8 {
		t.Errorf("%d spans are saved, %v, want 8", len(spans), err)
	}
	for _, line := range strings.Split(s.stderr.String(), "\n") {
		if strings.Contains(line, "request served") && strings.Count(line, "trace_id=") != 1 {
			t.Errorf("a log record without one trace ID: %s", line)
		}
	}
}

// Files are there from the beginning, and what was saved is one.
func TestServeBeginsWithFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "spans.jsonl")
	if err := os.WriteFile(file, []byte(spanJSON), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, file, "--only", "page")
	s.find(t, `(Loaded 1 span of 1 trace\.)`)
	_, metrics := request(t, "GET", s.find(t, `(http://\S+)/`)+"/metrics", "")
	if !strings.Contains(metrics, "\ntracelab_spans 1\n") {
		t.Errorf("metrics:\n%s", metrics)
	}
	if strings.Contains(s.output, "OTEL_") || strings.Contains(s.output, "curl") {
		t.Errorf("--only page serves more:\n%s", s.output)
	}
}

// Beyond this machine, everything needs the token, which is printed ready to use.
func TestServeNeedsATokenBeyondThisMachine(t *testing.T) {
	s := serve(t, "--otlp-http", "0.0.0.0:0", "--only", "receiver,page")
	headers := s.find(t, `OTEL_EXPORTER_OTLP_HEADERS=authorization=(\S+)`)
	token := strings.TrimPrefix(headers, "Bearer%20")
	endpoint := s.find(t, `OTEL_EXPORTER_OTLP_ENDPOINT=(\S+)`) + "/v1/traces"
	page := s.find(t, `The page is at (http://\S+)/\?token=`+token)
	for _, url := range []string{endpoint, page + "/metrics"} {
		if code, body := request(t, "POST", url, spanJSON); code != http.StatusUnauthorized ||
			!strings.Contains(body, "Authorization: Bearer") {
			t.Errorf("%s without the token: %d %s", url, code, body)
		}
	}
	if code, body := request(t, "POST", endpoint, spanJSON, "Authorization", "Bearer "+token); code != http.StatusOK {
		t.Errorf("with the token: %d %s", code, body)
	}
	if code, body := request(t, "GET", page+"/metrics", "", "Authorization", "Bearer "+token); code != http.StatusOK {
		t.Errorf("metrics with the token: %d %s", code, body)
	}
	if strings.Count(s.output+s.stderr.String(), token) != 2 {
		t.Errorf("the token is not printed once for each use:\n%s%s", s.output, s.stderr)
	}
}

func TestBusyPortsAreExplained(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, flag := range []string{"--http", "--otlp-http", "--otlp-grpc"} {
		args := []string{"serve", "--http", ":0", "--otlp-http", ":0", "--otlp-grpc", ":0", flag, busy.Addr().String()}
		var stderr strings.Builder
		code := Run(t.Context(), args, nil, io.Discard, &stderr)
		want := fmt.Sprintf("tracelab: %s is in use by another program: stop it, or choose another port with %s, such as "+
			"%s 127.0.0.1:0 for a free one\n", busy.Addr(), flag, flag)
		if code != exitUsage || stderr.String() != want {
			t.Errorf("exit code %d, %q, want %q", code, &stderr, want)
		}
	}
}

// A trace is printed while the program that writes it still runs.
func TestTailPrintsWhileAProgramRuns(t *testing.T) {
	stdin, program := io.Pipe()
	out, stdout := io.Pipe()
	var stderr lockedBuffer
	code := make(chan int, 1)
	go func() {
		code <- Run(t.Context(), []string{"tail", "-", "--settle", "1ms", "--format", "text"}, stdin, stdout, &stderr)
		stdout.Close()
	}()
	lines := bufio.NewScanner(out)
	next := func() string {
		for lines.Scan() {
			if lines.Text() != "" {
				return lines.Text()
			}
		}
		return "the end"
	}
	if _, err := io.WriteString(program, spanJSON); err != nil {
		t.Fatal(err)
	}
	if got, want := next(), "shop: order (root)"; got != want {
		t.Errorf("%q, want %q while the program runs", got, want)
	}
	child := strings.NewReplacer(`"spanId":"eee1`, `"parentSpanId":"eee19b7ec3c1b174","spanId":"eee2`, "order", "pay")
	if _, err := io.WriteString(program, child.Replace(spanJSON)); err != nil {
		t.Fatal(err)
	}
	if got := []string{next(), next()}; got[0] != "shop: order (root)" || got[1] != "  shop: pay" {
		t.Errorf("%q, want the trace again with its late span", got)
	}
	if err := program.Close(); err != nil {
		t.Error(err)
	}
	if got := next(); got != "the end" {
		t.Errorf("%q, want nothing to be printed twice", got)
	}
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d: %s", got, &stderr)
	}
}

// tail receives spans, prints what its filters select, and stops after --limit.
func TestTailReceives(t *testing.T) {
	var stdout lockedBuffer
	errs, stderr := io.Pipe()
	code := make(chan int, 1)
	go func() {
		args := "tail --otlp-http :0 --otlp-grpc :0 --settle 1ms --format text --service shop --limit 1"
		code <- Run(t.Context(), strings.Fields(args), nil, &stdout, stderr)
		stderr.Close()
	}()
	lines := bufio.NewScanner(errs)
	endpoint := ""
	for endpoint == "" && lines.Scan() {
		_, endpoint, _ = strings.Cut(lines.Text(), "OTEL_EXPORTER_OTLP_ENDPOINT=")
	}
	go io.Copy(io.Discard, errs)
	other := strings.NewReplacer("5b8e", "5b8f", "shop", "mail").Replace(spanJSON)
	for _, body := range []string{other, spanJSON} {
		if code, answer := request(t, "POST", endpoint+"/v1/traces", body); code != http.StatusOK {
			t.Fatalf("%d %s", code, answer)
		}
	}
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d", got)
	}
	if got, want := stdout.String(), "shop: order (root)\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestByteSizes(t *testing.T) {
	for text, want := range map[string]byteSize{
		"1B": 1, "2kB": 2000, "3KiB": 3 << 10, "256MiB": 256 << 20, "1 GB": 1e9, "2GiB": 2 << 30,
	} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "256", "MiB", "-1MiB", "0B", "1.5GiB", "1TiB", "9999999GiB"} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "want a size") {
			t.Errorf("%q: %d, %v, want an error", text, got, err)
		}
	}
}
