package codec_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/internal/kinds"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// someSpans returns a small trace of two services.
func someSpans(t testing.TB) []tracetree.Span {
	t.Helper()
	gateway := &tracetree.Origin{
		Resource:  []tracetree.Attr{{Key: "service.name", Value: tracetree.String("gateway")}},
		ScopeName: "http",
	}
	worker := &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("worker")}}}
	trace := tracetree.TraceID{15: 1}
	return []tracetree.Span{
		{
			TraceID: trace, SpanID: tracetree.SpanID{7: 1}, Name: "GET /", Kind: tracetree.KindServer, Start: 1e18,
			End:    1e18 + 5e6,
			Origin: gateway, Attributes: []tracetree.Attr{{Key: "http.request.method", Value: tracetree.String("GET")}},
		},
		{
			TraceID: trace, SpanID: tracetree.SpanID{7: 2}, Parent: tracetree.SpanID{7: 1}, Name: "work", Start: 1e18 + 1e6,
			End:    1e18 + 2e6,
			Origin: worker, Status: tracetree.StatusError, StatusMessage: "no", ParentRemote: tracetree.RemoteYes,
			Events: []tracetree.Event{{Name: "retry", Time: 1e18 + 1e6 + 5}},
		},
	}
}

func TestOTLPJSONTakesEveryFormOfItsValues(t *testing.T) {
	value := func(v string) string { return `"attributes":[{"key":"k","value":` + v + `}]` }
	tests := []struct {
		reason, members string
		want            tracetree.Value
	}{
		{"an integer as a string", value(`{"intValue":"-7"}`), tracetree.Int(-7)},
		{"an integer as a number", value(`{"intValue":7}`), tracetree.Int(7)},
		{"an integer as JavaScript has it", value(`{"intValue":1.0e3}`), tracetree.Int(1000)},
		{"the largest integer", value(`{"intValue":"9223372036854775807"}`), tracetree.Int(9223372036854775807)},
		{"a float as a string", value(`{"doubleValue":"0.5"}`), tracetree.Float(0.5)},
		{"a float as an integer", value(`{"doubleValue":2}`), tracetree.Float(2)},
		{"bytes", value(`{"bytesValue":"aGk/Pg=="}`), tracetree.JSON(`"aGk/Pg=="`)},
		{
			"an array", value(`{"arrayValue":{"values":[{"stringValue":"<"},{},{"intValue":1}]}}`),
			tracetree.JSON(`["<",null,1]`),
		},
		{"an empty array", value(`{"arrayValue":{}}`), tracetree.JSON(`[]`)},
		{
			"a map, sorted",
			value(`{"kvlistValue":{"values":[{"key":"b","value":{"boolValue":true}},{"key":"a","value":{"doubleValue":"NaN"}}]}}`), tracetree.JSON(`{"a":"NaN","b":true}`, `{"b":true,"a":"fNaN"}`),
		},
		{"nothing", value(`{}`), tracetree.Value{}},
		{"null", value(`null`), tracetree.Value{}},
		{"escapes", value(`{"stringValue":"\u00e9\ud83d\ude00\n"}`), tracetree.String("é😀\n")},
		{"a value that is no message", value(`"a"`), tracetree.String("a")},
		{"a number that is no message", value(`5`), tracetree.Int(5)},
		{"a list that is no message", value(`["x",1]`), tracetree.JSON(`["x",1]`)},
		{"an object of attributes", `"attributes":{"k":"a"}`, tracetree.String("a")},
		{"an object in an object of attributes", `"attributes":{"k":{"a":1}}`, tracetree.JSON(`{"a":1}`)},
		{"duplicate keys: the later one", value(`{"stringValue":"a","stringValue":"b"}`), tracetree.String("b")},
		{"duplicate lists: the later one", value(`{"intValue":1}`) + "," + value(`{"intValue":2}`), tracetree.Int(2)},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, _ := read(t, span(test.members))
			if got, ok := spans[0].Attr("k"); got != test.want || !ok {
				t.Errorf("got %v %q, want %v %q", got.Kind(), got.Text(), test.want.Kind(), test.want.Text())
			}
		})
	}
}

