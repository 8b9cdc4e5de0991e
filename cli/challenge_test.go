package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"tracelab/lab"
)

// challenging is a challenge command that receives spans.
type challenging struct {
	endpoint  string
	page      string // the URL of its page, or ""
	stdout    lockedBuffer
	stderr    lockedBuffer
	ticked    chan struct{} // closed when the first item is met
	interrupt context.CancelFunc
	code      chan int
}

// startChallenge runs a challenge command on free ports until it ends.
func startChallenge(t *testing.T, args ...string) *challenging {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	t.Cleanup(interrupt)
	c := &challenging{interrupt: interrupt, ticked: make(chan struct{}), code: make(chan int, 1)}
	errs, stderr := io.Pipe()
	args = append([]string{"challenge", "--otlp-http", ":0", "--otlp-grpc", ":0", "--settle", "1ms"}, args...)
	copied := make(chan struct{})
	go func() {
		code := Run(ctx, args, nil, &c.stdout, stderr)
		stderr.Close()
		<-copied
		c.code <- code
	}()
	lines := bufio.NewScanner(errs)
	for c.endpoint == "" && lines.Scan() {
		if _, page, found := strings.Cut(lines.Text(), "The checklist is at "); found {
			c.page = strings.TrimSuffix(page, "#/challenge")
		}
		_, c.endpoint, _ = strings.Cut(lines.Text(), "OTEL_EXPORTER_OTLP_ENDPOINT=")
	}
	go func() {
		defer close(copied)
		tick := sync.OnceFunc(func() { close(c.ticked) })
		for lines.Scan() { // a closed pipe ends it
			if strings.HasPrefix(lines.Text(), "✓") {
				tick()
			}
			fmt.Fprintln(&c.stderr, lines.Text())
		}
	}()
	return c
}

// exportTo makes systems that are started in this test export to the challenge.
func (c *challenging) exportTo(t *testing.T) {
	t.Helper()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.endpoint)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
}

// The items are printed as they are met, and the command ends when all are.
func TestChallengeReceives(t *testing.T) {
	c := startChallenge(t)
	c.exportTo(t)
	var out, errs lockedBuffer
	if code := Run(t.Context(), []string{"run"}, nil, &out, &errs); code != exitOK {
		t.Fatalf("run: exit code %d: %s", code, &errs)
	}
	if code := <-c.code; code != exitOK {
		t.Errorf("exit code %d: %s", code, &c.stderr)
	}
	if got, want := c.stdout.String(), "22 of 22 items are met."; !strings.Contains(got, want) {
		t.Errorf("the output has no %q:\n%s", want, got)
	}
}

// With --http, the page has the checklist, also after all items are met, until an interrupt.
func TestChallengeServesTheChecklist(t *testing.T) {
	c := startChallenge(t, "--http", ":0")
	c.exportTo(t)
	var out, errs lockedBuffer
	if code := Run(t.Context(), []string{"run"}, nil, &out, &errs); code != exitOK {
		t.Fatalf("run: exit code %d: %s", code, &errs)
	}
	var list struct {
		Headings []struct{ Title string }
		Met      int
		Items    []struct{ ID, Status string }
	}
	code, body := request(t, "GET", c.page+"api/v1/challenge", "")
	if err := json.Unmarshal([]byte(body), &list); err != nil || code != http.StatusOK {
		t.Fatalf("%d %s: %v", code, body, err)
	}
	if list.Met != 22 || len(list.Items) != 22 || len(list.Headings) != 22 || list.Items[0].Status != "met" {
		t.Errorf("%+v, want all items met", list)
	}
	if code, body := request(t, "GET", c.page, ""); code != http.StatusOK || !strings.Contains(body, "<tl-app>") {
		t.Errorf("the page: %d %s", code, body)
	}
	code, _ = request(t, "GET", c.page+"api/v1/challenge", "", "Origin", "https://evil.example")
	if code != http.StatusForbidden {
		t.Errorf("a request of another site: %d, want 403", code)
	}
	c.interrupt()
	if code := <-c.code; code != exitOK {
		t.Errorf("exit code %d: %s", code, &c.stderr)
	}
	if got, want := c.stdout.String(), "22 of 22 items are met."; !strings.Contains(got, want) {
		t.Errorf("the output has no %q:\n%s", want, got)
	}
}

