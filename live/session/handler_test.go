package session_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/metadata"

	"tracelab/live/receiver"
	"tracelab/live/session"
	"tracelab/tracetree"
)

// testServer is the API of sessions.
type testServer struct {
	*session.Sessions
	t *testing.T
}

func serve(t *testing.T, config session.Config) testServer {
	s := testServer{session.New(config), t}
	t.Cleanup(s.Close)
	return s
}

// do sends a request and returns the status and the body.
func (s testServer) do(method, path, body string) (int, string) {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, "http://localhost:8080"+path, strings.NewReader(body))
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// want fails the test unless a request is answered with a status and a text.
func (s testServer) want(method, path, body string, status int, text string) {
	s.t.Helper()
	got, answer := s.do(method, path, body)
	if detail := (struct{ Detail string }{}); got >= 400 && json.Unmarshal([]byte(answer), &detail) == nil {
		answer = detail.Detail
	}
	if got != status || !strings.Contains(answer, text) {
		s.t.Errorf("%s %s: %d %s\nwant %d %s", method, path, got, answer, status, text)
	}
}

func (s testServer) open(query string) (opened session.Opened) {
	s.t.Helper()
	status, answer := s.do(http.MethodPost, session.Path+query, "")
	if status != http.StatusCreated {
		s.t.Fatalf("open: %d %s", status, answer)
	}
	if err := json.Unmarshal([]byte(answer), &opened); err != nil {
		s.t.Fatal(err)
	}
	return opened
}

// send adds spans with the name of a session, as it comes over gRPC.
func (s testServer) send(name string, spans ...tracetree.Span) string {
	ctx := s.t.Context()
	if name != "" {
		ctx = metadata.NewIncomingContext(ctx, metadata.Pairs(receiver.SessionHeader, name))
	}
	return s.Add(ctx, spans)
}

// order returns a span of the service shop.
func order(trace, id byte) tracetree.Span {
	return tracetree.Span{
		TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{id}, Name: "order", Start: 1, End: 2,
		Origin: &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("shop")}}},
	}
}

// traceOf returns the ID of the trace of an order as it is printed.
func traceOf(trace byte) string { return tracetree.TraceID{trace}.String() }

const orderTree = "shop: order (root)\n"

func TestOpening(t *testing.T) {
	s := serve(t, session.Config{HTTP: "http://127.0.0.1:4318", GRPC: "http://127.0.0.1:4317"})
	got := s.open("?name=checkout")
	want := session.Opened{
		Session: "checkout", Expires: got.Expires, Header: "x-tracelab-session=checkout",
		Endpoint: "http://localhost:4318/sessions/checkout", GRPCEndpoint: "http://localhost:4317",
		Resource: "tracelab.session=checkout", Traceparent: got.Traceparent, URL: "/test/sessions/checkout",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if left := time.Until(got.Expires); left > time.Hour || left < time.Hour-time.Minute {
		t.Errorf("the session expires in %v", left)
	}
	if other := s.open(""); other.Session == s.open("").Session || !receiver.IsSessionName(other.Session) {
		t.Errorf("a session without a name is called %q", other.Session)
	}
}

func TestMistakesInRequests(t *testing.T) {
	const at = session.Path + "/checkout"
	tests := []struct {
		reason, method, path, body string
		status                     int
		want                       string
	}{
		{"a name that can't be in a header", "POST", session.Path + "?name=a+b", "", 400, `name is "a b": want 1 to 64 letters`},
		{"an empty name", "POST", session.Path + "?name=", "", 400, `name is "": want`},
		{"a name that is in use", "POST", session.Path + "?name=checkout", "", 409, `session "checkout" is open: want another`},
		{"parameters in the body", "POST", session.Path, `{"name":"x"}`, 400, "found a body: want name and traceparent in"},
		{"an unknown parameter", "POST", session.Path + "?nam=x", "", 400, `unknown parameter "nam": want name, traceparent`},
		{"no traceparent", "POST", session.Path + "?traceparent=x", "", 400, `traceparent is "x": want 00-TRACEID-SPANID-01`},
		{"a traceparent of zeros", "POST", session.Path + "?traceparent=00-" + strings.Repeat("0", 32) +
			"-0000000000000001-01", "", 400, "not all zero"},
		{"a broken query", "POST", session.Path + "?name=%zz", "", 400, "read the query"},
		{"no such session", "GET", session.Path + "/other/tree", "", 404, `no session "other" is open`},
		{"no such path", "GET", at + "/trees", "", 404, `unknown path "/test/sessions/checkout/trees"`},
		{"a wrong method", "GET", at + "/expect", "", 405, "want POST"},
		{"a wrong method of all sessions", "DELETE", session.Path, "", 405, "want GET, HEAD, POST"},
		{"a slash at the end", "POST", session.Path + "/", "", 404, "want /test/sessions, without a slash at the end"},
		{"no tree", "POST", at + "/expect", " \n", 400, "the body is empty: want a tree in the notation"},
		{"a tree to be written", "POST", at + "/expect", "# todo\n", 400, "the body has only comments: want a tree"},
		{"neither in a golden file", "PUT", at + "/golden", "# todo\n", 400, "the body has only comments: want a tree"},
		{"two times", "POST", at + "/expect?within=1s&within=2s", orderTree, 400, "found 2 values of within: want one"},
		{"two names", "POST", session.Path + "?name=b&name=c", "", 400, "found 2 values of name: want one"},
		{"a mistake in the notation", "POST", at + "/expect", "shop", 400, "1:"},
		{"a time without a unit", "POST", at + "/expect?within=2", orderTree, 400, `within is "2": want a time`},
		{"a time that is too long", "POST", at + "/expect?within=2h", orderTree, 400, "of at most 1m0s"},
		{"no time", "POST", at + "/expect?quiet=0s", orderTree, 400, `quiet is "0s": want a time`},
		{"an unknown view", "GET", at + "/tree?view=wide", "", 400, `view is "wide": want compact or full`},
		{"not a flag", "PUT", at + "/golden?update=yes", orderTree, 400, `update is "yes": want true, false or nothing`},
		{"a large tree", "POST", at + "/expect", strings.Repeat("#\n", 1<<20), 413, "want at most 1048576 bytes"},
		{"a parameter of others", "POST", at + "/check?within=2s", "", 400, `unknown parameter "within": want quiet`},
		{"a parameter where none is", "DELETE", at + "?force", "", 400, `unknown parameter "force": want none`},
	}
	s := serve(t, session.Config{})
	s.open("?name=checkout")
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			testServer{s.Sessions, t}.want(tt.method, tt.path, tt.body, tt.status, tt.want)
		})
	}
}

