package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"tracelab/gateway"
	"tracelab/telemetry"
)

// The context that a caller sends in these tests.
const (
	w3cTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	w3cParent = "00f067aa0ba902b7"
	w3cZeros  = "00000000000000000000000000000000"
	w3cHead   = w3cTrace + "-" + w3cParent
)

// contextTest is a request to the gateway, and the context that the gateway sends on.
type contextTest struct {
	reason  string
	headers []string // lines of the request, as they are
	flags   string   // of the continued trace; "" for a new one
	state   string
}

// W3C Trace Context, level 2, section 3.2: the traceparent header.
var traceparentTests = []contextTest{
	{reason: "no header: a new trace"},
	sameTrace("3.2.2: version, trace-id, parent-id, flags", "00-"+w3cHead+"-01", "01"),
	{"3.2: the name in any case", []string{"TrAcEpArEnT: 00-" + w3cHead + "-01"}, "01", ""},
	{reason: "3.2.1: another name", headers: []string{"trace-parent: 00-" + w3cHead + "-01"}},
	{"white space around a value isn't a part of it", []string{"traceparent:\t  00-" + w3cHead + "-01 \t "}, "01", ""},
	{reason: "more than one header", headers: []string{validParent, validParent}},
	{reason: "more than one in other cases", headers: []string{validParent, strings.Replace(validParent, "t", "T", 1)}},
	newTrace("two values in one header", "00-"+w3cHead+"-01,00-"+w3cHead+"-01"),
	{reason: "an empty header", headers: []string{"traceparent:"}},

	newTrace("3.2.2.1: version ff", "ff-"+w3cHead+"-01"),
	newTrace("version of one digit", "0-"+w3cHead+"-01"),
	newTrace("version of three digits", "000-"+w3cHead+"-01"),
	newTrace("version in upper case", "CC-"+w3cHead+"-01"),
	newTrace("version that isn't hexadecimal", "0.-"+w3cHead+"-01"),

	newTrace("3.2.2.3: trace-id of zeros", "00-"+w3cZeros+"-"+w3cParent+"-01"),
	newTrace("trace-id in upper case", "00-"+strings.ToUpper(w3cTrace)+"-"+w3cParent+"-01"),
	newTrace("trace-id too short", "00-"+w3cTrace[1:]+"-"+w3cParent+"-01"),
	newTrace("trace-id too long", "00-"+w3cTrace+"0-"+w3cParent+"-01"),
	newTrace("trace-id that isn't hexadecimal", "00-"+w3cTrace[1:]+"g-"+w3cParent+"-01"),

	newTrace("3.2.2.4: parent-id of zeros", "00-"+w3cTrace+"-0000000000000000-01"),
	newTrace("parent-id in upper case", "00-"+w3cTrace+"-"+strings.ToUpper(w3cParent)+"-01"),
	newTrace("parent-id too short", "00-"+w3cTrace+"-"+w3cParent[1:]+"-01"),
	newTrace("parent-id too long", "00-"+w3cTrace+"-"+w3cParent+"0-01"),
	newTrace("parent-id that isn't hexadecimal", "00-"+w3cTrace+"-."+w3cParent[1:]+"-01"),

	sameTrace("3.2.2.5: not sampled", "00-"+w3cHead+"-00", "00"),
	sameTrace("the random flag goes on", "00-"+w3cHead+"-02", "02"),
	sameTrace("both flags", "00-"+w3cHead+"-03", "03"),
	sameTrace("reserved flags are ignored, and sent as zero", "00-"+w3cHead+"-fd", "01"),
	newTrace("flags of one digit", "00-"+w3cHead+"-1"),
	newTrace("flags of three digits", "00-"+w3cHead+"-001"),
	newTrace("flags in upper case", "00-"+w3cHead+"-0F"),
	newTrace("flags that aren't hexadecimal", "00-"+w3cHead+"-.0"),

	newTrace("version 00 with more fields", "00-"+w3cHead+"-01-more"),
	newTrace("version 00 with a dash at its end", "00-"+w3cHead+"-01-"),
	newTrace("version 00 with a full stop at its end", "00-"+w3cHead+"-01."),

	sameTrace("3.2.4: a later version, sent on as version 00", "cc-"+w3cHead+"-01", "01"),
	sameTrace("a later version with more fields", "cc-"+w3cHead+"-01-what-the-future-has", "01"),
	sameTrace("a later version with other flags", "01-"+w3cHead+"-f1", "01"),
	newTrace("a later version without a dash after the flags", "cc-"+w3cHead+"-01.what"),
	newTrace("a later version that is too short", "cc-"+w3cTrace+"-"+w3cParent),
	newTrace("a later version with a trace-id of zeros", "cc-"+w3cZeros+"-"+w3cParent+"-01"),
}

