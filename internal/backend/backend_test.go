package backend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tracelab/internal/backend"
	"tracelab/internal/sample"
	"tracelab/live/api"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParseSource(t *testing.T) {
	tests := []struct {
		text, want string // want is a part of the error, or empty
	}{
		{"jaeger=http://localhost:16686", ""},
		{"jaeger=https://traces.example.com/jaeger/api/v3", ""},
		{"tempo=http://[::1]:3200", ""},
		{"tracelab=http://127.0.0.1:8080", ""},
		{"otlp-file=a=b.json", ""},
		{"otlp-file=", "has no path: want otlp-file=PATH"},
		{"zipkin=http://h", `unknown kind "zipkin": want jaeger=URL, tempo=URL, tracelab=URL or otlp-file=PATH`},
		{"http://ann:hunter2@h:1", "the source has no kind: want jaeger=URL"},
		{"http://ann:hunter2@h:1/?a=b", "the source has no kind: want jaeger=URL"},
		{"", "the source has no kind"},
		{"jaeger", "the URL of jaeger is not one"},
		{"jaeger=", "the URL of jaeger is not one: want http://HOST:PORT"},
		{"jaeger=localhost:16686", "the URL of jaeger is not one"},
		{"jaeger=ftp://h", "the URL of jaeger is not one"},
		{"jaeger=http://\x7f", "the URL of jaeger is not one"},
		{"tempo=http://ann:hunter2@h:1", "put them into TRACELAB_FROM_TOKEN or TRACELAB_FROM_HEADERS"},
		{"tempo=http://h:1/?token=hunter2", "the URL of tempo has a query or fragment"},
	}
	for _, test := range tests {
		s, err := backend.ParseSource(test.text)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%q: %v", test.text, err)
		case test.want == "" && s.String() != test.text:
			t.Errorf("%q is printed as %q", test.text, s)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%q: %v, want %q", test.text, err, test.want)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%q: the error has the password: %v", test.text, err)
		}
		if got := backend.IsSource(test.text); test.want == "" && !got {
			t.Errorf("%q is not taken for a source", test.text)
		}
	}
	if backend.IsSource("a=b.json") || backend.IsSource("jaeger") {
		t.Error("names of files are taken for sources")
	}
}