func TestExpectations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, session.Config{})
		at := s.open("?name=checkout").URL
		began := time.Now()
		s.want("POST", at+"/expect", orderTree, 409, "No span reached session checkout. The usual reasons:")
		s.want("POST", at+"/expect?within=3s", orderTree, 409,
			"the trace is not as expected within 3s:\n- shop: order (root)")
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("took %v, want 1s of silence and 3s", took)
		}
		time.AfterFunc(2*time.Second, func() { s.send("checkout", order(1, 1)) })
		s.want("POST", at+"/expect?within=3s", "\t\t"+orderTree, 200, orderTree)
		s.want("POST", at+"/expect?quiet=100ms", orderTree, 200, orderTree)
		s.want("POST", at+"/expect?any", "shop: pay (root)", 409, "Nothing happened for 1s. If the program needs longer")

		// The message is delivered again after the tree has matched.
		time.AfterFunc(time.Second, func() { s.send("checkout", order(1, 1), order(1, 2)) })
		s.want("POST", at+"/expect?quiet=2s&within=3s", orderTree, 409, "+ shop: order (root)")
		s.want("POST", at+"/expect", "2x shop: order (root)", 200, orderTree)

		stop := make(chan struct{})
		go func() {
			for id := byte(3); ; id++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
					s.send("checkout", order(id, id))
				}
			}
		}()
		s.want("POST", at+"/expect?within=10s&quiet=2s", "+x shop: order (root)", 409,
			"the trace is as expected, but spans kept coming: want none for 2s")
		close(stop)
	})
}

func TestGoldenFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, session.Config{})
		at := s.open("?name=checkout").URL
		s.want("PUT", at+"/golden?update", "", 409, "No span reached session checkout")
		s.send("checkout", order(1, 1))
		s.want("PUT", at+"/golden", "shop: pay (root)\n", 409, "send it with ?update and save the answer")
		tests := []struct{ reason, file, want string }{
			{"a new file", "", orderTree},
			{
				"a file that matches stays, with what was added by hand", "# orders\n1..3x shop: order (root)\n",
				"# orders\n1..3x shop: order (root)\n",
			},
			{"another tree, whose comments stay", "# orders\n\nshop: pay (root)\n", "# orders\n\n" + orderTree},
			{"no notation", "shop\n", orderTree},
		}
		for _, tt := range tests {
			status, got := s.do("PUT", at+"/golden?update", tt.file)
			if diff := cmp.Diff(tt.want, got); status != 200 || diff != "" {
				t.Errorf("%s: %d (-want +got):\n%s", tt.reason, status, diff)
			}
		}
	})
}

func TestTreesAndChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, session.Config{})
		at := s.open("?name=checkout").URL
		s.want("POST", at+"/check", "", 409, "no trace to check")
		secret := order(1, 1)
		secret.Attributes = []tracetree.Attr{{Key: "password", Value: tracetree.String("hunter2-correct-horse")}}
		time.AfterFunc(time.Second, func() { s.send("checkout", secret) })
		s.want("GET", at+"/tree", "", 200, "")
		s.want("GET", at+"/tree?quiet=2s&attributes", "", 200, "shop: order (root) {password=")
		if _, tree := s.do("GET", at+"/tree?attributes", ""); strings.Contains(tree, "hunter2") {
			t.Errorf("the tree has the secret: %s", tree)
		}
		if secret.Attributes[0].Value.Text() != "hunter2-correct-horse" {
			t.Error("the spans of the sender were changed")
		}
		s.want("POST", at+"/check", "", 200, "no errors and no warnings")
		at = s.open("?name=clean").URL
		s.send("clean", order(2, 1))
		s.want("POST", at+"/check", "", 200, "no errors and no warnings")
		orphan := order(2, 2)
		orphan.Parent = tracetree.SpanID{9}
		s.send("clean", orphan)
		s.want("POST", at+"/check?quiet=10ms", "", 409, "warning orphan")
	})
}

// A span is in one session at most, and is reported by those that it could have been in.
func TestForeignSpans(t *testing.T) {
	link := func(s tracetree.Span, to ...byte) tracetree.Span {
		for _, trace := range to {
			s.Links = append(s.Links, tracetree.Link{TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{1}})
		}
		return s
	}
	resource := func(s tracetree.Span, name string) tracetree.Span {
		s.Origin = &tracetree.Origin{Resource: append(s.Origin.Resource,
			tracetree.Attr{Key: receiver.SessionAttribute, Value: tracetree.String(name)})}
		return s
	}
	registered := func(trace string) string {
		return "&traceparent=" + url.QueryEscape("00-"+trace+strings.Repeat("0", 30)+"-0700000000000000-01")
	}
	below := func(s tracetree.Span, parent byte) tracetree.Span {
		s.Parent = tracetree.SpanID{parent}
		return s
	}
	type foreign = map[string][]string
	tests := []struct {
		reason  string
		send    func(s testServer)
		spans   map[string]int
		foreign foreign
	}{
		{
			"the spans of one trace belong to the session that one of them names, before and after",
			func(s testServer) { s.send("", order(1, 2)); s.send("a", order(1, 1)); s.send("", order(1, 3)) },
			map[string]int{"a": 3},
			nil,
		},
		{
			"a trace that was registered is not of the session that a span names",
			func(s testServer) { s.send("b", order(0xaa, 1)) },
			map[string]int{"a": 1},
			foreign{"b": {"1x its trace was registered by session a: shop: order in trace " + traceOf(0xaa)}},
		},
		{
			"the resource is nearer to the span than the request",
			func(s testServer) { s.send("b", resource(order(1, 1), "a")) },
			map[string]int{"a": 1},
			foreign{"b": {"1x its resource names session a: shop: order in trace " + traceOf(1)}},
		},
		{
			"a trace of two sessions is in parts",
			func(s testServer) { s.send("a", order(1, 1)); s.send("b", order(1, 2)) },
			map[string]int{"a": 1, "b": 1},
			foreign{
				"a": {"1x it names session b, but other spans of its trace belong here: shop: order in trace " + traceOf(1)},
				"b": {"1x other spans of its trace belong to session a: shop: order in trace " + traceOf(1)},
			},
		},
		{
			"a trace that links to the session's belongs to it, whichever comes first",
			func(s testServer) {
				s.send("", below(order(3, 2), 1), link(link(order(3, 1), 2), 9))
				s.send("", link(order(2, 1), 1))
				s.send("a", order(1, 1))
				s.send("", order(3, 3))
			},
			map[string]int{"a": 5},
			nil,
		},
		{
			"a batch is of the first of its sessions",
			func(s testServer) {
				s.send("a", order(1, 1))
				s.send("b", order(2, 1))
				s.send("", link(order(3, 1), 2, 1))
			},
			map[string]int{"a": 1, "b": 2},
			foreign{"a": {"1x it links to this session, but to session b first: shop: order in trace " + traceOf(3)}},
		},
		{
			"a link from the session to elsewhere changes nothing",
			func(s testServer) { s.send("", order(2, 1)); s.send("a", link(order(1, 1), 2)) },
			map[string]int{"a": 1},
			nil,
		},
		{
			"spans that come late for a session of the same name that has ended",
			func(s testServer) {
				s.send("b", order(1, 1))
				s.want("DELETE", session.Path+"/b", "", 204, "")
				s.open("?name=b")
				s.send("b", order(1, 2), order(2, 1))
				s.send("", order(1, 3))
			},
			map[string]int{"b": 1},
			foreign{"b": {"1x its trace belongs to a session that has ended: shop: order in trace " + traceOf(1)}},
		},
		{
			"an unknown session gets nothing, and the span waits",
			func(s testServer) {
				if warning := s.send("c", order(1, 1)); !strings.Contains(warning, `no test session "c" is open`) {
					s.t.Errorf("warning %q", warning)
				}
				s.want("POST", session.Path+"/a/expect", orderTree, 409, "sessions that are not open: c.")
				s.send("a", order(1, 2))
			},
			map[string]int{"a": 2},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, session.Config{})
				s.open("?name=a" + registered("aa"))
				s.open("?name=b")
				tt.send(s)
				for _, name := range []string{"a", "b"} {
					var info session.Info
					_, answer := s.do("GET", session.Path+"/"+name, "")
					if err := json.Unmarshal([]byte(answer), &info); err != nil {
						t.Fatal(err)
					}
					if info.Spans != tt.spans[name] {
						t.Errorf("session %s has %d spans, want %d", name, info.Spans, tt.spans[name])
					}
					if diff := cmp.Diff(append([]string{}, tt.foreign[name]...), info.Foreign); diff != "" {
						t.Errorf("foreign spans of %s (-want +got):\n%s", name, diff)
					}
					for _, line := range info.Foreign {
						s.want("POST", session.Path+"/"+name+"/expect", "shop: other", 409, line)
					}
				}
			})
		})
	}
}