// sameTrace is a test of a traceparent that is continued with these flags.
func sameTrace(reason, parent, flags string) contextTest {
	return contextTest{reason, []string{"traceparent: " + parent}, flags, ""}
}

// newTrace is a test of a traceparent that can't be read.
func newTrace(reason, parent string) contextTest { return sameTrace(reason, parent, "") }

// W3C Trace Context, level 2, section 3.3: the tracestate header.
var tracestateTests = []contextTest{
	stateTest("one member", "foo=1", "foo=1"),
	stateTest("the order is kept", "foo=1,bar=2,a=3", "foo=1,bar=2,a=3"),
	{"the name in any case", []string{validParent, "TRACESTATE: foo=1"}, "01", "foo=1"},
	{"another name", []string{validParent, "trace-state: foo=1"}, "01", ""},
	{reason: "3.3: nothing without a traceparent", headers: []string{"tracestate: foo=1"}},
	{reason: "nothing with an invalid traceparent", headers: []string{"traceparent: 00-" + w3cHead, "tracestate: foo=1"}},
	{reason: "nothing with two traceparents", headers: []string{validParent, validParent, "tracestate: foo=1"}},
	{"a later version", []string{"traceparent: cc-" + w3cHead + "-01-x", "tracestate: foo=1"}, "01", "foo=1"},
	{
		"3.3.1: several headers are one list, in order",
		[]string{validParent, "tracestate: foo=1,bar=2", "Tracestate: rojo=1", "tracestate: baz=3"},
		"01", "foo=1,bar=2,rojo=1,baz=3",
	},
	{"an empty header", []string{validParent, "tracestate:"}, "01", ""},
	{"an empty header before another", []string{validParent, "tracestate:", "tracestate: foo=1"}, "01", "foo=1"},
	{"an empty header after another", []string{validParent, "tracestate: foo=1", "tracestate: "}, "01", "foo=1"},

	stateTest("3.3.1.1: an empty member", "foo=1,,bar=2", "foo=1,bar=2"),
	stateTest("a member of spaces", "foo=1, ,bar=2", "foo=1,bar=2"),
	stateTest("a member of tabs and spaces", "foo=1,\t \t,bar=2", "foo=1,bar=2"),
	stateTest("empty members at both ends", " ,foo=1,", "foo=1"),
	stateTest("empty members only", ", \t,", ""),
	stateTest("white space around members", "foo=1 \t , \t bar=2,\tbaz=3", "foo=1,bar=2,baz=3"),
	stateTest("32 members", members(32), members(32)),
	stateTest("32 members and empty ones", members(32)+", ,", members(32)),
	stateTest("33 members: the list is dropped", members(33), ""),
	stateTest("a key twice: the list is dropped", "foo=1,bar=2,foo=1", ""),
	{"a key twice in two headers", []string{validParent, "tracestate: foo=1", "tracestate: foo=2"}, "01", ""},

	stateTest("3.3.1.3.1: all characters of a key", "a0_-*/z=1", "a0_-*/z=1"),
	stateTest("a key with a tenant", "0t_-*/@v0_-*/=1", "0t_-*/@v0_-*/=1"),
	stateTest("a key of 256 characters", strings.Repeat("z", 256)+"=1", strings.Repeat("z", 256)+"=1"),
	stateTest("a key of 257 characters", "foo=1,"+strings.Repeat("z", 257)+"=1", ""),
	stateTest("a tenant of 241 and a system of 14", tenant(241, 14), tenant(241, 14)),
	stateTest("a key in upper case", "foo=1,FOO=1", ""),
	stateTest("a key with another character", "foo=1,foo.bar=1", ""),
	stateTest("a space after a key", "foo =1,bar=2", ""),
	stateTest("no key", "foo=1,=1", ""),
	stateTest("a key that begins with @", "@foo=1,bar=2", ""),
	// Level 2 allows any of its characters, also @ and digits, anywhere but @ at the beginning. The
	// type of OpenTelemetry's span contexts can't contain such keys: it has the grammar of level 1.
	// W3C demands to drop a list that can't be parsed, and its own test suite expects the same of
	// these.
	stateTest("differs from level 2: a digit without a tenant", "0foo=1,bar=2", ""),
	stateTest("differs from level 2: a tenant of 242", tenant(242, 1), ""),
	stateTest("differs from level 2: a system of 15", tenant(1, 15), ""),
	stateTest("differs from level 2: @ twice", "foo@bar@baz=1,bar=2", ""),
	stateTest("differs from level 2: nothing after @", "foo@=1,bar=2", ""),

	stateTest("3.3.1.3.2: all characters of a value", "foo="+valueCharacters(), "foo="+valueCharacters()),
	stateTest("a value that begins with a space", "foo=  1", "foo=  1"),
	stateTest("a value of 256 characters", "foo="+strings.Repeat("v", 256), "foo="+strings.Repeat("v", 256)),
	stateTest("a value of 257 characters", "foo="+strings.Repeat("v", 257), ""),
	stateTest("an equals sign in a value", "foo=bar=baz", ""),
	stateTest("no value", "foo=,bar=3", ""),
	stateTest("no equals sign", "foo,bar=3", ""),
	stateTest("a value that isn't ASCII", "foo=ü,bar=3", ""),
	stateTest("3.3.1.5: 512 characters and more go on", long(4), long(4)),
}