func TestAuthFromTheEnvironment(t *testing.T) {
	environment := map[string]string{
		"TRACELAB_FROM_TOKEN": " abc\n", "TRACELAB_FROM_HEADERS": "X-Scope-OrgID=a%20b, x-two=c=d,,",
	}
	auth, err := backend.AuthFrom(func(name string) string { return environment[name] })
	want := backend.Auth{Token: "abc", Headers: http.Header{"X-Scope-Orgid": {"a b"}, "X-Two": {"c=d"}}}
	if diff := cmp.Diff(want, auth); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for name, value := range map[string]string{
		"TRACELAB_FROM_TOKEN": "hunter2\nx: y", "TRACELAB_FROM_HEADERS": "a=1,hunter2", "": "",
	} {
		_, err := backend.AuthFrom(func(n string) string {
			if n == name {
				return value
			}
			return ""
		})
		if name != "" && (err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"a b=c", "a=%zz", "=x", "a=%0a"} {
		if _, err := backend.AuthFrom(func(string) string { return bad }); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// query returns a query for the traces of the last hour.
func query(service, operation string) backend.Query {
	now := time.Now()
	return backend.Query{Service: service, Operation: operation, Since: now.Add(-time.Hour), Until: now, Limit: 20}
}

// roundTripper is a backend in the process.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// handled returns a transport to a handler.
func handled(h http.Handler) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

func fetch(t *testing.T, transport http.RoundTripper, source string, q backend.Query) (backend.Result, error) {
	t.Helper()
	s, err := backend.ParseSource(source)
	if err != nil {
		t.Fatal(err)
	}
	client := backend.New(backend.Config{Transport: transport})
	t.Cleanup(client.Close)
	return client.Fetch(t.Context(), s, q)
}

// recorded returns a recorded answer, in the folder that a variable names. It is not part of this
// repository.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("TRACELAB_BACKENDS")
	if dir == "" {
		t.Skip("TRACELAB_BACKENDS is not set: it names a folder with answers of trace backends")
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// replies is a backend that answers the requests to each path with a recorded answer.
type replies map[string]reply

type reply struct {
	status int
	file   string
}

func (r replies) transport(t *testing.T, requests *[]string) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		*requests = append(*requests, req.URL.Path)
		w := httptest.NewRecorder()
		if known, found := r[req.URL.Path]; found {
			w.WriteHeader(known.status)
			_, _ = w.Write(recorded(t, known.file))
		} else {
			http.NotFound(w, req)
		}
		return w.Result(), nil
	}
}

const createTask = `
api-gateway: POST /tasks (root)
  db: PutItem (tasks table)
    task-service: POST /tasks
      db: PutItem (tasks table)
      task-service: send task-events
        worker: process task-created
          db: PutItem (tasks table)
`

func TestRecordedAnswersOfBackends(t *testing.T) {
	const first, second = "10f5ee5686a5f5c46cec7d07adc3ce9d", "b0947094a101092fef6ce3fb3c5a73a9"
	v3 := reply{200, "jaeger1-v3-traces.json"}
	search := reply{200, "tempo-search.json"}
	tests := []struct {
		reason, source string
		replies        replies
		trees          int
		requests       []string
	}{
		{
			"Jaeger 1 has both APIs: the newer one loses nothing", "jaeger=http://j",
			replies{"/api/v3/traces": v3, "/api/traces": {200, "jaeger1-traces.json"}},
			2,
			[]string{"/api/v3/traces"},
		},
		{
			"the older API, by its path", "jaeger=http://j/prefix/api",
			replies{"/prefix/api/traces": {200, "jaeger1-traces.json"}},
			2,
			[]string{"/prefix/api/traces"},
		},
		{
			"Jaeger before version 3 of the API", "jaeger=http://j",
			replies{"/api/traces": {200, "jaeger1-traces.json"}},
			2,
			[]string{"/api/v3/traces", "/api/traces"},
		},
		{
			"Jaeger 2 without the older API", "jaeger=http://j",
			replies{"/api/v3/traces": {200, "jaeger2-v3-traces.json"}},
			2,
			[]string{"/api/v3/traces"},
		},
		{
			"Tempo: the binary form of each trace", "tempo=http://t",
			replies{"/api/search": search, "/api/traces/" + first: {200, "tempo-trace.pb"}},
			1,
			[]string{"/api/search", "/api/traces/" + first, "/api/traces/" + second},
		},
		{
			"Tempo in JSON", "tempo=http://t",
			replies{"/api/search": search, "/api/traces/" + second: {200, "tempo-trace.json"}},
			1,
			[]string{"/api/search", "/api/traces/" + first, "/api/traces/" + second},
		},
	}
	pattern, err := tracetree.Parse(createTask)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			var requests []string
			transport := test.replies.transport(t, &requests)
			locked := make(chan struct{}, 1)
			result, err := fetch(t, roundTripper(func(r *http.Request) (*http.Response, error) {
				locked <- struct{}{}
				defer func() { <-locked }()
				return transport(r)
			}), test.source, query("api-gateway", "POST /tasks"))
			if err != nil {
				t.Fatal(err)
			}
			forest := tracetree.Build(result.Spans)
			if report := pattern.Match(forest, tracetree.Any); report != nil || forest.NumTops() != test.trees {
				t.Errorf("%d trees, want %d:\n%s", forest.NumTops(), test.trees, report)
			}
			slices.Sort(requests[1:]) // traces are read in parallel
			if diff := cmp.Diff(test.requests, requests); !strings.HasPrefix(test.source, "jaeger") && diff != "" ||
				strings.HasPrefix(test.source, "jaeger") && !slices.Equal(test.requests, requests) {
				t.Error(diff)
			}
		})
	}
}

func TestRecordedErrorsOfBackends(t *testing.T) {
	tests := []struct {
		reason, source string
		status         int
		file           string
		want           string // a part of the error, or empty without one
	}{
		{
			"a bad request", "jaeger=http://j/api/v3", 400, "jaeger1-v3-missing-params.json",
			"jaeger=http://j/api/v3: the backend answers with status 400: " +
				"query.start_time_min and query.start_time_max are required",
		},
		{
			"a bad request, older", "jaeger=http://j/api", 400, "jaeger1-trace-badid.json",
			`status 400: strconv.ParseUint: parsing "xyz": invalid syntax`,
		},
		{"a bad query", "tempo=http://t", 400, "tempo-search-bad.txt", "invalid TraceQL query: parse error at line 1, col 2"},
		{"no trace", "jaeger=http://j/api/v3", 404, "jaeger2-v3-trace-missing.json", ""},
		{"no trace, older", "jaeger=http://j/api", 200, "jaeger1-none.json", ""},
		{"no such API", "jaeger=http://j/api/v3", 404, "jaeger2-services-gone.json", "a page or text, and not traces"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			body := recorded(t, test.file)
			result, err := fetch(t, roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: test.status, Body: io.NopCloser(bytes.NewReader(body))}, nil
			}), test.source, query("api-gateway", ""))
			if test.want == "" && (err != nil || len(result.Spans) > 0) ||
				test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%d spans, error %v, want %q", len(result.Spans), err, test.want)
			}
		})
	}
}