func TestSpansBelowTheTestAreRoots(t *testing.T) {
	s := serve(t, session.Config{})
	opened := s.open("?name=a")
	fields := strings.Split(opened.Traceparent, "-")
	trace, err := tracetree.ParseTraceID(fields[1])
	if err != nil {
		t.Fatal(err)
	}
	span := order(1, 1)
	span.TraceID = trace
	var parent uint64
	if _, err := fmt.Sscanf(fields[2], "%x", &parent); err != nil {
		t.Fatal(err)
	}
	for i := range span.Parent {
		span.Parent[i] = byte(parent >> (8 * (7 - i)))
	}
	s.send("", span)
	s.want("GET", opened.URL+"/tree", "", 200, orderTree)
}

func TestSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, session.Config{})
		s.open("?name=a")
		time.AfterFunc(time.Second, func() { s.want("DELETE", session.Path+"/a", "", 204, "") })
		s.want("POST", session.Path+"/a/expect?within=30s", orderTree, 410, `session "a" was ended meanwhile`)
		s.want("GET", session.Path+"/a", "", 404, `no session "a" is open`)
		s.open("?name=a")
		time.Sleep(time.Hour - time.Second) // of the bubble
		s.want("GET", session.Path+"/a", "", 200, `"spans": 0`)
		time.Sleep(2 * time.Second)
		s.want("GET", session.Path+"/a", "", 404, "older than 1h0m0s")
	})
}

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, session.Config{Sessions: 2, Spans: 3, Waiting: 1, Memory: 1 << 20})
		s.open("?name=a")
		s.open("?name=b")
		s.want("POST", session.Path, "", 503, "2 sessions are open, as many as can be")
		go s.do("POST", session.Path+"/a/expect?within=10s", "shop: nothing (root)")
		synctest.Wait()
		s.want("POST", session.Path+"/a/expect", orderTree, 503, "1 requests wait for spans")
		time.Sleep(11 * time.Second)

		s.send("a", order(1, 1), order(1, 2), order(1, 3))
		s.want("POST", session.Path+"/a/expect", "3x shop: order (root)", 200, "")
		s.send("a", order(1, 3), order(1, 4))
		s.want("POST", session.Path+"/a/expect", "3x shop: order (root)", 409, "the trace can't be compared")
		s.want("GET", session.Path+"/a", "", 200, `"dropped": 1`)

		large := order(2, 1)
		large.Attributes = []tracetree.Attr{{Key: "text", Value: tracetree.String(strings.Repeat("x", 1<<20))}}
		s.send("b", large)
		s.want("POST", session.Path+"/b/expect", orderTree, 409, "1 further spans: the session has 0, as many as")
		s.want("DELETE", session.Path+"/b", "", 204, "")
		s.open("?name=c")
	})
}

