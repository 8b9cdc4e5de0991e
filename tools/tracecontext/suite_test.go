package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The context that the harness sends, in parts.
const (
	theirTrace = "12345678901234567890123456789012"
	theirSpan  = "1234567890123456"
	theirs     = theirTrace + "-" + theirSpan
	sampled    = "traceparent: 00-" + theirs + "-01"
	unsampled  = "traceparent: 00-" + theirs + "-00"
)

// A suiteTest is a request of the harness, and what it wants of the requests that it is sent.
type suiteTest struct {
	name    string   // the test of the public suite that asks for the same, or what the specification demands
	headers []string // lines of the request, as they are
	flags   string   // of the trace that goes on; "" if a new one begins
	state   string   // the members of tracestate
}

// What the public suite asks for at its strictest level, and with each test the cases beside it.
var suiteTests = []suiteTest{
	begins("both_traceparent_and_tracestate_missing"),
	continues("traceparent_included_tracestate_missing", sampled),
	begins("traceparent_duplicated", sampled, "traceparent: 00-"+strings.Repeat("3", 32)+"-"+theirSpan+"-01"),
	begins("traceparent_header_name", "trace-parent: 00-"+theirs+"-01"),
	begins("traceparent_header_name", "trace.parent: 00-"+theirs+"-01"),
	continues("traceparent_header_name_valid_casing", "TraceParent: 00-"+theirs+"-01"),
	continues("traceparent_header_name_valid_casing", "TrAcEpArEnT: 00-"+theirs+"-01"),
	continues("traceparent_header_name_valid_casing", "TRACEPARENT: 00-"+theirs+"-01"),
	begins("traceparent_version_0x00", sampled+"."),
	begins("traceparent_version_0x00", sampled+"-what-the-future-has"),
	continues("traceparent_version_0xcc", "traceparent: cc-"+theirs+"-01"),
	continues("traceparent_version_0xcc", "traceparent: cc-"+theirs+"-01-what-the-future-has"),
	begins("traceparent_version_0xcc", "traceparent: cc-"+theirs+"-01.what-the-future-has"),
	begins("traceparent_version_0xff", "traceparent: ff-"+theirs+"-01"),
	begins("traceparent_version_illegal_characters", "traceparent: .0-"+theirs+"-01"),
	begins("traceparent_version_illegal_characters", "traceparent: 0.-"+theirs+"-01"),
	begins("traceparent_version_too_long", "traceparent: 000-"+theirs+"-01"),
	begins("traceparent_version_too_long", "traceparent: 0000-"+theirs+"-01"),
	begins("traceparent_version_too_short", "traceparent: 0-"+theirs+"-01"),
	begins("traceparent_trace_id_all_zero", "traceparent: 00-"+strings.Repeat("0", 32)+"-"+theirSpan+"-01"),
	begins("traceparent_trace_id_illegal_characters", "traceparent: 00-."+theirs[1:]+"-01"),
	begins("traceparent_trace_id_illegal_characters", "traceparent: 00-"+theirTrace[1:]+".-"+theirSpan+"-01"),
	begins("traceparent_trace_id_too_long", "traceparent: 00-"+theirTrace+"3-"+theirSpan+"-01"),
	begins("traceparent_trace_id_too_short", "traceparent: 00-"+theirs[1:]+"-01"),
	begins("traceparent_parent_id_all_zero", "traceparent: 00-"+theirTrace+"-"+strings.Repeat("0", 16)+"-01"),
	begins("traceparent_parent_id_illegal_characters", "traceparent: 00-"+theirTrace+"-."+theirSpan[1:]+"-01"),
	begins("traceparent_parent_id_illegal_characters", "traceparent: 00-"+theirTrace+"-"+theirSpan[1:]+".-01"),
	begins("traceparent_parent_id_too_long", "traceparent: 00-"+theirs+"7-01"),
	begins("traceparent_parent_id_too_short", "traceparent: 00-"+theirTrace+"-"+theirSpan[1:]+"-01"),
	begins("traceparent_trace_flags_illegal_characters", "traceparent: 00-"+theirs+"-.0"),
	begins("traceparent_trace_flags_illegal_characters", "traceparent: 00-"+theirs+"-0."),
	begins("traceparent_trace_flags_too_long", "traceparent: 00-"+theirs+"-001"),
	begins("traceparent_trace_flags_too_short", "traceparent: 00-"+theirs+"-1"),
	continues("traceparent_ows_handling", "traceparent:\t  00-"+theirs+"-01"),
	continues("traceparent_ows_handling", "traceparent: 00-"+theirs+"-01 \t "),

	begins("tracestate_included_traceparent_missing", "tracestate: foo=1"),
	begins("tracestate_included_traceparent_missing", "tracestate: foo=1,bar=2"),
	keeps("tracestate_included_traceparent_included", "foo=1,bar=2", "tracestate: foo=1,bar=2"),
	keeps("tracestate_header_name", "", "trace-state: foo=1"),
	keeps("tracestate_header_name", "", "trace.state: foo=1"),
	keeps("tracestate_header_name_valid_casing", "foo=1", "TraceState: foo=1"),
	keeps("tracestate_header_name_valid_casing", "foo=1", "TrAcEsTaTe: foo=1"),
	keeps("tracestate_header_name_valid_casing", "foo=1", "TRACESTATE: foo=1"),
	keeps("tracestate_empty_header", "", "tracestate:"),
	keeps("tracestate_empty_header", "foo=1", "tracestate: foo=1", "tracestate:"),
	keeps("tracestate_empty_header", "foo=1", "tracestate:", "tracestate: foo=1"),
	keeps("tracestate_multiple_headers_different_keys", "foo=1,bar=2,rojo=1,congo=2,baz=3",
		"tracestate: foo=1,bar=2", "tracestate: rojo=1,congo=2", "tracestate: baz=3"),
	keeps("tracestate_duplicated_keys", "", "tracestate: foo=1,foo=1"),
	keeps("tracestate_duplicated_keys", "", "tracestate: foo=1,foo=2"),
	keeps("tracestate_duplicated_keys", "", "tracestate: foo=1", "tracestate: foo=1"),
	keeps("tracestate_duplicated_keys", "", "tracestate: foo=1", "tracestate: foo=2"),
	keeps("tracestate_all_allowed_characters", everyKey+"="+everyValue(), "tracestate: "+everyKey+"="+everyValue()),
	keeps("tracestate_all_allowed_characters", everyKey+"@a-z0-9_-*/=1", "tracestate: "+everyKey+"@a-z0-9_-*/=1"),
	keeps("tracestate_ows_handling", "foo=1,bar=2,baz=3", "tracestate: foo=1 \t , \t bar=2, \t baz=3"),
	keeps("tracestate_ows_handling", "foo=1,bar=2,baz=3", "tracestate: foo=1\t \t,\t \tbar=2,\t \tbaz=3"),
	keeps("tracestate_ows_handling", "foo=1", "tracestate:\t foo=1 \t"),
	keeps("tracestate_key_illegal_characters", "", "tracestate: foo =1"),
	keeps("tracestate_key_illegal_characters", "", "tracestate: FOO=1"),
	keeps("tracestate_key_illegal_characters", "", "tracestate: foo.bar=1"),
	keeps("tracestate_key_illegal_vendor_format", "", "tracestate: foo@=1,bar=2"),
	keeps("tracestate_key_illegal_vendor_format", "", "tracestate: @foo=1,bar=2"),
	keeps("tracestate_key_illegal_vendor_format", "", "tracestate: foo@@bar=1,bar=2"),
	keeps("tracestate_key_illegal_vendor_format", "", "tracestate: foo@bar@baz=1,bar=2"),
	keeps("tracestate_member_count_limit", members(1, 32), "tracestate: "+members(1, 20), "tracestate: "+members(21, 32)),
	keeps("tracestate_member_count_limit", "", "tracestate: "+members(1, 20), "tracestate: "+members(21, 33)),
	keeps("tracestate_key_length_limit", "foo=1,"+key(256, 0), "tracestate: foo=1", "tracestate: "+key(256, 0)),
	keeps("tracestate_key_length_limit", "", "tracestate: foo=1", "tracestate: "+key(257, 0)),
	keeps("tracestate_key_length_limit", "foo=1,"+key(241, 14), "tracestate: foo=1", "tracestate: "+key(241, 14)),
	keeps("tracestate_key_length_limit", "", "tracestate: foo=1", "tracestate: "+key(242, 1)),
	keeps("tracestate_key_length_limit", "", "tracestate: foo=1", "tracestate: "+key(1, 15)),
	keeps("tracestate_value_illegal_characters", "", "tracestate: foo=bar=baz"),
	keeps("tracestate_value_illegal_characters", "", "tracestate: foo=,bar=3"),
}