// tracelab serve is read by its own API and by Jaeger's.
func TestReadsWhatServeHas(t *testing.T) {
	s := store.New(store.Config{})
	spans := sample.CreateTask(t)
	s.Add(spans)
	handler := api.New(api.Config{Store: s}).Handler()
	id := spans[0].TraceID
	for _, source := range []string{"tracelab=http://x", "jaeger=http://x", "jaeger=http://x/api"} {
		for reason, q := range map[string]backend.Query{
			"a search": query("api-gateway", "POST /tasks"), "by ID": {TraceID: id},
		} {
			result, err := fetch(t, handled(handler), source, q)
			if err != nil {
				t.Errorf("%s, %s: %v", source, reason, err)
				continue
			}
			want := shape(t, spans)
			if got := shape(t, result.Spans); got != want {
				t.Errorf("%s, %s: %s", source, reason, cmp.Diff(want, got))
			}
		}
		for reason, test := range map[string]struct {
			q    backend.Query
			hint string
		}{
			"another service": {query("shop", ""), `the backend has no service "shop"; it has api-gateway, task-service, worker`},
			"another operation": {
				query("worker", "x"), `worker has no operation "x"; it has DynamoDB.UpdateItem, process task-created`,
			},
			"another time": {backend.Query{
				Service: "worker", Since: time.Unix(1, 0), Until: time.Unix(2, 0), Limit: 1,
			}, ""},
		} {
			result, err := fetch(t, handled(handler), source, test.q)
			if err != nil || len(result.Spans) > 0 || strings.HasPrefix(source, "jaeger") && result.Hint != test.hint {
				t.Errorf("%s, %s: %d spans, %v, hint %q, want %q", source, reason, len(result.Spans), err, result.Hint, test.hint)
			}
		}
	}
	_, err := fetch(t, handled(handler), "jaeger=http://x", query("", ""))
	const want = "want --service, one of api-gateway, task-service, worker"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("without a service: %v, want %q", err, want)
	}
}

func shape(t *testing.T, spans []tracetree.Span) string {
	t.Helper()
	var text strings.Builder
	for _, line := range tracetree.Lines(tracetree.Build(spans)) {
		fmt.Fprintf(&text, "%*s%s\n", 2*line.Depth, "", line.Text)
	}
	return text.String()
}

// jaegerOf is a Jaeger that has one-span traces with these starts, and returns the newest ones of a
// time.
func jaegerOf(starts []time.Time, requests *atomic.Int32) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		requests.Add(1)
		q := r.URL.Query()
		from, _ := time.Parse(time.RFC3339Nano, q.Get("query.start_time_min"))
		until, _ := time.Parse(time.RFC3339Nano, q.Get("query.start_time_max"))
		limit, _ := strconv.Atoi(q.Get("query.num_traces"))
		var spans []tracetree.Span
		for i, at := range slices.Backward(starts) {
			if len(spans) < limit && !at.Before(from) && !at.After(until) {
				spans = append(spans, tracetree.Span{
					TraceID: tracetree.TraceID{0: 1, 14: byte(i >> 8), 15: byte(i)}, SpanID: tracetree.SpanID{1}, Name: "x",
					Start: at.UnixNano(), End: at.UnixNano() + 1,
				})
			}
		}
		var body bytes.Buffer
		if err := codec.WriteOTLPJSON(&body, spans); err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: 200, Body: io.NopCloser(&body)}, nil
	}
}