// Spans of traces in no session wait for a while, and make room for newer ones.
func TestWaitingSpansAreBounded(t *testing.T) {
	s := serve(t, session.Config{})
	s.open("?name=a")
	for i := range 25_000 {
		span := order(0, 1)
		span.TraceID = tracetree.TraceID{1, byte(i >> 8), byte(i)}
		span.Links = []tracetree.Link{{TraceID: tracetree.TraceID{7}}}
		s.send("", span)
	}
	s.send("a", order(7, 1))
	s.want("GET", session.Path+"/a", "", 200, `"spans": 10001`)
}

func FuzzRequests(f *testing.F) {
	f.Add("POST", "", "name=a", "")
	f.Add("POST", "", "traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "")
	f.Add("POST", "/a/expect", "within=1ms&quiet=1ms&any&view=full&attributes=true", orderTree)
	f.Add("PUT", "/a/golden", "update&within=1ms", "# c\nshop: x\n")
	f.Add("GET", "/a/tree", "view=compact", "")
	f.Add("POST", "/a/check", "quiet=1ms", "")
	f.Add("DELETE", "/a", "", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		sessions := session.New(session.Config{})
		defer sessions.Close()
		api := sessions.Handler()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		for _, r := range []*http.Request{
			{Method: "POST", URL: &url.URL{Path: session.Path, RawQuery: "name=a"}, Body: http.NoBody},
			{
				Method: method, URL: &url.URL{Path: session.Path + path, RawQuery: query},
				Body: io.NopCloser(strings.NewReader(body)),
			},
		} {
			w := httptest.NewRecorder()
			sessions.Add(ctx, []tracetree.Span{order(1, 1)})
			api.ServeHTTP(w, r.WithContext(ctx))
			if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
				t.Errorf("%s %s?%s: %d %s", method, path, query, w.Code, w.Body)
			}
		}
	})
}

// TestTracesWithoutASession is about a program that exports, but not to the session: the report has
// its traces.
func TestTracesWithoutASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, session.Config{})
		s.open("?name=earlier")
		s.send("", order(1, 1))
		time.Sleep(time.Second) // of the bubble
		at := s.open("?name=a").URL
		const without = "Meanwhile, spans came without a session: "
		if _, report := s.do("POST", at+"/expect", orderTree); strings.Contains(report, without) {
			t.Errorf("the report has a trace that came before the session was opened:\n%s", report)
		}
		child := order(2, 2)
		child.Name, child.Parent = "load", tracetree.SpanID{1}
		s.send("", child)
		s.want("POST", at+"/expect", orderTree, 409, without+"shop: load in trace "+traceOf(2)+".\n")
		s.send("", order(2, 1))
		s.want("POST", at+"/expect", orderTree, 409, without+"shop: order in trace "+traceOf(2)+".\n")
		secret := order(3, 1)
		secret.Name = "login password=hunter2-correct-horse"
		s.send("", secret)
		_, report := s.do("POST", at+"/expect", orderTree)
		if strings.Contains(report, "hunter2") || !strings.Contains(report, "login") {
			t.Errorf("want the span without its secret:\n%s", report)
		}
		s.send("", order(1, 2), order(4, 1), order(5, 1))
		s.want("POST", at+"/expect", orderTree, 409,
			without+"shop: order in trace "+traceOf(5)+"; shop: order in trace "+traceOf(4)+"; ")
		s.want("POST", at+"/expect", orderTree, 409, "; 2 more.\n")
		s.send("a", order(5, 2))
		s.want("POST", at+"/expect", "2x "+orderTree, 200, "")
	})
}

func TestForeignSpansAreCounted(t *testing.T) {
	s := serve(t, session.Config{})
	s.open("?name=a")
	s.open("?name=b")
	s.send("a", order(1, 1))
	s.send("b", order(1, 2), order(1, 3))
	s.want("GET", session.Path+"/b", "", 200,
		"2x other spans of its trace belong to session a, the first one: shop: order in trace "+traceOf(1))
}
