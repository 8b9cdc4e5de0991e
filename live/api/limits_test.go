package api_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/live/api"
	"tracelab/live/store"
	"tracelab/tracetree"
)

// While as many requests as are allowed take their time, a further one waits for five seconds and
// is sent away.
func TestRequestsBeyondTheLimitAreSentAway(t *testing.T) {
	for _, test := range []struct {
		reason             string
		limit              int
		method, busy, body string // of the requests that take their time
		path               string // of the further one
		another            string // has a limit of its own, and is answered meanwhile
	}{
		{
			reason: "computed answers", limit: 8, method: "POST", busy: "/api/v1/scenarios/slow", path: "/api/v1/map",
			another: "/api/v1/traces/" + traceA + ".tree",
		},
		{
			reason: "uploads and downloads", limit: 4, method: "POST", busy: "/api/v1/traces",
			body: `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"` + traceB + `","spanId":"0000000000000001","name":"x"}]}]}]}`,
			path: "/api/v1/traces/" + traceA + ".json", another: "/api/v1/map",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := store.New(store.Config{})
				s.Add(spans())
				proceed := make(chan struct{})
				wait := func(context.Context) ([]tracetree.Span, *api.Riddle, error) { <-proceed; return nil, nil, nil }
				h := api.New(api.Config{
					Store: s, Scenarios: []api.Scenario{{Name: "slow", Run: wait}},
					Add: func(context.Context, []tracetree.Span) (int, string) { <-proceed; return 0, "" },
				}).Handler()
				var busy sync.WaitGroup
				for range test.limit {
					busy.Go(func() {
						if w := do(t, h, test.method, test.busy, strings.NewReader(test.body)); w.Code != http.StatusOK {
							t.Errorf("%s: %d %s", test.busy, w.Code, w.Body)
						}
					})
				}
				synctest.Wait()
				began := time.Now()
				w := do(t, h, "GET", test.path, nil)
				if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" {
					t.Errorf("%s: %d %v, want 503 with Retry-After", test.path, w.Code, w.Header())
				}
				if got := time.Since(began); got != 5*time.Second {
					t.Errorf("it waited for %v, want 5s", got)
				}
				if w := do(t, h, "GET", test.another, nil); w.Code != http.StatusOK {
					t.Errorf("%s: %d, want 200 meanwhile", test.another, w.Code)
				}
				close(proceed)
				busy.Wait()
				if w := do(t, h, "GET", test.path, nil); w.Code != http.StatusOK {
					t.Errorf("%s, then: %d %s", test.path, w.Code, w.Body)
				}
			})
		})
	}
}

// A browser that doesn't read its events is dropped, and the events of others don't wait for it.
func TestStuckReadersOfEventsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := api.New(api.Config{Store: store.New(store.Config{})}).Handler()
		ended := make(chan time.Duration, 1)
		began := time.Now()
		conns := make(pipeListener, 1)
		server := &http.Server{
			WriteTimeout: 30 * time.Second,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				handler.ServeHTTP(w, r)
				ended <- time.Since(began)
			}),
		}
		served := make(chan error, 1)
		go func() { served <- server.Serve(conns) }()
		client, conn := net.Pipe()
		conns <- conn
		if _, err := io.WriteString(client, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if got := <-ended; got != 5*time.Second { // nothing of the first event was read
			t.Errorf("the stream ended after %v, want 5s", got)
		}
		_ = client.Close()
		_ = server.Close()
		<-served
	})
}

// pipeListener is a listener in memory.
type pipeListener chan net.Conn

func (l pipeListener) Accept() (net.Conn, error) {
	if conn, open := <-l; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l pipeListener) Close() error { close(l); return nil }
func (pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// A small upload that is large without its compression is refused, however it is packed.
func TestUploadsAreLimitedWithoutTheirCompression(t *testing.T) {
	const limit = 1 << 20 // of newAPI
	large := bytes.Repeat([]byte(" \n"), limit)
	gzipped := func(text []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	zipped := func(texts ...[]byte) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, text := range texts {
			f, err := w.Create("spans.json")
			if err == nil {
				_, err = f.Write(text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	const head = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"` + traceB + `","spanId":"0000000000000001","name":"`
	const tail = `"}]}]}]}`
	span := []byte(head + strings.Repeat("x", limit) + tail)
	for _, test := range []struct {
		reason string
		body   []byte
		want   int
	}{
		{"space", gzipped(large), 413},
		{"a name", gzipped(span), 413},
		{"twice compressed", gzipped(gzipped(span)), 413},
		{"a file in an archive", zipped(span), 413},
		{"many files in an archive", zipped(bytes.Repeat([]byte(head+tail+"\n"), 3000), span[:limit-1000]), 413},
		{"a compressed file in an archive", zipped(gzipped(span)), 413},
		{"below the limit", gzipped([]byte(head + strings.Repeat("x", limit/2) + tail)), 200},
	} {
		h, _ := newAPI(t)
		w := do(t, h, "POST", "/api/v1/traces", bytes.NewReader(test.body))
		if w.Code != test.want || test.want == 413 && !strings.Contains(w.Body.String(), "want at most 1 MiB") {
			t.Errorf("%s (%d bytes): %d %s, want %d", test.reason, len(test.body), w.Code, w.Body, test.want)
		}
	}
}

// FuzzScenario runs scenarios of any name: only known ones run.
func FuzzScenario(f *testing.F) {
	for _, name := range []string{"lost", "Lost", "lost/", "../lost", "", "%00", strings.Repeat("x", 5000)} {
		f.Add(name, "")
	}
	f.Fuzz(func(t *testing.T, name, query string) {
		h, s := newAPI(t)
		before := s.Stats().Received
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(query))
		r.URL.Path, r.URL.RawQuery = "/api/v1/scenarios/"+name, query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		ran := s.Stats().Received != before
		if ran != (w.Code == http.StatusOK) || ran && name != "lost" {
			t.Errorf("%q: status %d, ran: %v", name, w.Code, ran)
		}
		if w.Code != http.StatusOK && w.Code != http.StatusNotFound && w.Code/100 != 3 {
			t.Errorf("%q: status %d", name, w.Code)
		}
		if w.Code == http.StatusNotFound && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q: %q is not JSON", name, w.Body)
		}
	})
}
