package lab_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/worker"
)

const (
	callerTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	callerSpan   = "00f067aa0ba902b7"
	callerParent = "00-" + callerTrace + "-" + callerSpan + "-01"
)

// withHeaders is a CreateTask with more headers, given as "name: value".
func withHeaders(headers ...string) lab.Request {
	r := createRequest
	r.Header = http.Header{}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func TestCallersTraceGoesOnToTheWorkersLastSpan(t *testing.T) {
	l := start(t, lab.Config{})
	ask(t, l, withHeaders("traceparent: "+callerParent, "tracestate: vendor=opaque", "baggage: tenant_id=acme,user_id=42"))
	spans := l.Spans()
	if len(spans) != 7 {
		t.Fatalf("%d spans, want 7", len(spans))
	}
	for _, span := range spans {
		sc, attrs := span.SpanContext(), attributesOf(span)
		if sc.TraceID().String() != callerTrace {
			t.Errorf("%s is in trace %s", span.Name(), sc.TraceID())
		}
		if got := sc.TraceState().Get("vendor"); got != "opaque" {
			t.Errorf("%s has vendor=%q in its tracestate", span.Name(), got)
		}
		if got := attrs["tenant_id"].AsString(); got != "acme" {
			t.Errorf("%s has tenant_id %q", span.Name(), got)
		}
		if _, ok := attrs["user_id"]; ok {
			t.Errorf("%s has user_id, which nobody allowed", span.Name())
		}
		for key, value := range attrs {
			if strings.Contains(value.String(), "42") && key != "http.request.body.size" &&
				!strings.Contains(string(key), "id") {
				t.Errorf("%s has the value of user_id in %s", span.Name(), key)
			}
		}
	}
	if got := one(t, spans, "POST /tasks").Parent().SpanID().String(); got != callerSpan {
		t.Errorf("the gateway's parent is %s", got)
	}
}

func TestCallersSpanOutsideTheCaptureMakesNoOrphan(t *testing.T) {
	l := start(t, lab.Config{})
	ask(t, l, withHeaders("traceparent: "+callerParent))
	wantTree(t, l, lab.ExpectedTree)
}

func TestCallersUnsampledTraceIsNotRecorded(t *testing.T) {
	for _, consumer := range []worker.Consumer{worker.ConsumerChild, worker.ConsumerLink, worker.ConsumerBatch} {
		t.Run(string(consumer), func(t *testing.T) {
			l := start(t, lab.Config{Consumer: consumer, Wire: true})
			ask(t, l, withHeaders("traceparent: 00-"+callerTrace+"-"+callerSpan+"-00"))
			if spans := l.Spans(); len(spans) != 0 {
				t.Errorf("%d spans, want none: the first is %s", len(spans), spans[0].Name())
			}
			hops := 0
			for _, hop := range l.Wire() {
				for _, field := range hop.Fields {
					if field.Name == "traceparent" {
						hops++
						if !strings.HasPrefix(field.Value, "00-"+callerTrace+"-") || !strings.HasSuffix(field.Value, "-00") {
							t.Errorf("%s → %s carries %s", hop.From, hop.To, field.Value)
						}
					}
				}
			}
			if hops != 4 {
				t.Errorf("%d hops carry a traceparent, want 4", hops)
			}
		})
	}
}

// A ratio of one half by trace id: the worker's own trace has an id of its own,
// and is to be kept or dropped with the one that it links to all the same.
func TestLinkedTracesAreKeptOrDroppedTogether(t *testing.T) {
	for _, consumer := range []worker.Consumer{worker.ConsumerLink, worker.ConsumerBatch} {
		t.Run(string(consumer), func(t *testing.T) {
			l := start(t, lab.Config{
				Consumer:  consumer,
				Telemetry: telemetry.Config{Sampler: sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.5))},
			})
			for range 64 {
				createTask(t, l) // one at a time, so that each batch is of one
			}
			requests := len(named(l.Spans(), "POST /tasks"))
			if requests == 0 || requests == 64 {
				t.Fatalf("%d of 64 requests are sampled", requests)
			}
			if processed := len(named(l.Spans(), "process task-created")); processed != requests {
				t.Errorf("%d requests are sampled, and %d messages", requests, processed)
			}
			wantOnly(t, l, lab.ExpectedTree, requests)
		})
	}
}

func wantOnly(t *testing.T, l *lab.Lab, tree string, n int) {
	t.Helper()
	pattern, err := tracetree.Parse(tree)
	if err != nil {
		t.Fatal(err)
	}
	forest := l.Forest()
	if forest.NumTops() != n {
		t.Errorf("%d trees, want %d", forest.NumTops(), n)
	}
	for top := range forest.Tops() {
		var spans []tracetree.Span
		var collect func(tracetree.Node)
		collect = func(node tracetree.Node) {
			spans = append(spans, *node.Span())
			for child := range node.Children() {
				collect(child)
			}
		}
		collect(top)
		if report := pattern.Match(tracetree.Build(spans)); report != nil {
			t.Fatalf("a tree differs:\n%s", report)
		}
	}
}