func TestOTLPJSONTakesEveryLayout(t *testing.T) {
	pretty := strings.NewReplacer("{", "{\n  ", ":", " : ", ",", "\r\n,").Replace(otlpLine)
	old := strings.NewReplacer("scopeSpans", "instrumentationLibrarySpans").Replace(otlpLine)
	tests := []struct {
		reason, input string
		spans         int
	}{
		{"one document", otlpLine, 1},
		{"a byte order mark", "\uFEFF" + otlpLine, 1},
		{"lines", otlpLine + "\n" + otlpLine + "\r\n\n" + otlpLine, 3},
		{"documents without a separator", otlpLine + otlpLine, 2},
		{"pretty-printed documents", pretty + "\n" + pretty, 2},
		{"a list of documents", "[" + otlpLine + "," + otlpLine + "]", 2},
		{"a document without spans", "{}", 0},
		{"an empty list", `{"resourceSpans":[]}`, 0},
		{
			"nulls",
			`{"resourceSpans":[null,{"resource":null,"scopeSpans":[null,{"scope":null,"spans":[null]},{"spans":null}]}]}`, 0,
		},
		{"Jaeger's API v3", `{"result":` + otlpLine + `}`, 1},
		{"Tempo's API v2", `{"trace":` + otlpLine + `}`, 1},
		{"Tempo's API", strings.Replace(otlpLine, "resourceSpans", "batches", 1), 1},
		{"before scopes had their name", old, 1},
		{"fields of the future", strings.Replace(otlpLine, `"name"`, `"new":{"a":[{}]},"name"`, 1), 1},
		{"ids in upper case", strings.Replace(otlpLine, "0000000000000002", "00000000000000FF", 1), 1},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, warnings := read(t, test.input)
			if len(spans) != test.spans || len(warnings) > 0 {
				t.Errorf("%d spans, want %d; warnings %v", len(spans), test.spans, warnings)
			}
		})
	}
}

func TestResourceAndScopeMayComeBehindTheSpans(t *testing.T) {
	const text = `{"resourceSpans":[
		{"scopeSpans":[
			{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001"}],"scope":{"name":"first"}},
			{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"}],"scope":{"name":"second"}}],
		 "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}},
		{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000003"}]}]}]}`
	spans, _ := read(t, text)
	var got []string
	for _, s := range spans {
		got = append(got, s.Service()+"/"+s.Origin.ScopeName)
	}
	if want := "shop/first shop/second unknown_service/"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// AWS's log group aws/spans has a line for each span, with its resource and scope in it.
func TestASpanByItselfHasItsResource(t *testing.T) {
	const aws = `{"resource":{"attributes":{"service.name":"shop"}},"scope":{"name":"http"},` +
		`"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","flags":256,"name":"GET /","kind":"SERVER",` +
		`"startTimeUnixNano":1700000000000000000,"endTimeUnixNano":1700000000010000000,"durationNano":10000000,` +
		`"attributes":{"http.response.status_code":200},"status":{"code":"UNSET"}}`
	const resource = `"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}`
	tests := []struct {
		reason, input, want string
	}{
		{"a line of aws/spans", aws, "shop/http"},
		{"two lines", aws + "\n" + strings.Replace(aws, "shop", "mail", 1), "shop/http mail/http"},
		{"the resource of OTLP", strings.Replace(aws, `"resource":{"attributes":{"service.name":"shop"}}`, resource, 1), "shop/http"},
		{"no resource after one", aws + "\n" + `{` + aws[strings.Index(aws, `"traceId"`):], "shop/http unknown_service/"},
		{"a resource without spans", `{` + resource + `,"scopeSpans":[]}`, ""},
		{
			"a document with IDs of its own", `{"traceId":"00000000000000000000000000000003","spanId":"0000000000000004",` +
				strings.TrimPrefix(otlpLine, "{"), "unknown_service/",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, warnings := read(t, test.input)
			var got []string
			for _, s := range spans {
				got = append(got, s.Service()+"/"+s.Origin.ScopeName)
			}
			if strings.Join(got, " ") != test.want || len(warnings) > 0 {
				t.Errorf("got %q, warnings %v; want %q", got, warnings, test.want)
			}
		})
	}
}

