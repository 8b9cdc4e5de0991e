package server_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tracelab/live/receiver"
	"tracelab/live/server"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/treetest/otlptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "hunter2-correct-horse"

// spanWithSecrets returns a span with a secret in each of its parts.
func spanWithSecrets() []tracetree.Span {
	text := "password=" + secret
	attrs := func() []tracetree.Attr {
		return []tracetree.Attr{
			{Key: "note", Value: tracetree.String(text)},
			{Key: "password", Value: tracetree.String(secret)},
			{Key: "list", Value: tracetree.JSON(`["` + text + `"]`)},
			{Key: "note password=" + secret, Value: tracetree.Int(1)},
		}
	}
	return []tracetree.Span{{
		TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: "GET /?" + text, StatusMessage: text, Flags: 1,
		Start: 1, End: 2, Kind: tracetree.KindServer, Status: tracetree.StatusError, Attributes: attrs(),
		Events: []tracetree.Event{{Name: text, Time: 1, Attributes: attrs()}},
		Links:  []tracetree.Link{{TraceID: tracetree.TraceID{2}, SpanID: tracetree.SpanID{2}, Attributes: attrs()}},
		Origin: &tracetree.Origin{Resource: append(attrs(), tracetree.Attr{
			Key: "service.name", Value: tracetree.String("shop"),
		}), ScopeName: text, ScopeAttributes: attrs()},
	}}
}

// A secret is in no output, unless the file and the backend are to have it; the store never has it.
func TestSecretsAreInNoOutput(t *testing.T) {
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprint("keep=", keep), func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "saved")
			backend := otlptest.Receive(t)
			s, err := server.New(t.Context(), server.Config{Save: name, Forward: backend.URL(), KeepSecrets: keep})
			if err != nil {
				t.Fatal(err)
			}
			s.Add(t.Context(), spanWithSecrets())
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			trace, ok := s.Store().Trace(tracetree.TraceID{1})
			if !ok {
				t.Fatal("the trace is not in the store")
			}
			saved, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			outputs := map[string]string{
				"store":   fmt.Sprintf("%+v", trace.Forest.Spans()) + fmt.Sprintf("%+v", trace.Forest.Spans()[0].Origin),
				"tree":    tracetree.Format(trace.Forest, tracetree.Attributes, tracetree.Full),
				"summary": fmt.Sprintf("%+v", s.Store().Traces(store.Query{})),
				"checks":  fmt.Sprintf("%+v", trace.Findings()),
				"metrics": get(t, s, "/metrics"),
				"file":    string(saved),
				"backend": tracetree.Format(tracetree.Build(backend.Spans()), tracetree.Attributes, tracetree.Full),
			}
			for name, text := range outputs {
				want := keep && (name == "file" || name == "backend")
				if got := strings.Contains(text, secret); got != want {
					t.Errorf("%s has the secret: %v, want %v:\n%.2000s", name, got, want, text)
				}
			}
		})
	}
}

// get returns what the server's handler answers.
func get(t *testing.T, s *server.Server, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, nil)
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	s, err := server.New(t.Context(), server.Config{Store: store.Config{Memory: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	s.Add(t.Context(), append(spanWithSecrets(), tracetree.Span{}))
	bytes := s.Store().Stats().Bytes
	want := fmt.Sprintf(`# TYPE tracelab_spans_received counter
# HELP tracelab_spans_received Spans that came from senders, services and files.
tracelab_spans_received_total 2
# TYPE tracelab_spans_dropped counter
# HELP tracelab_spans_dropped Spans that are not in the store, by reason.
tracelab_spans_dropped_total{reason="invalid_id"} 1
# TYPE tracelab_spans gauge
# HELP tracelab_spans Spans in the store.
tracelab_spans 1
# TYPE tracelab_traces gauge
# HELP tracelab_traces Traces in the store.
tracelab_traces 1
# TYPE tracelab_store_bytes gauge
# HELP tracelab_store_bytes Estimated memory of the traces in the store.
tracelab_store_bytes %d
# TYPE tracelab_store_limit_bytes gauge
# HELP tracelab_store_limit_bytes Memory that the traces in the store may take.
tracelab_store_limit_bytes 1048576
# TYPE tracelab_receiver_requests counter
# HELP tracelab_receiver_requests Answered requests, by protocol and code.
# TYPE tracelab_receiver_bytes counter
# HELP tracelab_receiver_bytes Bytes of the requests that were read, without compression.
tracelab_receiver_bytes_total 0
# TYPE tracelab_receiver_refused_connections counter
# HELP tracelab_receiver_refused_connections Connections that were closed because there were too many.
tracelab_receiver_refused_connections_total 0
# TYPE tracelab_http_refused_connections counter
# HELP tracelab_http_refused_connections Connections to the page's port that were closed because there were too many.
tracelab_http_refused_connections_total 0
# EOF
`, bytes)
	if diff := cmp.Diff(want, get(t, s, "/metrics")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := get(t, s, "/healthz"); got != "ok\n" {
		t.Errorf("/healthz: %q", got)
	}
}

func TestRefusals(t *testing.T) {
	s, err := server.New(t.Context(), server.Config{Token: "sesame"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		reason, target, accept string
		status                 int
		contentType, want      string
	}{
		{"a foreign host, from a script", "http://box/api/v1/traces", "*/*", 403, "application/problem+json", `"detail":"the Host header`},
		{"a script without the token", "http://localhost/api/v1/traces", "", 401, "application/problem+json", `"detail":"the token is missing`},
		{"a browser", "http://localhost/", "text/html,*/*", 401, "text/plain; charset=utf-8", "the token is missing or"},
	}
	for _, test := range tests {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, test.target, nil)
		r.Header.Set("Accept", test.accept)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		got := w.Header().Get("Content-Type")
		if w.Code != test.status || got != test.contentType || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d %s %s, want %d %s with %q", test.reason, w.Code, got, w.Body, test.status, test.contentType,
				test.want)
		}
	}
}

// The server stops although a client reads events forever, and delivers what it has received
// before.
func TestRunStopsWithOpenStreams(t *testing.T) {
	name := filepath.Join(t.TempDir(), "saved")
	s, err := server.New(t.Context(), server.Config{Save: name})
	if err != nil {
		t.Fatal(err)
	}
	streaming := make(chan struct{})
	s.Handle("/events", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		close(streaming)
		<-r.Context().Done()
	}))
	l := server.Listeners{HTTP: listen(t), OTLP: receiver.Listeners{HTTP: listen(t), GRPC: listen(t)}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	response, err := client.Get("http://" + l.HTTP.Addr().String() + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	<-streaming
	const order = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",
		"spanId":"eee19b7ec3c1b174","name":"order","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}`
	url := "http://" + l.OTLP.HTTP.Addr().String() + "/v1/traces"
	posted, err := client.Post(url, "application/json", strings.NewReader(order))
	if err != nil {
		t.Fatal(err)
	}
	if err := posted.Body.Close(); err != nil || posted.StatusCode != http.StatusOK {
		t.Errorf("%s, %v", posted.Status, err)
	}
	cancel()
	if _, err := io.ReadAll(response.Body); err != nil {
		t.Errorf("the stream ended with %v", err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the server doesn't stop")
	}
	saved, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(saved), `"order"`) {
		t.Errorf("the file has %q, %v, want the span", saved, err)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