// Trace context from strangers, and whether the gateway continues their trace.
func TestIncomingTraceparents(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		goesOn  bool
		state   string
		reason  string
	}{
		{"none", nil, false, "", "a new trace"},
		{"valid", []string{"traceparent: " + callerParent}, true, "", ""},
		{
			"a later version",
			[]string{"traceparent: cc-" + callerTrace + "-" + callerSpan + "-01-more"},
			true, "",
			"later versions are read as version 00, and may be longer",
		},
		{"too long", []string{"traceparent: " + callerParent + "-more"}, false, "", "version 00 ends after its flags"},
		{
			"invalid version",
			[]string{"traceparent: ff-" + callerTrace + "-" + callerSpan + "-01"},
			false, "",
			"ff is not allowed",
		},
		{
			"zero trace id",
			[]string{"traceparent: 00-" + strings.Repeat("0", 32) + "-" + callerSpan + "-01"},
			false, "",
			"zeros are invalid",
		},
		{
			"zero span id",
			[]string{"traceparent: 00-" + callerTrace + "-" + strings.Repeat("0", 16) + "-01"},
			false, "",
			"zeros are invalid",
		},
		{"upper case", []string{"traceparent: " + strings.ToUpper(callerParent)}, false, "", "ids are lower case"},
		{"garbage", []string{"traceparent: what?"}, false, "", "no error for the caller, a new trace"},
		{
			"two of them",
			[]string{"traceparent: " + callerParent, "traceparent: " + callerParent},
			false, "",
			"nobody knows which is meant",
		},
		{"two in one", []string{"traceparent: " + callerParent + "," + callerParent}, false, "", "a proxy may join headers"},
		{"tracestate alone", []string{"tracestate: a=1"}, false, "", "it belongs to a traceparent"},
		{
			"several tracestates",
			[]string{"traceparent: " + callerParent, "tracestate: a=1", "tracestate: b=2"},
			true,
			"a=1,b=2", "they are one list",
		},
		{
			"broken tracestate",
			[]string{"traceparent: " + callerParent, "tracestate: ;;;"},
			true, "",
			"the trace goes on without it",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := start(t, lab.Config{})
			if response := ask(t, l, withHeaders(test.headers...)); response.Status != http.StatusCreated {
				t.Fatalf("status %d: %s", response.Status, response.Body)
			}
			sc := one(t, l.Spans(), "POST /tasks").SpanContext()
			if got := sc.TraceID().String() == callerTrace; got != test.goesOn {
				t.Errorf("the trace goes on: %v, want %v: %s", got, test.goesOn, test.reason)
			}
			if got := sc.TraceState().String(); got != test.state {
				t.Errorf("tracestate %q, want %q", got, test.state)
			}
			wantTree(t, l, lab.ExpectedTree)
		})
	}
}

func TestResponseSaysWhichTraceItBelongsTo(t *testing.T) {
	l := start(t, lab.Config{})
	response := ask(t, l, withHeaders("traceparent: "+callerParent))
	sc := one(t, l.Spans(), "POST /tasks").SpanContext()
	want := fmt.Sprintf("00-%s-%s-01", callerTrace, sc.SpanID())
	if got := response.Header.Get("traceresponse"); got != want {
		t.Errorf("traceresponse is %q, want %q", got, want)
	}
}

// SQS takes ten attributes. The application's own are never dropped, and the
// context gets what room is left.
func TestContextTakesTheRoomThatIsLeftInAMessage(t *testing.T) {
	attributes := func(n int) map[string]string {
		attrs := map[string]string{}
		for i := range n {
			attrs[fmt.Sprintf("user%d", i)] = "x"
		}
		return attrs
	}
	tests := []struct {
		user    int
		carried []string
		dropped []string
	}{
		{0, []string{"traceparent", "tracestate", "baggage"}, nil},
		{7, []string{"traceparent", "tracestate", "baggage"}, nil},
		{8, []string{"traceparent", "tracestate"}, []string{"baggage"}},
		{9, []string{"traceparent"}, []string{"tracestate", "baggage"}},
		{10, nil, []string{"traceparent", "tracestate", "baggage"}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.user, " user attributes"), func(t *testing.T) {
			l := start(t, lab.Config{EventAttributes: attributes(test.user), Wire: true, Logs: true})
			ask(t, l, withHeaders("traceparent: "+callerParent, "tracestate: a=1", "baggage: tenant_id=acme"))

			var carried []string
			user := 0
			for _, hop := range l.Wire() {
				if hop.To != lab.Worker {
					continue
				}
				for _, name := range []string{"traceparent", "tracestate", "baggage"} {
					for _, field := range hop.Fields {
						if field.Name == name {
							carried = append(carried, name)
						}
					}
				}
				user = len(hop.Fields) - len(carried)
			}
			if diff := cmp.Diff(test.carried, carried); diff != "" {
				t.Errorf("carried (-want +got):\n%s", diff)
			}
			if user != test.user {
				t.Errorf("%d user attributes arrived, want %d", user, test.user)
			}

			send := attributesOf(one(t, l.Spans(), "send task-events"))
			if diff := cmp.Diff(test.dropped, send[telemetry.DroppedFieldsKey].AsStringSlice()); diff != "" {
				t.Errorf("the span's %s (-want +got):\n%s", telemetry.DroppedFieldsKey, diff)
			}
			warned := false
			for _, record := range l.Logs() {
				warned = warned || strings.Contains(record.Message, "no room") && record.SpanID != ""
			}
			if warned != (test.dropped != nil) {
				t.Errorf("a warning is logged: %v", warned)
			}

			inTrace := one(t, l.Spans(), "process task-created").SpanContext().TraceID() == mustTraceID(t, callerTrace)
			if inTrace != (test.carried != nil) {
				t.Errorf("the worker's span is in the caller's trace: %v", inTrace)
			}
		})
	}
}

func mustTraceID(t *testing.T, hex string) trace.TraceID {
	t.Helper()
	id, err := trace.TraceIDFromHex(hex)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