func TestPages(t *testing.T) {
	now := time.Now()
	at := func(n int, step time.Duration) (starts []time.Time) {
		for i := range n {
			starts = append(starts, now.Add(time.Duration(i-n)*step))
		}
		return starts
	}
	tests := []struct {
		reason         string
		starts         []time.Time
		limit          int
		want, requests int
		hint           string
	}{
		{"nothing", nil, 20, 0, 3, "the backend has no service yet"}, // the services, too, of both APIs
		{"less than a page", at(5, time.Second), 20, 5, 1, ""},
		{"a page exactly", at(20, time.Second), 20, 20, 1, ""},
		{"more than wanted", at(300, time.Second), 20, 20, 1, ""},
		{"several pages", at(900, time.Second), 500, 500, 3, ""},
		{"all of several pages", at(450, time.Second), 1000, 450, 3, ""},
		{"more at an instant than a page", at(700, 0), 1000, 700, 4, ""},
		{"more at an instant than a backend returns", at(1600, 0), 2000, 1500, 5, "more traces at the same time"},
	}
	for _, test := range tests {
		var requests atomic.Int32
		q := query("x", "")
		q.Limit = test.limit
		result, err := fetch(t, jaegerOf(test.starts, &requests), "jaeger=http://j", q)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		newest := map[int64]bool{}
		for _, at := range test.starts[max(0, len(test.starts)-test.want):] {
			newest[at.UnixNano()] = true
		}
		ids := map[tracetree.TraceID]bool{}
		for _, s := range result.Spans {
			ids[s.TraceID] = true
			if !newest[s.Start] {
				t.Errorf("%s: an older trace was returned", test.reason)
			}
		}
		if len(result.Spans) != test.want || len(ids) != test.want {
			t.Errorf("%s: %d spans of %d traces, want %d", test.reason, len(result.Spans), len(ids), test.want)
		}
		if !strings.Contains(result.Hint, test.hint) || (test.hint == "") != (result.Hint == "") {
			t.Errorf("%s: hint %q, want %q", test.reason, result.Hint, test.hint)
		}
		if got := int(requests.Load()); test.want > 0 && got != test.requests {
			t.Errorf("%s: %d requests, want %d", test.reason, got, test.requests)
		}
	}
}

// Tempo finds traces by a query in TraceQL.
func TestTraceQL(t *testing.T) {
	for want, q := range map[string]backend.Query{
		`{resource.service.name = "a\"b" && name = "POST /tasks"}`: query(`a"b`, "POST /tasks"),
		`{name = "x"}`:       query("", "x"),
		`{}`:                 query("", ""),
		`{ status = error }`: {TraceQL: "{ status = error }", Service: "ignored", Limit: 1},
	} {
		got := ""
		_, err := fetch(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			got = r.URL.Query().Get("q")
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"traces":[]}`))}, nil
		}), "tempo=http://t", q)
		if err != nil || got != want {
			t.Errorf("query %s, want %s: %v", got, want, err)
		}
	}
}

func TestRequestsAreRepeated(t *testing.T) {
	status := func(code int, headers ...string) func() (*http.Response, error) {
		return func() (*http.Response, error) {
			w := httptest.NewRecorder()
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(code)
			if code == 200 {
				fmt.Fprint(w, `{"resourceSpans":[]}`)
			} else {
				fmt.Fprint(w, "try later")
			}
			return w.Result(), nil
		}
	}
	broken := func() (*http.Response, error) { return nil, errors.New("connection reset by peer") }
	cut := func() (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(io.MultiReader(
			strings.NewReader(`{"resour`), errReader{}))}, nil
	}
	type answers []func() (*http.Response, error)
	const s = time.Second
	tests := []struct {
		reason      string
		answers     answers
		tries       int
		least, most time.Duration
		want        string
	}{
		{"at once", answers{status(200)}, 1, 0, 0, ""},
		{"overloaded, then well", answers{status(503), status(429), status(200)}, 3, 0, 3 * s, ""},
		{"a lost connection", answers{broken, cut, status(200)}, 3, 0, 3 * s, ""},
		{"with a time", answers{status(429, "Retry-After", "7"), status(200)}, 2, 7 * s, 7 * s, ""},
		{"with a time too late", answers{status(503, "Retry-After", "3600")}, 1, 0, 0, "status 503: try later"},
		{"always overloaded", answers{status(502)}, 4, 0, 10 * s, "the backend answers with status 502: try later"},
		{"never reached", answers{broken}, 4, 0, 10 * s, "connection reset by peer"},
		{"a bad request", answers{status(400)}, 1, 0, 0, "status 400: try later"},
		{"an internal error", answers{status(500)}, 1, 0, 0, "status 500: try later"},
		{"no credentials", answers{status(401)}, 1, 0, 0, "status 401: try later: want a token in TRACELAB_FROM_TOKEN"},
		{"sent elsewhere", answers{status(302, "Location", "http://k/")}, 1, 0, 0, "another address, http://k: use that one"},
		{"sent in a circle", answers{status(302, "Location", "/")}, 6, 0, 0, "redirected more than five times"},
		{"silent", answers{nil}, 3, 90 * s, 100 * s, "no answer within 30s"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, began := 0, time.Now()
				id := tracetree.TraceID{1}
				_, err := fetch(t, roundTripper(func(r *http.Request) (*http.Response, error) {
					answer := test.answers[min(tries, len(test.answers)-1)]
					tries++
					if answer == nil {
						<-r.Context().Done()
						return nil, r.Context().Err()
					}
					return answer()
				}), "jaeger=http://j", backend.Query{TraceID: id})
				took := time.Since(began)
				if tries != test.tries || took < test.least || took > test.most {
					t.Errorf("%d tries in %s, want %d in %s to %s", tries, took, test.tries, test.least, test.most)
				}
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), test.want) &&
					!strings.Contains(err.Error(), test.want+",")) {
					t.Errorf("error %v, want %q", err, test.want)
				}
			})
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A wait between tries ends with the context.
func TestInterruptEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client := backend.New(backend.Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(503)
			return w.Result(), nil
		})})
		s, _ := backend.ParseSource("jaeger=http://j")
		began := time.Now()
		_, err := client.Fetch(ctx, s, query("x", ""))
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}