const validParent = "traceparent: 00-" + w3cHead + "-01"

// stateTest is a test of one tracestate header next to a valid traceparent.
func stateTest(reason, header, want string) contextTest {
	return contextTest{reason, []string{validParent, "tracestate: " + header}, "01", want}
}

// members returns a list of n short members.
func members(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("bar%02d=%02d", i, i))
	}
	return strings.Join(list, ",")
}

// long returns a list of n members of about 200 characters.
func long(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("k%d=%s", i, strings.Repeat("v", 200)))
	}
	return strings.Join(list, ",")
}

func tenant(tenant, system int) string {
	return strings.Repeat("t", tenant) + "@" + strings.Repeat("v", system) + "=1"
}

// valueCharacters returns every character that a value may have.
func valueCharacters() string {
	var b strings.Builder
	for c := byte(' '); c <= '~'; c++ {
		if c != ',' && c != '=' {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// The gateway continues and passes on the contexts that W3C's specification describes: what a
// request carries over HTTP is compared with what the call of the task service carries over gRPC.
func TestTraceContextLevel2(t *testing.T) {
	at, sent := contextGateway(t)
	for _, tt := range slices.Concat(traceparentTests, tracestateTests) {
		t.Run(tt.reason, func(t *testing.T) {
			get(t, at, tt.headers)
			md := <-sent
			parent, state := strings.Join(md["traceparent"], " + "), strings.Join(md["tracestate"], " + ")
			fields := strings.Split(parent, "-")
			if len(fields) != 4 || len(parent) != 55 || fields[0] != "00" {
				t.Fatalf("traceparent is %q, want one of version 00", parent)
			}
			switch trace, span, flags := fields[1], fields[2], fields[3]; {
			case span == w3cParent || strings.Trim(span, "0") == "" || strings.Trim(trace, "0") == "":
				t.Errorf("traceparent is %s, want an id of its own", parent)
			case tt.flags == "" && strings.EqualFold(trace, w3cTrace):
				t.Errorf("traceparent is %s, want another trace", parent)
			case tt.flags == "" && flags != "03":
				t.Errorf("traceparent is %s, want the flags of a new trace: sampled, and random as level 2 demands", parent)
			case tt.flags != "" && (trace != w3cTrace || flags != tt.flags):
				t.Errorf("traceparent is %s, want the trace %s with the flags %s", parent, w3cTrace, tt.flags)
			}
			if state != tt.state {
				t.Errorf("tracestate is %q, want %q", state, tt.state)
			}
		})
	}
}

// contextGateway serves a gateway over TCP. The channel has what its calls carry.
func contextGateway(t *testing.T) (address string, sent <-chan metadata.MD) {
	t.Helper()
	calls := make(chan metadata.MD, 1)
	service, _ := traced(t, telemetry.Config{})
	answer := func(ctx context.Context, _ any, _ *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		calls <- md
		return nil, status.Error(codes.NotFound, "no")
	}
	server := httptest.NewServer(newGateway(t, gateway.Config{
		Telemetry: service, Tasks: dialTraced(t, service, answer, 1),
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), calls
}

// get sends a request with these lines of headers exactly as they are.
func get(t *testing.T, address string, headers []string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	lines := append([]string{"GET /tasks/1 HTTP/1.1", "Host: gateway", "Connection: close"}, headers...)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 404 ") {
		t.Fatalf("%v: %s, want 404", err, answer)
	}
}
