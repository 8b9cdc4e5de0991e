package codec_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// jaegerExample has a trace of a gateway and a worker, as Jaeger's API answers.
const jaegerExample = `{"data":[{"traceID":"a1","spans":[
 {"traceID":"a1","spanID":"1","operationName":"GET /","references":[],"startTime":1000,"duration":500,"processID":"p1","warnings":null,
  "tags":[{"key":"span.kind","type":"string","value":"server"},{"key":"http.status_code","type":"int64","value":500},
   {"key":"error","type":"bool","value":true},{"key":"otel.status_code","type":"string","value":"ERROR"},
   {"key":"otel.status_description","type":"string","value":"no"},{"key":"otel.scope.name","type":"string","value":"http"},
   {"key":"otel.scope.version","type":"string","value":"1.2"},{"key":"w3c.tracestate","type":"string","value":"a=b"}],
  "logs":[{"timestamp":1100,"fields":[{"key":"event","type":"string","value":"retry"},{"key":"n","type":"int64","value":"3"}]}]},
 {"traceID":"a1","spanID":"2","operationName":"work","startTime":1200,"duration":100,"processID":"p2",
  "references":[{"refType":"CHILD_OF","traceID":"a1","spanID":"1"},{"refType":"FOLLOWS_FROM","traceID":"b2","spanID":"9"}]}],
 "processes":{"p1":{"serviceName":"gateway","tags":[{"key":"host.name","type":"string","value":"h"}]},"p2":{"serviceName":"worker"}}}],
 "total":0,"limit":0,"offset":0,"errors":null}`

func TestJaegerSpansAreWhatOpenTelemetryHadSent(t *testing.T) {
	spans, warnings := read(t, jaegerExample)
	gateway := &tracetree.Origin{
		Resource: []tracetree.Attr{
			{Key: "service.name", Value: tracetree.String("gateway")}, {Key: "host.name", Value: tracetree.String("h")},
		},
		ScopeName: "http", ScopeVersion: "1.2",
	}
	worker := &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("worker")}}}
	trace := tracetree.TraceID{15: 0xA1}
	checkEqual(t, []tracetree.Span{
		{
			TraceID: trace, SpanID: tracetree.SpanID{7: 1}, Name: "GET /", Start: 1_000_000, End: 1_500_000, Origin: gateway,
			Kind: tracetree.KindServer, Status: tracetree.StatusError, StatusMessage: "no",
			Attributes: []tracetree.Attr{{Key: "http.status_code", Value: tracetree.Int(500)}},
			Events: []tracetree.Event{{
				Name: "retry", Time: 1_100_000, Attributes: []tracetree.Attr{{Key: "n", Value: tracetree.Int(3)}},
			}},
			Rare: &tracetree.Rare{TraceState: "a=b"},
		},
		{
			TraceID: trace, SpanID: tracetree.SpanID{7: 2}, Parent: tracetree.SpanID{7: 1}, Name: "work",
			Start: 1_200_000, End: 1_300_000, Origin: worker,
			Links: []tracetree.Link{{TraceID: tracetree.TraceID{15: 0xB2}, SpanID: tracetree.SpanID{7: 9}}},
		},
	}, spans)
	if len(warnings) != 1 || warnings[0].Kind != codec.Microseconds || warnings[0].Count != 2 {
		t.Errorf("warnings %v", warnings)
	}
}

// jaegerSpan returns a trace alone, of a span with these further members.
func jaegerSpan(members string) string {
	return `{"traceID":"1","spans":[{"traceID":"1","spanID":"2","operationName":"a",` + members + `}]}`
}