// What level 2 of the specification demands and the public suite doesn't test.
var levelTwoTests = []suiteTest{
	{"3.2.2.5.1: sampled", []string{sampled}, "01", ""},
	{"3.2.2.5.1: not sampled", []string{unsampled}, "00", ""},
	{"3.2.2.5.2: the random flag goes on", []string{"traceparent: 00-" + theirs + "-02"}, "02", ""},
	{"3.2.2.5.2: both flags go on", []string{"traceparent: 00-" + theirs + "-03"}, "03", ""},
	{"3.2.2.5.3: other flags are ignored, and sent as zero", []string{"traceparent: 00-" + theirs + "-fd"}, "01", ""},
	{"3.2.4: a later version is sent on as version 00", []string{"traceparent: 01-" + theirs + "-f3-more"}, "03", ""},
	begins("3.3: an invalid traceparent takes tracestate with it", sampled+"-more", "tracestate: foo=1"),
	begins("3.3: two traceparents take tracestate with them", sampled, sampled, "tracestate: foo=1"),
	keeps("3.3.1.1: empty members are skipped", "foo=1,bar=2", "tracestate: foo=1, ,\t,bar=2,"),
	keeps("3.3.1.1: 32 members and empty ones", members(1, 32), "tracestate: "+members(1, 32)+", ,", "tracestate: ,"),
	keeps("3.3.1.3.2: a value of 256 characters", "foo="+value(256), "tracestate: foo="+value(256)),
	keeps("3.3.1.3.2: a value of 257 characters", "", "tracestate: bar=1,foo="+value(257)),
	keeps("3.3.1.5: 512 characters go on", "k1="+value(252)+",k2="+value(253),
		"tracestate: k1="+value(252)+",k2="+value(253)),
	keeps("3.3.1.5: 512 characters in two headers go on", "k1="+value(252)+",k2="+value(253),
		"tracestate: k1="+value(252), "tracestate: k2="+value(253)),
	keeps("3.3.1.5: more than 512 go on", "k1="+value(256)+",k2="+value(256)+",k3="+value(256),
		"tracestate: k1="+value(256)+",k2="+value(256)+",k3="+value(256)),
}