func TestWarningsAreSaidOnceWithTheirCount(t *testing.T) {
	tests := []struct {
		reason, input string
		spans         int
		kind          codec.WarningKind
		want          string
	}{
		{
			"a zero id", strings.Replace(otlpLine, "0000000000000002", "0000000000000000", 1), 0, codec.InvalidID,
			"test: line 1, column 129 ($.resourceSpans[0].scopeSpans[0].spans[0]): a trace id or span id is zero, of the " +
				"wrong length or not hexadecimal: the span is left out: trace id 00000000000000000000000000000001, span id " +
				"0000000000000000",
		},
		{
			"a short id, twice", strings.Repeat(strings.Replace(otlpLine, "0000000000000002", "02", 1)+"\n", 2), 0,
			codec.InvalidID,
			"test: line 1, column 115 ($.resourceSpans[0].scopeSpans[0].spans[0]): a trace id or span id is zero, of the " +
				"wrong length or not hexadecimal: the span is left out: \"02\" (2 times)",
		},
		{
			"no id", strings.Replace(otlpLine, `"spanId":"0000000000000002",`, "", 1), 0, codec.InvalidID,
			"test: line 1, column 101 ($.resourceSpans[0].scopeSpans[0].spans[0]): a trace id or span id is zero, of the " +
				"wrong length or not hexadecimal: the span is left out: trace id 00000000000000000000000000000001, span id " +
				"0000000000000000",
		},
		{
			"base64 ids", span(`"parentSpanId":"S8gSGqCw3XE="`), 1, codec.Base64IDs,
			"test: line 1, column 147 ($.resourceSpans[0].scopeSpans[0].spans[0].parentSpanId): ids are in base64; they were " +
				"read all the same",
		},
		{
			"a bad parent", span(`"parentSpanId":"xyz"`), 1, codec.InvalidParent,
			"test: line 1, column 139 ($.resourceSpans[0].scopeSpans[0].spans[0]): a parent's id is of the wrong length or " +
				"not hexadecimal: the span has no parent: span 0000000000000002, parent \"xyz\"",
		},
		{
			"a bad link", span(`"links":[{"traceId":"1"}]`), 1, codec.InvalidLink,
			"test: line 1, column 142 ($.resourceSpans[0].scopeSpans[0].spans[0].links[0]): a link's id is zero, of the " +
				"wrong length or not hexadecimal: the link is left out: \"1\"",
		},
		{
			"metrics and logs between", otlpLine + `{"resourceMetrics":[{}]}` + "\n" + `{"resourceLogs":[{}]}` + otlpLine, 2,
			codec.SkippedSignal,
			"test: line 1, column 154 ($.resourceMetrics): metrics, logs or profiles between the traces are skipped (2 times)",
		},
		{
			"an answer of Tempo that isn't whole",
			`{"trace":` + otlpLine + `,"metrics":{},"status":"PARTIAL","message":"trace exceeds max size (max bytes: 5000000)"}`, 1,
			codec.CutDocument,
			"test: line 1, column 233: the status of this answer is PARTIAL: spans are missing: trace exceeds max size (max " +
				"bytes: 5000000)",
		},
		{
			"a span's status that is a word", `{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002",` +
				`"startTimeUnixNano":"1","status":"ERROR","message":"no"}`, 1, codec.BadField,
			`test: line 1, column 108 ($.status): found "ERROR", want an object: the field is left out`,
		},
		{
			"a time beyond int64", span(`"endTimeUnixNano":"18446744073709551615"`), 1, codec.TimeOutOfRange,
			"test: line 1, column 158 ($.resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano): a time is beyond the year " +
				"2262: it is taken as unknown",
		},
		{
			"a huge time", span(`"endTimeUnixNano":1e400`), 1, codec.TimeOutOfRange,
			"test: line 1, column 141 ($.resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano): a time is beyond the year " +
				"2262: it is taken as unknown",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, warnings := read(t, test.input)
			if len(spans) != test.spans || len(warnings) != 1 || warnings[0].Kind != test.kind ||
				warnings[0].String() != test.want {
				t.Errorf("%d spans, want %d\ngot  %v\nwant %s", len(spans), test.spans, warnings, test.want)
			}
		})
	}
}