func TestJaegerReferencesBecomeAParentAndLinks(t *testing.T) {
	ref := func(kind, trace, span string) string {
		return `{"refType":"` + kind + `","traceID":"` + trace + `","spanID":"` + span + `"}`
	}
	tests := []struct {
		reason, members string
		parent          byte
		links           []byte
	}{
		{"a parent", `"references":[` + ref("CHILD_OF", "1", "3") + `]`, 3, nil},
		{"the old field", `"parentSpanID":"3"`, 3, nil},
		{"the old field and the reference", `"parentSpanID":"3","references":[` + ref("CHILD_OF", "1", "3") + `]`, 3, nil},
		{
			"FOLLOWS_FROM alone is the parent and a link to it", `"references":[` + ref("FOLLOWS_FROM", "1", "3") + `]`, 3,
			[]byte{3},
		},
		{
			"FOLLOWS_FROM next to a parent",
			`"references":[` + ref("FOLLOWS_FROM", "1", "3") + `,` + ref("CHILD_OF", "1", "4") + `]`, 4,
			[]byte{3},
		},
		{
			"two that are followed: the first is the parent",
			`"references":[` + ref("FOLLOWS_FROM", "1", "3") + `,` + ref("FOLLOWS_FROM", "1", "4") + `]`, 3,
			[]byte{3, 4},
		},
		{"one in another trace that is followed", `"references":[` + ref("FOLLOWS_FROM", "7", "3") + `]`, 0, []byte{3}},
		{"itself", `"references":[` + ref("CHILD_OF", "1", "2") + `]`, 0, nil},
		{"two parents", `"references":[` + ref("CHILD_OF", "1", "3") + `,` + ref("CHILD_OF", "1", "4") + `]`, 3, []byte{4}},
		{"another trace can't have the parent", `"references":[` + ref("CHILD_OF", "7", "3") + `]`, 0, []byte{3}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, _ := read(t, jaegerSpan(test.members))
			var links []byte
			for _, l := range spans[0].Links {
				links = append(links, l.SpanID[7])
			}
			if spans[0].Parent != (tracetree.SpanID{7: test.parent}) || !cmp.Equal(links, test.links) {
				t.Errorf("parent %v, links %v; want %d, %v", spans[0].Parent, links, test.parent, test.links)
			}
		})
	}
}

func TestJaegerTagsHaveTheTypeThatTheyName(t *testing.T) {
	tests := []struct {
		tag    string
		want   tracetree.Value
		reason string
	}{
		{`"type":"string","value":"5"`, tracetree.String("5"), "a string"},
		{`"type":"string","value":5`, tracetree.String("5"), "a string that was written as a number"},
		{`"type":"int64","value":5`, tracetree.Int(5), "an integer"},
		{`"type":"int64","value":"5"`, tracetree.Int(5), "an integer that was written as a string"},
		{`"type":"int64","value":"five"`, tracetree.String("five"), "no integer at all: what it is"},
		{`"value":5,"type":"float64"`, tracetree.Float(5), "a float, whose type comes behind it"},
		{`"type":"bool","value":"true"`, tracetree.Bool(true), "a bool that was written as a string"},
		{`"type":"binary","value":"aGk/Pg=="`, tracetree.JSON(`"aGk/Pg=="`), "bytes"},
		{`"value":0.5`, tracetree.Float(0.5), "no type"},
		{`"value":null`, tracetree.Value{}, "nothing"},
		{`"value":["a",{"c":1,"b":null}]`, tracetree.JSON(`["a",{"c":1}]`), "something with parts"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, _ := read(t, jaegerSpan(`"tags":[{"key":"k",`+test.tag+`}]`))
			if got, _ := spans[0].Attr("k"); got != test.want {
				t.Errorf("got %v %q, want %v %q", got.Kind(), got.Text(), test.want.Kind(), test.want.Text())
			}
		})
	}
}

func TestJaegerErrorTagIsTheStatus(t *testing.T) {
	tests := []struct {
		tags, message string
		want          tracetree.Status
		reason        string
	}{
		{`{"key":"error","value":true}`, "", tracetree.StatusError, "a bool"},
		{`{"key":"error","value":"true"}`, "", tracetree.StatusError, "a string"},
		{`{"key":"error","value":false}`, "", tracetree.StatusUnset, "no error"},
		{`{"key":"error","value":"timeout"}`, "timeout", tracetree.StatusError, "a text is the message"},
		{`{"key":"otel.status_code","value":"OK"}`, "", tracetree.StatusOK, "the status of OpenTelemetry"},
		{
			`{"key":"otel.status_code","value":"OK"},{"key":"error","value":true}`, "", tracetree.StatusError,
			"both, the error last",
		},
		{
			`{"key":"error","value":true},{"key":"otel.status_code","value":"OK"}`, "", tracetree.StatusError,
			"both, the error first",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, _ := read(t, jaegerSpan(`"tags":[`+test.tags+`]`))
			if s := spans[0]; s.Status != test.want || s.StatusMessage != test.message || len(s.Attributes) > 0 {
				t.Errorf("status %v %q, attributes %v", s.Status, s.StatusMessage, s.Attributes)
			}
		})
	}
}

