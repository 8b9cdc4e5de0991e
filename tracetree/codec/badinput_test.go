package codec_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

const (
	otlpLine   = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","name":"a"}]}]}]}`
	zipkinLine = `{"traceId":"1","id":"2","name":"a"}`
)

// span returns an OTLP JSON document of one span with these further members.
func span(members string) string {
	return strings.Replace(otlpLine, `"name":"a"`, members, 1)
}

// strict reads all spans of an input, whose faults are errors.
func strict(input string) ([]tracetree.Span, error) {
	r := codec.NewReader(strings.NewReader(input), "test")
	r.Strict = true
	return drain(r)
}

func TestBadInputIsAnErrorThatSaysWhatAndWhere(t *testing.T) {
	_, err := strict(`{"b":1}`)
	if err == nil {
		t.Fatal("JSON of another kind is read")
	}
	_, known, _ := strings.Cut(err.Error(), "; want ")
	const first = "OTLP (resourceSpans), Jaeger (data), Zipkin (traceId, id), stdouttrace (SpanContext)"
	if !strings.HasPrefix(known, first) || !strings.Contains(known, " or ") {
		t.Errorf("the formats of JSON are listed as %s, want %s and others", known, first)
	}
	tests := []struct{ reason, input, want string }{
		{
			"an empty file", "",
			"test: byte 0: the input is empty, want traces; see that the program that wrote it has flushed",
		},
		{"only white space", " \n\t\r\n", "test: byte 0: the input is nothing but white space, want traces"},
		{"much white space", strings.Repeat(" ", 10_000), "test: byte 0: the input is nothing but white space, want traces"},
		{
			"a binary that is no trace", "\x89PNG\r\n\x1a\n\x00\x00",
			`test: byte 0: unknown trace format: input starts with "\x89PNG\r\n\x1a\n\x00\x00", want JSON or OTLP protobuf, compressed with gzip or zstd or not`,
		},
		{
			"text that is no JSON", "404 page not found\n",
			`test: byte 0: unknown trace format: input starts with "404 page not found\n", want JSON or OTLP protobuf, compressed with gzip or zstd or not`,
		},
		{
			"UTF-16 of another kind", "\xff\xfeh\x00i\x00",
			`test: byte 0: unknown trace format: input starts with "hi", want JSON or OTLP protobuf, compressed with gzip or zstd or not`,
		},
		{
			"JSON of another kind", `{"b":1,"a":2,"c":{"resourceSpans":[]}}`,
			"test: line 1, column 39: unknown trace format: this JSON has keys a, b, c; want " + known,
		},
		{
			"an OTLP wrapper around something else", `{"result":{"rows":[]}}`,
			"test: line 1, column 23: unknown trace format: this JSON has keys rows; want " + known,
		},
		{
			"a list of numbers", `[1,2]`,
			"test: line 1, column 2 ($[0]): found a number, want a trace document: a JSON object or array",
		},
		{
			"a list of Zipkin's services", `["shop","db"]`,
			"test: line 1, column 2 ($[0]): found a string, want a trace document: a JSON object or array; lists of services " +
				"or operations have no traces",
		},
		{
			"lists in lists in lists", `[[[{}]]]`,
			"test: line 1, column 4 ($[0][0][0]): arrays in arrays in arrays, want at most a list of lists of spans",
		},
		{
			"mixed formats", otlpLine + "\n" + zipkinLine,
			"test: line 2, column 36: mixed formats: this document is zipkin, those before it are otlp-json; read " +
				"them one by one",
		},
		{
			"mixed formats the other way", zipkinLine + "\n" + otlpLine,
			"test: line 2, column 135: mixed formats: this document is otlp-json, those before it are zipkin; read " +
				"them one by one",
		},
		{
			"a trace after stdouttrace", `{"SpanContext":{}}` + zipkinLine,
			"test: line 1, column 54: mixed formats: this document is zipkin, those before it are stdouttrace; read " +
				"them one by one",
		},
		{
			"the JSON ends", `{"resourceSpans":[`,
			"test: line 1, column 19 ($.resourceSpans): the input ends in the middle of a document, want a comma or ]",
		},
		{
			"a list is no list", `{"resourceSpans":{}}`,
			"test: line 1, column 18 ($.resourceSpans): found an object, want an array",
		},
		{
			"a name is no text", span(`"name":5`),
			"test: line 1, column 125 ($.resourceSpans[0].scopeSpans[0].spans[0].name): found a number, want a string",
		},
		{
			"a bare NaN", span(`"attributes":[{"key":"k","value":{"doubleValue":NaN}}]`),
			"test: line 1, column 166 ($.resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.doubleValue): found " +
				"'N', want a value",
		},
		{
			"an integer of more than 64 bits", span(`"attributes":[{"key":"k","value":{"intValue":"9223372036854775808"}}]`),
			`test: line 1, column 163 ($.resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.intValue): found "9223372036854775808", want a whole number of 64 bits`,
		},
		{
			"an integer with a fraction", span(`"attributes":[{"key":"k","value":{"intValue":1.5}}]`),
			`test: line 1, column 163 ($.resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.intValue): found "1.5", want a whole number of 64 bits`,
		},
		{
			"a float beyond 64 bits", span(`"attributes":[{"key":"k","value":{"doubleValue":1e999}}]`),
			`test: line 1, column 166 ($.resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.doubleValue): found "1e999", want a number that fits a 64-bit float`,
		},
		{
			"a time that is a word", span(`"startTimeUnixNano":"noon"`),
			`test: line 1, column 138 ($.resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano): found "noon", want a time as a number`,
		},
		{
			"a kind that isn't there", span(`"kind":"SPAN_KIND_BOSS"`),
			`test: line 1, column 125 ($.resourceSpans[0].scopeSpans[0].spans[0].kind): found "SPAN_KIND_BOSS", want a number or a name such as SPAN_KIND_CONSUMER`,
		},
		{
			"a raw control character", span("\"name\":\"a\x01\""),
			"test: line 1, column 127 ($.resourceSpans[0].scopeSpans[0].spans[0].name): a control character (0x01) in a " +
				"string, which has to be escaped",
		},
		{
			"a time of stdouttrace", `{"SpanContext":{},"StartTime":"noon"}`,
			`test: line 1, column 31 ($.StartTime): found "noon", want a time such as 2006-01-02T15:04:05.999999999Z`,
		},
		{
			"a list of Jaeger's services", `{"data":["a"]}`,
			"test: line 1, column 10 ($.data[0]): found a string, want a trace (an object); lists of services or operations " +
				"have no traces, /api/traces does",
		},
		{
			"an error of Jaeger's API", `{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}`,
			"test: line 1, column 60 ($.errors[0]): this is an answer of Jaeger that reports an error: trace not found",
		},
		{
			"an error of Jaeger's API v3", `{"error":{"httpCode":404,"message":"No traces found"}}`,
			"test: line 1, column 54 ($.error): this is no trace but the answer of a backend that had an error: No " +
				"traces found",
		},
		{"gzip that is none", "\x1f\x8bno", "test: byte 0: decompress: unexpected EOF"},
		{"zstd that is none", "\x28\xb5\x2f\xfdnonsense", "test: byte 0: read: reserved bit set on frame header"},
		{
			"protobuf that is cut", "\x0a\x20\x12\x1e\x12\x1c\x0a\x10",
			"test: byte 8 ($.resourceSpans[0]): the input ends in the middle of an OTLP protobuf message",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			_, err := strict(test.input)
			if err == nil || err.Error() != test.want {
				t.Errorf("\ngot  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestErrorsOfTheSourceAreReturned(t *testing.T) {
	broken := errors.New("cable pulled")
	for _, begin := range []string{"", otlpLine[:50], string(marshal(t, someSpans(t)))[:20]} {
		r := codec.NewReader(io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)), "-")
		_, err := r.Next()
		if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "standard input: ") {
			t.Errorf("after %q: %v", begin, err)
		}
		if _, again := r.Next(); again != err {
			t.Errorf("the second call returned %v", again)
		}
	}
}

func TestSpansBeforeAnErrorComeFirst(t *testing.T) {
	for _, line := range []string{otlpLine, zipkinLine, `{"traceID":"1","spans":[{"traceID":"1","spanID":"2"}]}`} {
		r := codec.NewReader(strings.NewReader(line+"\n"+strings.Replace(line, "2", "3", 1)+"\n{"), "test")
		r.Strict = true
		spans, err := drain(r)
		if len(spans) != 2 || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d spans, %v; want 2 and an unexpected end", r.Format(), len(spans), err)
		}
	}
}