func TestWhatIsOddButPossibleIsKept(t *testing.T) {
	spans, _ := read(t,
		span(`"startTimeUnixNano":"20","endTimeUnixNano":10,"kind":99,"status":{"code":"STATUS_CODE_ERROR"},"flags":769,"parentSpanId":"0000000000000001"`))
	s := spans[0]
	if d, known := s.Duration(); d != -10 || !known {
		t.Errorf("a span that ends before it starts: duration %v, %v", d, known)
	}
	if s.Kind != tracetree.KindUnspecified || s.Status != tracetree.StatusError || s.ParentRemote != tracetree.RemoteYes {
		t.Errorf("kind %v, status %v, remote %v", s.Kind, s.Status, s.ParentRemote)
	}
	spans, _ = read(t, span(`"startTimeUnixNano":"20"`))
	if !spans[0].Unended {
		t.Error("a span with a start and no end is not unended")
	}
}

func TestALargeDocumentIsReadInBatches(t *testing.T) {
	const head = `{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[`
	one := `{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"}`
	source := strings.NewReader(head + strings.Repeat(one+",", 49_999) + one + "]}]}]}")
	whole := source.Len()
	r := codec.NewReader(source, "test")
	batch, err := r.Next()
	if err != nil || len(batch) > 10_000 || source.Len() < whole/2 {
		t.Errorf("first batch: %d spans, %v, %d of %d bytes are left", len(batch), err, source.Len(), whole)
	}
	rest, err := drain(r)
	if err != nil || len(batch)+len(rest) != 50_000 {
		t.Errorf("%d spans, %v", len(batch)+len(rest), err)
	}
}

// TestNothingIsLostThroughOTLP reads documents that have all that OTLP can hold, writes them, and
// compares what pdata makes of both.
func TestNothingIsLostThroughOTLP(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("testdata", "cases", "lossy.otlp.json"))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(string(file)) }
	tests := []struct {
		kind         kinds.Input
		reason, text string
	}{
		{kinds.In("lossy"), "all that OTLP can hold", string(file)},
		{
			kinds.In("lossy"), "the largest counts and flags, and a link's state of several vendors",
			edit(`"droppedAttributesCount":7`, `"droppedAttributesCount":4294967295`, `"flags":769`, `"flags":4294967295`,
				`"l=1"`, `"l=1,m@n=2"`),
		},
		{
			kinds.In("lossy"), "lists in lists",
			edit(`{"stringValue":"NaN"}`, `{"kvlistValue":{"values":[{"key":"z","value":{"intValue":"1"}},{"key":"a","value":{}}]}}`,
				`"arrayValue":{}`, `"arrayValue":{"values":[{"arrayValue":{"values":[{"kvlistValue":{}}]}}]}`),
		},
		{
			kinds.Near("lossy"), "zeros and empty lists are as good as absent",
			edit(`"droppedAttributesCount":3`, `"droppedAttributesCount":0`, `"flags":259`, `"flags":0`,
				`"droppedEventsCount":4`, `"droppedEventsCount":0`, `"code":1`, `"code":0`, `"a=1,b=2"`, `""`),
		},
	}
	var inputs []kinds.Input
	for _, test := range tests {
		inputs = append(inputs, test.kind)
		t.Run(test.reason, func(t *testing.T) { wantNothingLost(t, test.text) })
	}
	kinds.Complete(t, "codec, all that OTLP can hold", inputs)
}

func wantNothingLost(t *testing.T, text string) {
	t.Helper()
	traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	message, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	want := marshalJSON(t, traces)
	for format, input := range map[string][]byte{"JSON": []byte(text), "protobuf": message} {
		spans, warnings, err := codec.ReadAll(bytes.NewReader(input), "test")
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: %v, %v", format, warnings, err)
		}
		if diff := cmp.Diff(want, marshalJSON(t, codec.ToPData(spans))); diff != "" {
			t.Errorf("%s (-before +after):\n%s", format, diff)
		}
	}
	if diff := cmp.Diff(want, marshalJSON(t, codec.ToPData(codec.FromPData(traces)))); diff != "" {
		t.Errorf("pdata (-before +after):\n%s", diff)
	}
}

func marshalJSON(t *testing.T, traces ptrace.Traces) string {
	t.Helper()
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), ",", ",\n")
}