func TestJaegerTracesComeInManyWrappings(t *testing.T) {
	one := jaegerSpan(`"process":{"serviceName":"shop"}`)
	tests := []struct {
		reason, input string
		spans         int
	}{
		{"an answer", `{"data":[` + one + `,` + one + `],"errors":[]}`, 2},
		{"an answer whose other members come first", `{"total":0,"errors":null,"data":[` + one + `]}`, 1},
		{"no traces", `{"data":[],"total":0}`, 0},
		{"a trace without spans", `{"data":[{"traceID":"ff","spans":null,"processes":null},` + one + `]}`, 1},
		{"a trace alone", one, 1},
		{"traces, a line each", one + "\n" + one, 2},
		{"a list of traces", "[" + one + "," + one + "]", 2},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, warnings := read(t, test.input)
			if len(spans) != test.spans || len(warnings) > 0 && (len(warnings) > 1 || warnings[0].Kind != codec.Microseconds) {
				t.Errorf("%d spans, want %d; warnings %v", len(spans), test.spans, warnings)
			}
			for _, s := range spans {
				if s.Service() != "shop" {
					t.Errorf("service %q", s.Service())
				}
			}
		})
	}
}

func TestJaegerIDsThatAreNoNumbersKeepTheTreeWhole(t *testing.T) {
	text := strings.ReplaceAll(strings.ReplaceAll(jaegerExample, `"spanID":"1"`, `"spanID":"root"`), `"spanID":"2"`,
		`"spanID":"leaf"`)
	spans, warnings := read(t, text)
	if spans[1].Parent != spans[0].SpanID || spans[0].SpanID == spans[1].SpanID {
		t.Errorf("ids %v, %v, parent %v", spans[0].SpanID, spans[1].SpanID, spans[1].Parent)
	}
	if warnings[0].Kind != codec.DerivedID || warnings[0].Count != 3 {
		t.Errorf("warnings %v", warnings)
	}
}