func TestDeepNestingIsAnError(t *testing.T) {
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + end }
	tests := []struct{ reason, input, want string }{
		{
			"values in values", span(`"attributes":[{"key":"k","value":` + deep(`{"arrayValue":{"values":[`, "", 100_000)),
			"nested deeper than 1000 levels",
		},
		{"what is skipped", `{"resourceSpans":[],"x":` + deep("[", "", 100_000), "nested deeper than 1000 levels"},
		{"before the format is known", `{"x":` + deep(`{"x":`, "", 100_000), "nested deeper than 1000 levels"},
		{"wrappers", deep(`{"trace":`, "", 100_000), "nested deeper than 1000 levels"},
		{"protobuf", string(deepMessage(1000)), "a value is nested deeper than 300 levels"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			_, err := strict(test.input)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("the error has %d bytes, want at most 1000: %.80s", len(err.Error()), err)
			}
		})
	}
}

// deepMessage returns TracesData with a resource whose one attribute has arrays in arrays.
func deepMessage(depth int) []byte {
	field := func(number byte, message []byte) []byte {
		n := len(message)
		head := []byte{number<<3 | 2}
		for ; n >= 0x80; n >>= 7 {
			head = append(head, byte(n)|0x80)
		}
		return append(append(head, byte(n)), message...)
	}
	var value []byte
	for range depth {
		value = field(5, field(1, value)) // AnyValue.array_value, ArrayValue.values
	}
	attribute := append(field(1, []byte("k")), field(2, value)...)
	return field(1, field(1, field(1, attribute)))
}