// An interrupt and the end of the time print what is met until then.
func TestChallengePrintsAPartialResult(t *testing.T) {
	span := strings.NewReplacer("shop", "api-gateway", "order", "POST /tasks", `"kind":1`, `"kind":2`).Replace(spanJSON)
	for _, tt := range []struct {
		reason string
		args   []string
		span   bool
		code   int
		stderr string
	}{
		{"an interrupt", nil, true, exitInterrupted, "tracelab: interrupted\n"},
		{"an interrupt before the first span", nil, false, exitInterrupted, "tracelab: interrupted\n"},
		{"the time is over", []string{"--timeout", "1ms"}, false, exitFailed, ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			c := startChallenge(t, tt.args...)
			want := "0 of 22 items are met."
			if tt.span {
				if code, answer := request(t, "POST", c.endpoint+"/v1/traces", span); code != http.StatusOK {
					t.Fatalf("%d %s", code, answer)
				}
				<-c.ticked
				want = "✓ every request is a SERVER span (gateway-server)"
			}
			if tt.code == exitInterrupted {
				c.interrupt()
			}
			if code := <-c.code; code != tt.code {
				t.Errorf("exit code %d, want %d: %s", code, tt.code, &c.stderr)
			}
			if got := c.stdout.String(); !strings.Contains(got, want) {
				t.Errorf("the output has no %q:\n%s", want, got)
			}
			if got := c.stderr.String(); !strings.HasSuffix(got, tt.stderr) {
				t.Errorf("stderr doesn't end in %q: %s", tt.stderr, got)
			}
		})
	}
}

// An interrupt while --drive waits for an answer is no failure of the system.
func TestChallengeIsInterruptedWhileItDrives(t *testing.T) {
	arrived := make(chan struct{})
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server doesn't notice that the client has gone
		close(arrived)
		<-r.Context().Done()
	}))
	defer gateway.Close()
	c := startChallenge(t, "--drive", gateway.URL+"/tasks")
	<-arrived
	c.interrupt()
	if code := <-c.code; code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if got := c.stderr.String(); strings.Contains(got, "--drive: ") {
		t.Errorf("stderr blames the system: %s", got)
	}
	if got, want := c.stdout.String(), "0 of 22 items are met."; !strings.Contains(got, want) {
		t.Errorf("the output has no %q:\n%s", want, got)
	}
}

// With --once, the first request is graded, whatever its grade is.
func TestChallengeGradesTheFirstRequest(t *testing.T) {
	c := startChallenge(t, "--once", "--format", "json")
	body := strings.NewReplacer("shop", "api-gateway", "order", "POST /tasks").Replace(spanJSON)
	if code, answer := request(t, "POST", c.endpoint+"/v1/traces", body); code != http.StatusOK {
		t.Fatalf("%d %s", code, answer)
	}
	if code := <-c.code; code != exitFailed {
		t.Errorf("exit code %d, want %d: %s", code, exitFailed, &c.stderr)
	}
	var got struct {
		Requests int
		Items    []struct{ ID, Status string }
	}
	if err := json.Unmarshal([]byte(c.stdout.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Requests != 1 || len(got.Items) != 22 || got.Items[3].Status != "not visible" {
		t.Errorf("%+v, want one request, and the items of the missing task service not visible", got)
	}
}

// --drive sends the request, and grades its trace.
func TestChallengeDrives(t *testing.T) {
	ready, served := make(chan http.Handler, 1), make(chan struct{})
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(<-ready).ServeHTTP(w, r)
		close(served)
	}))
	defer gateway.Close()
	c := startChallenge(t, "--drive", gateway.URL+"/tasks")
	c.exportTo(t)
	config, err := environmentConfig(t.Context(), &environment{stdout: io.Discard, stderr: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	system, err := lab.Start(t.Context(), lab.Config{Telemetry: config, Latency: lab.RealisticLatency})
	if err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer("shop", "api-gateway", "order", "POST /tasks").Replace(spanJSON)
	if code, answer := request(t, "POST", c.endpoint+"/v1/traces", other); code != http.StatusOK {
		t.Fatalf("%d %s", code, answer)
	}
	ready <- system.Handler()
	<-served
	ctx := context.WithoutCancel(t.Context())
	if err := system.Settle(ctx); err != nil {
		t.Error(err)
	}
	if err := system.Close(ctx); err != nil { // exports what is left
		t.Error(err)
	}
	if code := <-c.code; code != exitOK {
		t.Errorf("exit code %d: %s\n%s", code, &c.stderr, &c.stdout)
	}
}

func TestChallengeReportsWhatDriveFound(t *testing.T) {
	gateway := httptest.NewServer(http.NotFoundHandler())
	defer gateway.Close()
	c := startChallenge(t, "--drive", gateway.URL+"/tasks")
	if code := <-c.code; code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	if got, want := c.stderr.String(), "found 404 Not Found"; !strings.Contains(got, want) {
		t.Errorf("stderr has no %q: %s", want, got)
	}
}
