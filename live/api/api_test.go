package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tracelab/live/api"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var docs = regexp.MustCompile(`"doc": "(?:[^"\\]|\\.)*"`)

var update = flag.Bool("update", false, "write the golden files")

const (
	traceA = "0a000000000000000000000000000001"
	traceB = "0b000000000000000000000000000001"
)

func origin(service string) *tracetree.Origin {
	return &tracetree.Origin{
		Resource:  []tracetree.Attr{{Key: "service.name", Value: tracetree.String(service)}},
		ScopeName: "tests", ScopeVersion: "1.2",
	}
}

func attrs(pairs ...string) (list []tracetree.Attr) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, tracetree.Attr{Key: pairs[i], Value: tracetree.String(pairs[i+1])})
	}
	return list
}

// spans are two traces: a request that writes to a database and sends a message, and its consumer,
// which links to it.
func spans() []tracetree.Span {
	a, b := tracetree.TraceID{0xa, 15: 1}, tracetree.TraceID{0xb, 15: 1}
	at := func(ms int64) int64 { return 1_700_000_000_000_000_000 + ms*1_000_000 }
	id := func(n byte) tracetree.SpanID { return tracetree.SpanID{7: n} }
	shop, mail := origin("shop"), origin("mail")
	return []tracetree.Span{
		{
			TraceID: a, SpanID: id(1), Name: "POST /orders", Kind: tracetree.KindServer, Start: at(0), End: at(100),
			Origin:     shop,
			Attributes: attrs("http.request.method", "POST", "http.route", "/orders"),
			Events:     []tracetree.Event{{Name: "<b>checked</b>", Time: at(3), Attributes: attrs("items", "2")}},
		},
		{
			TraceID: a, SpanID: id(2), Parent: id(1), Name: "INSERT", Kind: tracetree.KindClient, Start: at(10), End: at(40),
			Origin: shop, Attributes: attrs("db.system.name", "postgresql", "db.operation.name", "INSERT", "db.collection.name",
				"orders", "error.type", "timeout"),
			Status: tracetree.StatusError, StatusMessage: "took too long",
		},
		{
			TraceID: a, SpanID: id(3), Parent: id(1), Name: "send orders", Kind: tracetree.KindProducer, Start: at(50),
			End: at(90), Origin: shop, Attributes: attrs("messaging.system", "kafka", "messaging.operation.name", "send",
				"messaging.operation.type", "send", "messaging.destination.name", "orders"),
		},
		{
			TraceID: b, SpanID: id(4), Name: "process orders", Kind: tracetree.KindConsumer, Start: at(120), End: at(150),
			Origin: mail, Attributes: attrs("messaging.system", "kafka", "messaging.operation.name", "process",
				"messaging.operation.type", "process", "messaging.destination.name", "orders"),
			Links: []tracetree.Link{{TraceID: a, SpanID: id(3), Attributes: attrs("reason", "message")}},
		},
	}
}

func newAPI(tb testing.TB) (http.Handler, *store.Store) {
	tb.Helper()
	s := store.New(store.Config{})
	s.Add(spans())
	return api.New(api.Config{
		Store: s, MaxUpload: 1 << 20,
		Add: func(_ context.Context, spans []tracetree.Span) (int, string) {
			added := s.Add(spans)
			return added.Dropped, added.Problem
		},
		Scenarios: []api.Scenario{{
			Name: "lost", Title: "Lost", Story: "A <story>.", Tree: "shop: x (root)\n",
			Run: func(context.Context) ([]tracetree.Span, *api.Riddle, error) {
				all := spans()[:1]
				all[0].TraceID = tracetree.TraceID{0xc, 15: 1}
				return all, nil, nil
			},
		}},
	}).Handler(), s
}

func do(tb testing.TB, h http.Handler, method, target string, body io.Reader) *httptest.ResponseRecorder {
	tb.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(tb.Context(), method, target, body))
	return w
}

// targets are requests for each answer.
var targets = map[string]string{
	"traces":            "/api/v1/traces?sort=duration",
	"durations":         "/api/v1/durations",
	"services":          "/api/v1/services",
	"trace":             "/api/v1/traces/" + traceA,
	"tree":              "/api/v1/traces/" + traceA + ".tree",
	"otlp":              "/api/v1/traces/" + traceA + ".json",
	"rows":              "/api/v1/traces/" + traceA + "/rows?critical=true",
	"rows_collapsed":    "/api/v1/traces/" + traceA + "/rows?depth=0&toggled=0000000000000001&from=1",
	"overview":          "/api/v1/traces/" + traceA + "/overview?width=8&height=4",
	"locate":            "/api/v1/traces/" + traceA + "/locate?span=0000000000000003&depth=0",
	"find":              "/api/v1/traces/" + traceA + "/find?text=ORDERS&after=0",
	"span":              "/api/v1/traces/" + traceA + "/spans/0000000000000003",
	"span_linking":      "/api/v1/traces/" + traceB + "/spans/0000000000000004",
	"span_event":        "/api/v1/traces/" + traceA + "/spans/0000000000000001",
	"findings":          "/api/v1/traces/" + traceA + "/findings",
	"map":               "/api/v1/map",
	"operations":        "/api/v1/operations?service=mail",
	"compare":           "/api/v1/compare?before=" + traceA + "&after=" + traceA,
	"scenarios":         "/api/v1/scenarios",
	"jaeger_services":   "/api/services",
	"jaeger_operations": "/api/operations?service=shop",
	"jaeger_names":      "/api/services/shop/operations",
	"jaeger_search": "/api/traces?service=mail&operation=process+orders&limit=5" +
		"&tags=%7B%22messaging.system%22%3A%22kafka%22%7D",
	"jaeger_trace": "/api/traces/" + traceB,
}

// TestAnswers compares the answers with golden files; -update writes them. They are the
// documentation's examples.
func TestAnswers(t *testing.T) {
	for name, target := range targets {
		t.Run(name, func(t *testing.T) {
			h, _ := newAPI(t)
			w := do(t, h, "GET", target, nil)
			if w.Code != http.StatusOK {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			got := w.Body.Bytes()
			var indented bytes.Buffer
			if json.Indent(&indented, got, "", "  ") == nil {
				got = indented.Bytes()
			}
			got = docs.ReplaceAll(got, []byte(`"doc": "the check's documentation"`)) // it is tested with the checks
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", target, diff)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	h, _ := newAPI(t)
	for _, test := range []struct {
		target string
		status int
		detail string
	}{
		{"/api/v1/traces?min_duration=soon", 400, "want a duration such as 250ms"},
		{"/api/v1/traces?since=now", 400, "want a time such as"},
		{"/api/v1/traces?error=maybe", 400, "want true or false"},
		{"/api/v1/traces?where==x", 400, "want KEY or KEY=VALUE"},
		{"/api/v1/traces?sort=color", 400, "want arrival, start, duration, spans or errors"},
		{"/api/v1/traces?limit=100000", 400, "want a number from 1 to 1000"},
		{"/api/v1/traces/123", 400, "want 32 hexadecimal digits"},
		{"/api/v1/traces/" + strings.Repeat("f", 32), 404, "is not here"},
		{"/api/v1/traces/" + strings.Repeat("f", 32) + ".tree", 404, "is not here"},
		{"/api/v1/traces/" + traceA + "/rows?view=tall", 400, "want compact or full"},
		{"/api/v1/traces/" + traceA + "/rows?toggled=12", 400, "want 16 hexadecimal digits"},
		{"/api/v1/traces/" + traceA + "/rows?toggled=" + strings.Repeat("0000000000000001,", 2001), 400, "at most 2000"},
		{"/api/v1/traces/" + traceA + "/rows?ungrouped=12", 400, "want 16 hexadecimal digits"},
		{"/api/v1/traces/" + traceA + "/spans/00000000000000ff", 404, "is not in trace"},
		{"/api/v1/traces/" + traceA + "/locate?span=00000000000000ff", 404, "has no row"},
		{"/api/v1/traces/" + traceA + "/find", 400, "text is empty"},
		{"/api/v1/overview", 404, "want one that docs/api.md lists"},
		{"/api/v1/traces/", 404, "want /api/v1/traces, without a slash at the end"},
		{"/api/v1/scenarios/found", 405, "want POST"},
		{"/api/traces?start=yesterday", 400, "microseconds"},
		{"/api/traces?tags=x", 400, "want a JSON object"},
		{"/api/traces?tag=x", 400, "want KEY:VALUE"},
	} {
		w := do(t, h, "GET", test.target, nil)
		var problem struct{ Detail string }
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
			t.Errorf("%.80s: %v in %s", test.target, err, w.Body)
		}
		if w.Code != test.status || !strings.Contains(problem.Detail, test.detail) {
			t.Errorf("%.80s: %d %s, want %d with %q", test.target, w.Code, problem.Detail, test.status, test.detail)
		}
	}
}

// Attributes by old names come with the current ones, so that both can be shown together.
func TestOldNamesComeWithTheCurrentOnes(t *testing.T) {
	h, s := newAPI(t)
	span := spans()[0]
	span.TraceID = tracetree.TraceID{0xe, 15: 1}
	span.Attributes = attrs("http.method", "GET", "http.request.method", "GET", "tenant_id", "acme")
	s.Add([]tracetree.Span{span})
	var got api.Span
	w := do(t, h, "GET", "/api/v1/traces/"+span.TraceID.String()+"/spans/"+span.SpanID.String(), nil)
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []api.Attribute{
		{Key: "http.method", Type: "string", Value: "GET", Current: []string{"http.request.method"}},
		{Key: "http.request.method", Type: "string", Value: "GET"},
		{Key: "tenant_id", Type: "string", Value: "acme"},
	}
	if diff := cmp.Diff(want, got.Attributes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestResponsesAreNoPages tests that a browser shows text from a trace as what it is.
func TestResponsesAreNoPages(t *testing.T) {
	h, _ := newAPI(t)
	for _, target := range []string{
		"/api/v1/traces", "/api/v1/traces/" + traceA + ".tree", "/api/v1/traces/x", "/api/nothing",
	} {
		header := do(t, h, "GET", target, nil).Header()
		if header.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(header.Get("Content-Type"), "html") {
			t.Errorf("%s: %v", target, header)
		}
	}
	if body := do(t, h, "GET", "/api/v1/traces/"+traceA+"/spans/0000000000000001", nil).Body.String(); strings.Contains(
		body, "<b>") {
		t.Errorf("a tag isn't escaped: %s", body)
	}
}

func TestUpload(t *testing.T) {
	h, s := newAPI(t)
	var file bytes.Buffer
	all := spans()
	for i := range all {
		all[i].TraceID[1] = 0xff
		for j := range all[i].Links {
			all[i].Links[j].TraceID[1] = 0xff
		}
	}
	if err := codec.WriteOTLPJSON(&file, all); err != nil {
		t.Fatal(err)
	}
	w := do(t, h, "POST", "/api/v1/traces?name=spans.json", bytes.NewReader(file.Bytes()))
	var got api.Uploaded
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if w.Code != 200 || got.Spans != 4 || got.Total != 2 || s.Stats().Traces != 4 {
		t.Errorf("%d %+v, and %d traces in the store", w.Code, got, s.Stats().Traces)
	}
	for _, test := range []struct {
		reason, body string
		status       int
	}{
		{"text", "<script>alert(1)</script>", 400},
		{"nothing", "", 400},
		{"too large", strings.Repeat(" ", 1<<20) + file.String(), 413},
	} {
		if w := do(t, h, "POST", "/api/v1/traces", strings.NewReader(test.body)); w.Code != test.status {
			t.Errorf("%s: %d %s, want %d", test.reason, w.Code, w.Body, test.status)
		}
	}
}

func TestScenarioIsAdded(t *testing.T) {
	h, s := newAPI(t)
	w := do(t, h, "POST", "/api/v1/scenarios/lost", nil)
	if w.Code != 200 || s.Stats().Traces != 3 {
		t.Errorf("%d %s, and %d traces, want 3", w.Code, w.Body, s.Stats().Traces)
	}
	if w := do(t, h, "POST", "/api/v1/scenarios/found", nil); w.Code != 404 {
		t.Errorf("unknown scenario: %d", w.Code)
	}
}

// TestSecretsAreMasked plants a secret wherever a span has text, and looks for it in all answers.
func TestSecretsAreMasked(t *testing.T) {
	const secret = "hunter2hunter2"
	s := store.New(store.Config{})
	all := spans()
	for i := range all {
		all[i].Attributes = append(all[i].Attributes, attrs("password", secret, "db.query.text", "password="+secret)...)
		all[i].StatusMessage = "password=" + secret
		all[i].Events = []tracetree.Event{{Name: "password=" + secret, Attributes: attrs("password", secret)}}
		all[i].Origin.Resource = append(all[i].Origin.Resource, attrs("password", secret)...)
		for j := range all[i].Links {
			all[i].Links[j].Attributes = attrs("password", secret)
		}
	}
	s.Add(all)
	h := api.New(api.Config{Store: s}).Handler()
	for _, target := range targets {
		w := do(t, h, "GET", target, nil)
		if w.Code != 200 || strings.Contains(w.Body.String(), secret) {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

// TestCutTracesAreMarked is about a trace that has more spans than fit in the memory.
func TestCutTracesAreMarked(t *testing.T) {
	s := store.New(store.Config{Memory: 32 << 10})
	for i := range byte(100) {
		span := spans()[0]
		span.SpanID = tracetree.SpanID{i + 1}
		span.Attributes = attrs(fmt.Sprint("text ", i), strings.Repeat("x", 1000))
		s.Add([]tracetree.Span{span})
	}
	h := api.New(api.Config{Store: s}).Handler()
	var list api.Traces
	if err := json.Unmarshal(do(t, h, "GET", "/api/v1/traces", nil).Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	cut := list.Traces[0].Cut
	if cut < 50 || cut+list.Traces[0].Spans != 100 {
		t.Fatalf("%d spans and %d that were cut, want 100 together", list.Traces[0].Spans, cut)
	}
	var meta api.TraceMeta
	if err := json.Unmarshal(do(t, h, "GET", "/api/v1/traces/"+traceA, nil).Body.Bytes(), &meta); err != nil {
		t.Fatal(err)
	}
	if meta.Cut != cut {
		t.Errorf("the trace has %d that were cut, the list %d", meta.Cut, cut)
	}
	tree := do(t, h, "GET", "/api/v1/traces/"+traceA+".tree", nil)
	want := fmt.Sprintf("# incomplete, spans dropped for lack of memory: %d\n", cut)
	if !strings.HasPrefix(tree.Body.String(), want) {
		t.Errorf("the tree begins with %.80q, want %q", tree.Body, want)
	}
	if _, err := tracetree.Parse(tree.Body.String()); err != nil {
		t.Errorf("the tree is not in the notation: %v", err)
	}
	file := do(t, h, "GET", "/api/v1/traces/"+traceA+".json", nil)
	if name := file.Header().Get("Content-Disposition"); !strings.Contains(name, traceA+"-incomplete.json") {
		t.Errorf("the download is %s, want a name with -incomplete", name)
	}
	for _, w := range []*httptest.ResponseRecorder{tree, file} {
		if got := w.Header().Get("X-Tracelab-Cut"); got != strconv.Itoa(cut) {
			t.Errorf("X-Tracelab-Cut is %q, want %d", got, cut)
		}
	}
	jaeger := do(t, h, "GET", "/api/traces/"+traceA, nil).Body.String()
	if !strings.Contains(jaeger, fmt.Sprint(cut, " spans were dropped")) {
		t.Errorf("Jaeger's trace has no warning: %.300s", jaeger)
	}
}

// TestJaegerIsRead reads the answer of the query API with our own reader of Jaeger's files: nothing
// is lost.
func TestJaegerIsRead(t *testing.T) {
	h, s := newAPI(t)
	w := do(t, h, "GET", "/api/traces/"+traceA, nil)
	read, warnings, err := codec.ReadAll(w.Body, "jaeger")
	if err != nil {
		t.Fatal(err, warnings)
	}
	trace, _ := s.Trace(tracetree.TraceID{0xa, 15: 1})
	var own []tracetree.Span
	for _, span := range trace.Forest.Spans() {
		if span.TraceID == trace.ID {
			own = append(own, span)
		}
	}
	want := tracetree.Format(tracetree.Build(own), tracetree.Full, tracetree.Attributes)
	if diff := cmp.Diff(want, tracetree.Format(tracetree.Build(read), tracetree.Full, tracetree.Attributes)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEventsComeWithChanges(t *testing.T) {
	h, s := newAPI(t)
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	next := func() api.Changes {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var c api.Changes
				if err := json.Unmarshal([]byte(data), &c); err != nil {
					t.Fatal(err)
				}
				return c
			}
		}
		t.Fatal("the stream has ended")
		return api.Changes{}
	}
	if first := next(); len(first.Traces) != 0 || first.Stats.Traces != 2 {
		t.Errorf("first event: %+v", first)
	}
	s.Add(spans()[:1])
	if change := next(); len(change.Traces) != 1 || change.Traces[0].ID != traceA {
		t.Errorf("second event: %+v", change)
	}
	cancel()
	server.Client().CloseIdleConnections()
}

// A span that shares its id with another one is found by the id that it has got, and shown with
// that of its input.
func TestSharedIDsAreShownAsInTheInput(t *testing.T) {
	h, s := newAPI(t)
	shared := spans()[:3]
	for i := range shared {
		shared[i].TraceID = tracetree.TraceID{0xd, 15: 1}
	}
	shared[1].Rare = &tracetree.Rare{OriginalID: tracetree.SpanID{7: 1}}
	shared[2].Parent, shared[2].Rare = shared[1].SpanID, &tracetree.Rare{OriginalParent: tracetree.SpanID{7: 1}}
	s.Add(shared)
	for span, want := range map[string][2]string{
		"0000000000000001": {"0000000000000001", ""},
		"0000000000000002": {"0000000000000001", ""},
		"0000000000000003": {"0000000000000003", "0000000000000001"},
	} {
		var got struct {
			ID     string `json:"span_id"`
			Parent string `json:"parent_id"`
		}
		w := do(t, h, "GET", "/api/v1/traces/0d000000000000000000000000000001/spans/"+span, nil)
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d, %v: %s", w.Code, err, w.Body)
		}
		if got.ID != want[0] || got.Parent != want[1] {
			t.Errorf("span %s: %+v, want %q", span, got, want)
		}
	}
}

func TestStreamsAreLimited(t *testing.T) {
	s := store.New(store.Config{})
	server := httptest.NewServer(api.New(api.Config{Store: s}).Handler())
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func() *http.Response {
		request, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		return response
	}
	for range 64 {
		if got := open().StatusCode; got != 200 {
			t.Fatalf("status %d", got)
		}
	}
	if got := open(); got.StatusCode != 503 || got.Header.Get("Retry-After") == "" {
		t.Errorf("stream 65: %d, want 503 with Retry-After", got.StatusCode)
	}
	cancel()
	server.Client().CloseIdleConnections()
}

// FuzzGet requests anything: no answer is a failure of the server.
func FuzzGet(f *testing.F) {
	for _, path := range []string{
		"traces", "durations", "services", "stats", "events", "map", "operations", "compare", "scenarios",
		"traces/" + traceA, "traces/" + traceA + ".tree", "traces/" + traceA + ".json", "traces/" + traceA + "/rows",
		"traces/" + traceA + "/overview", "traces/" + traceA + "/locate", "traces/" + traceA + "/find",
		"traces/" + traceA + "/findings", "traces/" + traceA + "/spans/0000000000000001",
		"../services", "../operations", "../traces", "../traces/" + traceA, "../services/shop/operations",
	} {
		f.Add(path, "service=shop&from=1&to=3&depth=1&toggled=0000000000000001&view=full&group=1&where=http.route")
		f.Add(path, "tags={\"a\":1}&tag=a:b&text=x&after=2&width=3&height=2&critical=1&min_duration=1ms&span=1&limit=0")
	}
	h, _ := newAPI(f)
	f.Fuzz(func(t *testing.T, path, query string) {
		u := url.URL{Path: "/api/v1/" + path, RawQuery: query}
		if strings.HasPrefix(path, "../") {
			u.Path = "/api/" + path[3:]
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if u.Path == "/api/v1/events" {
			cancel() // the stream ends after its first event
		}
		r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
		r.URL = &u
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s: %d %s", &u, w.Code, w.Body)
		}
	})
}

// FuzzUpload uploads anything: what is taken is counted.
func FuzzUpload(f *testing.F) {
	var file bytes.Buffer
	if err := codec.WriteOTLPJSON(&file, spans()); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, s := newAPI(t)
		before := s.Stats().Received
		w := do(t, h, "POST", "/api/v1/traces", bytes.NewReader(body))
		var got api.Uploaded
		switch err := json.Unmarshal(w.Body.Bytes(), &got); {
		case err != nil || w.Code >= 500:
			t.Errorf("%d %s: %v", w.Code, w.Body, err)
		case w.Code == 200 && s.Stats().Received-before != int64(got.Spans):
			t.Errorf("%d spans are reported, %d were added", got.Spans, s.Stats().Received-before)
		}
	})
}

// TestListIsOneForAllWindows reads 2,000 traces in windows.
func TestListIsOneForAllWindows(t *testing.T) {
	h, s := newAPI(t)
	for i := range 2000 {
		span := spans()[0]
		span.TraceID = tracetree.TraceID{0xf, byte(i >> 8), byte(i), 15: 1}
		span.End = span.Start + int64(i+1)*1000
		s.Add([]tracetree.Span{span})
	}
	seen := map[string]bool{}
	for from := 0; from < 2002; from += 500 {
		var got api.Traces
		w := do(t, h, "GET", fmt.Sprintf("/api/v1/traces?sort=duration&from=%d&limit=500", from), nil)
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Total != 2002 {
			t.Fatalf("%d traces, want 2002", got.Total)
		}
		for i, trace := range got.Traces {
			if trace.Index != from+i || seen[trace.ID] {
				t.Fatalf("trace %d: %+v", from+i, trace)
			}
			seen[trace.ID] = true
		}
	}
	if len(seen) != 2002 {
		t.Errorf("%d traces in all windows, want 2002", len(seen))
	}
	var histogram api.Durations
	if err := json.Unmarshal(do(t, h, "GET", "/api/v1/durations", nil).Body.Bytes(), &histogram); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, b := range histogram.Buckets {
		count += b.Count
	}
	if count != 2002 {
		t.Errorf("%d traces in the histogram, want 2002", count)
	}
}