// Credentials are sent to the backend, and nowhere else, and are in no message.
func TestCredentialsStayWithTheBackend(t *testing.T) {
	const token, tenant = "tok-hunter2-secret", "tenant-hunter3"
	auth := backend.Auth{Token: token, Headers: http.Header{"X-Scope-Orgid": {tenant}}}
	elsewhere := false
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "t.test" {
			elsewhere = true
		}
		if r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("X-Scope-OrgID") != tenant {
			t.Errorf("%s has no credentials: %v", r.URL, r.Header)
		}
		switch r.URL.Query().Get("q") {
		case "echo":
			http.Error(w, "bad header: Bearer "+token+" of "+tenant, http.StatusForbidden)
		case "away":
			http.Redirect(w, r, "http://evil.test/api/search", http.StatusFound)
		case "down":
			http.Redirect(w, r, "/moved?q=empty", http.StatusFound)
		default:
			fmt.Fprint(w, `{"traces":[]}`)
		}
	})
	client := backend.New(backend.Config{Auth: auth, Transport: handled(handler)})
	s, err := backend.ParseSource("tempo=http://t.test")
	if err != nil {
		t.Fatal(err)
	}
	for q, want := range map[string]string{
		"echo": "bad header: Bearer [redacted] of [redacted]",
		"away": "redirected to another address, http://evil.test",
		"down": "",
	} {
		_, err := client.Fetch(t.Context(), s, backend.Query{TraceQL: q, Limit: 1})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", q, err)
		case want == "":
		case err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter"):
			t.Errorf("%s: %v, want %q", q, err, want)
		}
	}
	if elsewhere {
		t.Error("another host got a request")
	}
}

// Answers of other programs are refused.
func TestOtherProgramsAreNoBackends(t *testing.T) {
	for body, wanted := range map[string]string{
		"<!DOCTYPE html><title>Jaeger UI</title>": "a page or text, and not traces",
		"hello":                          "a page or text, and not traces",
		"":                               "a page or text, and not traces",
		`{"traces":[{"traceID":"xyz"}]}`: "bad trace ID",
		`{"traces":3}`:                   "read the answer to http://t/api/search",
	} {
		for _, source := range []string{"jaeger=http://t", "tempo=http://t", "tracelab=http://t"} {
			if strings.HasPrefix(body, "{") != strings.HasPrefix(source, "tempo") {
				continue
			}
			_, err := fetch(t, handled(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, body)
			})), source, query("x", ""))
			if err == nil || !strings.Contains(err.Error(), wanted) {
				t.Errorf("%s, %q: %v, want %q", source, body, err, wanted)
			}
		}
	}
}

// A trace that is removed between the search and its reading is left out, and a list that moves
// between two pages has no trace twice.
func TestListsThatChange(t *testing.T) {
	known := tracetree.TraceID{0xa, 15: 1}
	gone := tracetree.TraceID{0xb, 15: 1}
	reads := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/api/v1/traces":
			ids := []tracetree.TraceID{known, gone}
			if r.URL.Query().Get("from") != "0" {
				ids = []tracetree.TraceID{gone, known}
			}
			list := make([]map[string]string, 2)
			for i, id := range ids {
				list[i] = map[string]string{"trace_id": id.String()}
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"total": 4, "traces": list})
		case strings.Contains(r.URL.Path, known.String()):
			reads++
			_ = codec.WriteOTLPJSON(w, []tracetree.Span{{TraceID: known, SpanID: tracetree.SpanID{1}, Name: "x"}})
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	result, err := fetch(t, handled(handler), "tracelab=http://x", query("", ""))
	if err != nil || len(result.Spans) != 1 || reads != 1 {
		t.Errorf("%d spans after %d reads: %v", len(result.Spans), reads, err)
	}
}