func begins(name string, headers ...string) suiteTest { return suiteTest{name, headers, "", ""} }

func continues(name string, headers ...string) suiteTest { return suiteTest{name, headers, "01", ""} }

func keeps(name, state string, headers ...string) suiteTest {
	return suiteTest{name, append([]string{unsampled}, headers...), "00", state}
}

func value(n int) string { return strings.Repeat("v", n) }

// everyKey has every character that a key may have.
const everyKey = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"

// everyValue has every character that a value may have, the space not at its end.
func everyValue() string {
	var b strings.Builder
	for c := byte(' '); c <= '~'; c++ {
		if c != ',' && c != '=' {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func members(first, last int) string {
	var list []string
	for i := first; i <= last; i++ {
		list = append(list, fmt.Sprintf("bar%02d=%02d", i, i))
	}
	return strings.Join(list, ",")
}

// key returns a member whose key has a tenant and a system of these lengths, or is of one part.
func key(tenant, system int) string {
	k := strings.Repeat("t", tenant)
	if system > 0 {
		k += "@" + strings.Repeat("v", system)
	}
	return k + "=1"
}

// The service does what the public suite requests, and what level 2 demands beyond that.
func TestPublicSuite(t *testing.T) {
	h := newHarness(t)
	for _, tt := range slices.Concat(suiteTests, levelTwoTests) {
		t.Run(tt.name, func(t *testing.T) {
			// AdvancedTest of the suite: several calls have a trace in common, and a parent each.
			got := h.ask(t, tt.headers, 3)
			parents := map[string]bool{}
			for _, c := range got {
				parents[c.span] = true
				goesOn, flags := tt.flags != "", tt.flags
				if !goesOn {
					flags = "03" // sampled, and random as level 2 wants new IDs to be marked
				}
				if (c.trace == theirTrace) != goesOn || c.trace != got[0].trace {
					t.Errorf("traces are %v; is %s continued: want %t", got, theirTrace, goesOn)
				}
				if c.flags != flags {
					t.Errorf("flags are %s, want %s", c.flags, flags)
				}
				if c.state != tt.state {
					t.Errorf("tracestate is %q, want %q", c.state, tt.state)
				}
			}
			if parents[theirSpan] || len(parents) != len(got) {
				t.Errorf("parents of the calls are %v, want one each, and none that the harness sent", got)
			}
		})
	}
}

// A call of the service to itself is a step of the trace like any other.
func TestCallsItself(t *testing.T) {
	h := newHarness(t)
	inner := fmt.Sprintf(`[{"url": %q, "arguments": []}]`, h.url)
	body := fmt.Sprintf(`[{"url": %q, "arguments": %s}]`, h.service, inner)
	if status, text := h.post(t, []string{sampled}, body); status != http.StatusOK {
		t.Fatalf("%d %s, want 200", status, text)
	}
	if got := h.received(t, 1)[0]; got.trace != theirTrace || got.span == theirSpan {
		t.Errorf("the innermost call has %+v, want trace %s and a parent of its own", got, theirTrace)
	}
}

// The harness is sent the arguments as they are.
func TestPassesArgumentsOn(t *testing.T) {
	h := newHarness(t)
	for _, tt := range []struct{ reason, call, want string }{
		{"as they are", `{"url": %q, "arguments": [1, {"a": "b"}]}`, `[1, {"a": "b"}]`},
		{"none are an empty list", `{"url": %q}`, `[]`},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			if status, text := h.post(t, nil, "["+fmt.Sprintf(tt.call, h.url)+"]"); status != http.StatusOK {
				t.Fatalf("%d %s, want 200", status, text)
			}
			if got := h.received(t, 1)[0].body; got != tt.want {
				t.Errorf("body is %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRefusesRequests(t *testing.T) {
	service := newService(false)
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "broken", http.StatusInternalServerError)
	}))
	t.Cleanup(failing.Close)
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"url":"http://127.0.0.1:1"},`, maxCalls+1), ",") + "]"
	for _, tt := range []struct {
		reason, body string
		status       int
		want         string
	}{
		{"no JSON", `[{`, 400, `want a JSON list of {"url": …, "arguments": […]}`},
		{"no list", `{"url": "http://127.0.0.1"}`, 400, "want a JSON list"},
		{"null is no list", `null`, 400, "want a JSON list"},
		{"no url", `[{"arguments": []}]`, 400, `url of call 1 is "", want an absolute one of HTTP`},
		{"another scheme", `[{"url": "file:///etc/passwd"}]`, 400, "want an absolute one of HTTP"},
		{"too many calls", many, 400, "101 calls, want at most 100"},
		{"too large", `["` + strings.Repeat("x", maxBody) + `"]`, 413, "too large"},
		{"another machine", `[{"url": "http://192.0.2.1/"}]`, 502, "192.0.2.1:80 is another machine: start with -any-host"},
		{"a call that fails", `[{"url": "` + failing.URL + `"}]`, 502, "call 1 of 1: POST " + failing.URL + ": 500"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			w := httptest.NewRecorder()
			service.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/test", strings.NewReader(tt.body)))
			if text := w.Body.String(); w.Code != tt.status || !strings.Contains(text, tt.want) {
				t.Errorf("answer is %d %s, want %d %s", w.Code, text, tt.status, tt.want)
			}
		})
	}
}

// FuzzReadCalls looks for a request that is neither refused nor a list of calls that can be made.
func FuzzReadCalls(f *testing.F) {
	f.Add(`[{"url": "http://127.0.0.1/", "arguments": [{"url": "http://127.0.0.1/", "arguments": []}]}]`)
	f.Add(`[{"url": "http://[::1"}]`)
	f.Add(`[null]`)
	f.Fuzz(func(t *testing.T, body string) {
		calls, err := readCalls(strings.NewReader(body))
		if err != nil {
			return
		}
		for _, c := range calls {
			if !json.Valid(c.Arguments) || !strings.HasPrefix(strings.ToLower(c.URL), "http") || len(calls) > maxCalls {
				t.Errorf("%q is read as %+v", body, calls)
			}
		}
	})
}

// A harness plays the part of the public suite: it asks the service to call it back, and looks at
// the context of these calls.
type harness struct {
	service string // URL
	url     string // of the harness
	calls   chan callback
}

// A callback is a request that the harness was sent.
type callback struct{ trace, span, flags, state, body string }

// newHarness starts a harness for the service whose URL is in TRACELAB_TRACECONTEXT, or for one in
// this process.
func newHarness(t *testing.T) *harness {
	t.Helper()
	h := &harness{calls: make(chan callback, maxCalls)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		c := callback{state: strings.Join(r.Header.Values("Tracestate"), ","), body: string(body)}
		parents := r.Header.Values("Traceparent")
		fields := traceparent.FindStringSubmatch(strings.Join(parents, ","))
		if err != nil || fields == nil {
			t.Errorf("traceparent is %q (%v), want one of version 00", parents, err)
		} else {
			c.trace, c.span, c.flags = fields[1], fields[2], fields[3]
		}
		h.calls <- c
	}))
	t.Cleanup(server.Close)
	h.url, h.service = server.URL+"/callback", os.Getenv("TRACELAB_TRACECONTEXT")
	if h.service == "" {
		service := httptest.NewServer(newService(false))
		t.Cleanup(service.Close)
		h.service = service.URL + "/test"
	}
	return h
}

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[0-3])$`)

// ask has the service call back n times, and returns the calls.
func (h *harness) ask(t *testing.T, headers []string, n int) []callback {
	t.Helper()
	body := strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"url": %q, "arguments": []},`, h.url), n), ",")
	if status, text := h.post(t, headers, "["+body+"]"); status != http.StatusOK {
		t.Fatalf("%d %s, want 200", status, text)
	}
	return h.received(t, n)
}

// received returns the next n calls. The service has made them when it has answered.
func (h *harness) received(t *testing.T, n int) []callback {
	t.Helper()
	if len(h.calls) != n {
		t.Fatalf("%d calls were made, want %d", len(h.calls), n)
	}
	var got []callback
	for range n {
		got = append(got, <-h.calls)
	}
	return got
}

// post sends a request with these lines of headers exactly as they are: an HTTP client would change
// their case and trim their values.
func (h *harness) post(t *testing.T, headers []string, body string) (status int, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(h.service, "http://"), "/test"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	lines := append([]string{
		"POST /test HTTP/1.1", "Host: service", "Connection: close",
		fmt.Sprintf("Content-Length: %d", len(body)),
	}, headers...)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"+body); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(answer), "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	_, text, _ = strings.Cut(string(answer), "\r\n\r\n")
	return status, text
}