func TestJaegerFieldsThatTheCollectorFills(t *testing.T) {
	scope := func(first, second string) string {
		return jaegerSpan(`"tags":[{"key":"` + first + `","value":"` + first + `"},{"key":"` + second + `","value":"` + second + `"}]`)
	}
	name := func(s tracetree.Span) any { return s.Origin.ScopeName }
	tests := []struct {
		reason, input string
		field         func(tracetree.Span) any
		want          any
	}{
		{"the newer name of the scope, first", scope("otel.scope.name", "otel.library.name"), name, "otel.scope.name"},
		{"the newer name of the scope, last", scope("otel.library.name", "otel.scope.name"), name, "otel.scope.name"},
		{
			"a service that has no name", jaegerSpan(`"process":{"serviceName":"OTLPResourceNoServiceName"}`),
			func(s tracetree.Span) any { return s.Service() }, tracetree.UnknownService,
		},
		{
			"sampled, and debug, which W3C hasn't", jaegerSpan(`"flags":3`),
			func(s tracetree.Span) any { return s.Flags }, uint32(1),
		},
		{"not sampled", jaegerSpan(`"flags":2`), func(s tracetree.Span) any { return s.Flags }, uint32(0)},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, _ := read(t, test.input)
			if got := test.field(spans[0]); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// Files made by hand count from zero, which a Span takes for unknown.
func TestJaegerClockThatBeginsAtZeroIsKnown(t *testing.T) {
	const file = `{"data": [{"traceID": "1", "spans": [
		{"traceID": "1", "spanID": "2", "operationName": "a", "startTime": 0, "duration": 250},
		{"traceID": "1", "spanID": "3", "operationName": "b", "duration": 250}]}]}`
	spans, _, err := codec.ReadAll(strings.NewReader(file), "x")
	if err != nil {
		t.Fatal(err)
	}
	if d, known := spans[0].Duration(); !known || d != 250*time.Microsecond {
		t.Errorf("the first lasts %s, known %v, want 250µs", d, known)
	}
	if _, known := spans[1].Duration(); known {
		t.Error("without a start there is no duration")
	}
}

// TestJaegersFormsGiveTheSameSpans reads one span in the forms in which Jaeger's programs write
// spans.
func TestJaegersFormsGiveTheSameSpans(t *testing.T) {
	const process = `{"serviceName":"web","tags":[{"key":"host.name","type":"string","value":"h"},` +
		`{"key":"pid","type":"int64","value":7}]}`
	const members = `"traceID":"a1","spanID":"b2","operationName":"GET /","flags":1,` +
		`"references":[{"refType":"CHILD_OF","traceID":"a1","spanID":"b1"},{"refType":"FOLLOWS_FROM","traceID":"a2","spanID":"b3"}],` +
		`"startTime":1700000000000000,"duration":1500,"tags":[{"key":"span.kind","type":"string","value":"server"},` +
		`{"key":"n","type":"int64","value":0},{"key":"f","type":"float64","value":0.5},{"key":"b","type":"bool","value":false},` +
		`{"key":"x","type":"binary","value":"aGk="},{"key":"s","type":"string","value":""}],` +
		`"logs":[{"timestamp":1700000000000100,"fields":[{"key":"event","type":"string","value":"e"},{"key":"k","type":"int64","value":5}]}]`
	proto := `{"traceId":"AAAAAAAAAAAAAAAAAAAAoQ==","spanId":"AAAAAAAAALI=","operationName":"GET /","flags":1,` +
		`"references":[{"traceId":"AAAAAAAAAAAAAAAAAAAAoQ==","spanId":"AAAAAAAAALE="},` +
		`{"traceId":"AAAAAAAAAAAAAAAAAAAAog==","spanId":"AAAAAAAAALM=","refType":"FOLLOWS_FROM"}],` +
		`"startTime":"2023-11-14T22:13:20Z","duration":"0.001500s","tags":[{"key":"span.kind","vStr":"server"},` +
		`{"key":"n","vType":"INT64"},{"key":"f","vType":"FLOAT64","vFloat64":0.5},{"key":"b","vType":"BOOL"},` +
		`{"key":"x","vType":"BINARY","vBinary":"aGk="},{"key":"s","vType":"STRING"}],` +
		`"logs":[{"timestamp":"2023-11-14T22:13:20.0001Z","fields":[{"key":"event","vStr":"e"},{"vInt64":"5","vType":"INT64","key":"k"}]}],` +
		`"process":{"serviceName":"web","tags":[{"key":"host.name","vStr":"h"},{"key":"pid","vType":"INT64","vInt64":"7"}]}}`
	snake := strings.NewReplacer("traceId", "trace_id", "spanId", "span_id", "operationName", "operation_name", "refType",
		"ref_type", "startTime", "start_time", "serviceName", "service_name", `"vS`, `"v_s`, `"vT`, `"v_t`, `"vI`, `"v_i`,
		`"vF`, `"v_f`, `"vB`, `"v_b`).Replace(proto)
	want, _ := read(t, `{"data":[{"traceID":"a1","spans":[{`+members+`,"processID":"p1"}],"processes":{"p1":`+process+`}}]}`)
	for reason, text := range map[string]string{
		"a document of Elasticsearch": `{` + members + `,"process":` + process + `}`,
		"protobuf's JSON form":        proto,
		"a list in that form":         `{"spans":[` + proto + `]}`,
		"with the names of protobuf":  `{"result":{"spans":[` + snake + `]}}` + "\n",
	} {
		got, warnings := read(t, text)
		if diff := cmp.Diff(want, got, equal()); diff != "" || len(got) != 1 {
			t.Errorf("%s: (-answer of the API +got):\n%s", reason, diff)
		}
		for _, w := range warnings {
			if w.Kind != codec.Base64IDs && w.Kind != codec.Microseconds {
				t.Errorf("%s: %v", reason, w)
			}
		}
	}
}