func TestLongValuesAreRead(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	spans, _ := read(t, span(`"attributes":[{"key":"k","value":{"stringValue":"`+long+`"}}]`))
	if v, _ := spans[0].Attr("k"); v.Text() != long {
		t.Errorf("%d bytes, want %d", len(v.Text()), len(long))
	}
	spans, _ = read(t, `{"tags":{"k":"`+long+`"},"traceId":"1","id":"2"}`)
	if v, _ := spans[0].Attr("k"); v.Text() != long {
		t.Errorf("before the ids: %d bytes, want %d", len(v.Text()), len(long))
	}
	message := marshal(t, spans)
	if again, _, err := codec.ReadAll(bytes.NewReader(message), "test"); err != nil || len(again) != 1 {
		t.Errorf("protobuf: %d spans, %v", len(again), err)
	}
}

func TestCutInputIsAnErrorInEveryFormat(t *testing.T) {
	spans := someSpans(t)
	var otlp, stdout bytes.Buffer
	if err := codec.WriteOTLPJSON(&otlp, spans); err != nil {
		t.Fatal(err)
	}
	if err := codec.WriteStdoutTrace(&stdout, spans); err != nil {
		t.Fatal(err)
	}
	inputs := map[string][]byte{
		"otlp-json": otlp.Bytes(), "stdouttrace": stdout.Bytes(), "otlp-proto": marshal(t, spans),
		"zipkin": []byte(zipkinExample), "jaeger": []byte(jaegerExample),
	}
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) { checkCuts(t, input) })
	}
}

func TestCutOrBrokenProtobufCostsItsEnd(t *testing.T) {
	message := bytes.Repeat(marshal(t, someSpans(t)), 50) // more than what the format is recognized by
	two := append(append([]byte(nil), message...), message...)
	broken := append(append([]byte(nil), message...), 0x07) // an unknown wire type
	for reason, input := range map[string][]byte{"cut": two[:len(two)-3], "broken": broken} {
		spans, warnings, err := codec.ReadAll(bytes.NewReader(input), "test")
		if err != nil || len(spans) < 100 || len(warnings) != 1 || warnings[0].Kind != codec.CutDocument {
			t.Errorf("%s: %d spans, warnings %v, %v", reason, len(spans), warnings, err)
		}
		if _, err := strict(string(input)); err == nil {
			t.Errorf("%s: strict: no error", reason)
		}
	}
}

func TestABadSpanOfProtobufCostsThatSpan(t *testing.T) {
	good := bytes.Repeat(marshal(t, someSpans(t)), 50)
	span := []byte{0x0a, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x28, 5} // the name as a number
	scope := append([]byte{0x12, byte(len(span))}, span...)
	resource := append([]byte{0x12, byte(len(scope))}, scope...)
	bad := append([]byte{0x0a, byte(len(resource))}, resource...)
	input := append(append(append([]byte(nil), good...), bad...), good...)
	spans, warnings, err := codec.ReadAll(bytes.NewReader(input), "test")
	if err != nil || len(spans) != 200 || len(warnings) != 1 || warnings[0].Kind != codec.BadSpan {
		t.Errorf("%d spans, warnings %v, %v; want 200 and a bad span", len(spans), warnings, err)
	}
}
