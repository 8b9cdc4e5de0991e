package codec_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// pretty returns a document in lines.
func pretty(document string) string {
	return strings.NewReplacer("{", "{\n  ", "}", "\n}", ",", ",\n").Replace(document) + "\n"
}

// prefixedLines puts a prefix before each line.
func prefixedLines(prefix, text string) string {
	return prefix + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+prefix) + "\n"
}

// Programs, container runtimes and tools that join logs write a prefix before each line.
func TestTracesInTheLinesOfALogAreRead(t *testing.T) {
	one := func(id string) string {
		return `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0000000000000000000000000000000` + id +
			`","spanId":"0000000000000001","name":"` + id + `","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}`
	}
	tests := []struct {
		reason, text string
		want         []string // the names of the spans
		warnings     int
	}{
		{
			"a container runtime, which cuts long lines",
			"2026-01-01T00:00:00.0Z stdout F ready\n2026-01-01T00:00:00.1Z stdout P " + one("1")[:100] +
				"\n2026-01-01T00:00:00.1Z stdout P " + one("1")[100:120] + "\n2026-01-01T00:00:00.1Z stdout F " + one("1")[120:] +
				"\n2026-01-01T00:00:01.0Z stderr F " + one("2") + "\n",
			[]string{"1", "2"},
			1,
		},
		{
			"Docker Compose before each line of a document", prefixedLines("shop-1  | ", pretty(one("1"))) +
				"mail-1  | ready\n" + prefixedLines("shop-1  | ", pretty(one("2"))),
			[]string{"1", "2"},
			1,
		},
		{
			"Docker Compose in color",
			"Attaching to shop-1\n" + prefixedLines("\x1b[36mshop-1  | \x1b[0m", pretty(one("1"))+pretty(one("2"))),
			[]string{"1", "2"},
			1,
		},
		{
			"times before each line of a document",
			prefixedLines("2026-01-01T00:00:00.0000000Z ", "ready\n"+pretty(one("1"))+pretty(one("2"))),
			[]string{"1", "2"},
			1,
		},
		{
			"kubectl logs --prefix", prefixedLines("[pod/shop-abc/shop] ", "ready\n"+pretty(one("1"))+pretty(one("2"))),
			[]string{"1", "2"},
			1,
		},
		{
			"a document whose lines look as if they had a prefix",
			"a | b\n{\"resourceSpans\":\n[{\"scopeSpans\":[{\"spans\":[{\"name\":\"1\",\"traceId\":\n" +
				"\"00000000000000000000000000000001\",\"spanId\":\"0000000000000001\"}]}]}]}\n",
			[]string{"1"},
			1,
		},
		{
			"a container runtime",
			"2026-01-01T00:00:00.0Z stdout F " + one("1") + "\n2026-01-01T00:00:01.0Z stdout F " + one("2") + "\n",
			[]string{"1", "2"},
			1,
		},
		{
			"joined logs of containers", "shop-1  | " + one("1") + "\nmail-1  | ready\nmail-1  | " + one("2"),
			[]string{"1", "2"},
			1,
		},
		{
			"Java's logger, after braces without a key", "Nov 14, 2023 {main} export\nINFO: " + one("1") + "\n",
			[]string{"1"},
			1,
		},
		{
			"other JSON in a line", `level=info {"a":1} and {"b":{"c":2}} ` + one("1") + "\n" + one("2"),
			[]string{"1", "2"},
			2,
		},
		{"broken JSON in a line costs the line", "x {\"a\": oops\n" + one("1") + "\n", []string{"1"}, 2},
		{
			"a quoted document is text",
			`msg="` + strings.ReplaceAll(one("1"), `"`, `\"`) + "\"\n" + one("2") + "\n",
			[]string{"2"},
			1,
		},
		{
			"Java's agent, whose lines begin with a bracket",
			"[otel.javaagent 2026-01-01 00:00:00:000 +0000] [main] INFO OtlpJsonLoggingSpanExporter - " + one("1") + "\n" +
				"[otel.javaagent 2026-01-01 00:00:01:000 +0000] [main] INFO OtlpJsonLoggingSpanExporter - " + one("2") + "\n",
			[]string{"1", "2"},
			1,
		},
		{
			"times in brackets, and JSON behind them",
			"[2026-01-01 00:00:00] app.INFO: ready {\"a\":1} []\n" + one("1") + "\n[2026-01-01T00:00:00.0+00:00] app.INFO: " +
				one("2") + "\n[error] 5#5: *1 connect() failed\n[\"a\"] done\n[{x}] done\n",
			[]string{"1", "2"},
			1,
		},
		{"two documents in a line", "a: " + one("1") + " b: " + one("2") + "\n", []string{"1", "2"}, 1},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, warnings, err := codec.ReadAll(iotest.OneByteReader(strings.NewReader(test.text)), "app.log")
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for i := range spans {
				names = append(names, spans[i].Name)
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(warnings) > test.warnings {
				t.Errorf("got %d warnings, want 1 to %d: %v", len(warnings), test.warnings, warnings)
			}
			for _, w := range warnings {
				if w.Lost() {
					t.Errorf("got %v, want a warning that loses no span", w)
				}
			}
		})
	}
}

// A part of a message of protobuf may look like a prefix.
func TestPrefixesOfLinesAreThoseOfText(t *testing.T) {
	const name = "a\nshop-1  | b\n2026-01-01T00:00:00Z c"
	want, _ := read(t, span(`"name":"`+strings.ReplaceAll(name, "\n", `\n`)+`"`))
	got, _ := read(t, string(marshal(t, want)))
	if len(got) != 1 || got[0].Name != name {
		t.Errorf("got %+v, want the name %q", got, name)
	}
}

func TestFormatsThatAreNotReadAreNamed(t *testing.T) {
	tests := []struct{ text, want string }{
		{`{"log":"{\"resourceSpans\":[]}\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}`, "Docker's log file"},
		{"Activity.TraceId:            3f7a1d2b4c5e6f708192a3b4c5d6e7f8\nActivity.SpanId: 1\n", ".NET's console exporter"},
		{
			"Nov 14, 2023 10:13:20 PM io.opentelemetry.exporter.logging.LoggingSpanExporter export\n" +
				"INFO: 'GET /' : 01 02 SERVER\n",
			"Java's logging exporter",
		},
		{`{"projectId":"p","traceId":"ab","spans":[{"spanId":"1"}]}`, "Google Cloud Trace"},
		{`{"tables":[{"name":"PrimaryResult","rows":[]}]}`, "Azure Monitor"},
		{
			"2026-01-01T00:00:00.0Z\tinfo\tTraces\t{\"resource\": {}, " +
				"\"otelcol.signal\": \"traces\", \"resource spans\": 1, \"spans\": 2}\n",
			"the Collector's debug exporter",
		},
		{"{\n  name          : a\n  trace_id      : 5b8e\n  span_id       : 1\n}\n", "C++'s ostream exporter"},
		{`{'resourceSpans': [{'resource': {}, 'flags': None}]}`, "Python's notation of objects"},
		{`"{\"resourceSpans\":[]}"`, "JSON in a string of JSON"},
		{"<!DOCTYPE html><html><script>window.x={\"a\":1}</script></html>", "an HTML page"},
		{"#<struct OpenTelemetry::SDK::Trace::SpanData\n name=\"a\",\n kind=:server>\n", "Ruby's console exporter"},
		{"Spans\nResource\nSpan #0\n\tTraceId      : 5b8e\n\tParentSpanId : None (root span)\n", "Rust's stdout exporter"},
		{"resource_spans {\n  resource {\n  }\n}\n", "protobuf's text form"},
		{"resource_spans:{resource:{attributes:{key:\"a\"}}}", "protobuf's text form"},
		{`[{"parent":"shop","child":"db","callCount":3}]`, "calls between services"},
		{`{"data":[{"parent":"shop","child":"db","callCount":3}]}`, "calls between services"},
		{`{"partialSuccess":{}}`, "the answer to an export"},
		{`{"topic":"otlp_spans","partition":0,"offset":1,"payload":"{\"resourceSpans\":[]}"}`, "messages in kcat's JSON"},
		{`{"__REALTIME_TIMESTAMP":"1","MESSAGE":"{\"resourceSpans\":[]}","PRIORITY":"6"}`, "entries of systemd's journal"},
		{`{"status":"success","data":{"resultType":"streams","result":[]}}`, "answers of Loki and Prometheus"},
		{`[{"_spanContext":{"traceId":"5b8e","spanId":"1"},"name":"a","startTime":[1,2]}]`, "JavaScript's span objects"},
		{"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F", "compression by xz"},
		{"7z\xbc\xaf\x27\x1c\x00\x04", "compression by 7z"},
		{"\x04\x22\x4d\x18\x64\x40\xa7", "compression by lz4"},
		{
			"\x0a\x23\x0a\x10" + strings.Repeat("\x01", 16) + "\x1a\x08" + strings.Repeat("\x02", 8) +
				"\x20\x01\x2a\x01a\x38\x05",
			"Zipkin's protobuf",
		},
	}
	for _, test := range tests {
		_, _, err := codec.ReadAll(strings.NewReader(test.text), "in")
		if err == nil || !strings.Contains(err.Error(), test.want+"; ") {
			t.Errorf("%.30q: got error %v, want one that names %s and a way out", test.text, err, test.want)
		}
	}
	// A log that has both: the Collector writes the text, and a program next to it spans.
	both := "2026-01-01T00:00:00.0Z\tinfo\tResourceSpans #0\nResource SchemaURL:\n" + span(`"name":"a"`) + "\n"
	if spans, _, err := codec.ReadAll(strings.NewReader(both), "in"); err != nil || len(spans) != 1 {
		t.Errorf("both: got %d spans and the error %v, want the span", len(spans), err)
	}
	// The same words in the text of an attribute.
	spans, _, err := codec.ReadAll(strings.NewReader(span(
		`"attributes":[{"key":"log","value":{"stringValue":"Activity.TraceId: ResourceSpans #0"}}]`)), "in")
	if err != nil || len(spans) != 1 {
		t.Errorf("got %d spans and the error %v, want the span", len(spans), err)
	}
}

func TestIDsAndNamesInOtherSpellingsAreRead(t *testing.T) {
	text := `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"01234567-89ab-cdef-0123-456789abcdef",` +
		`"spanId":"0x00000000000000AB","name":"a","kind":"server","status":{"code":"Error"},` +
		`"startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}`
	spans, warnings, err := codec.ReadAll(strings.NewReader(text), "in")
	if err != nil || len(spans) != 1 || len(warnings) > 0 {
		t.Fatalf("got %d spans, warnings %v and error %v, want one span", len(spans), warnings, err)
	}
	s := spans[0]
	if s.TraceID.String() != "0123456789abcdef0123456789abcdef" || s.SpanID.String() != "00000000000000ab" ||
		s.Kind != tracetree.KindServer || s.Status != tracetree.StatusError {
		t.Errorf("got %+v", s)
	}
	for reason, ids := range map[string][2]string{
		"lists of bytes": {"[1,35,69,103,137,171,205,239,1,35,69,103,137,171,205,239]", "[0,0,0,0,0,0,0,171]"},
		"Node's buffers": {
			`{"type":"Buffer","data":[1,35,69,103,137,171,205,239,1,35,69,103,137,171,205,239]}`,
			`{"type":"Buffer","data":[0,0,0,0,0,0,0,171]}`,
		},
		"arrays of JavaScript": {
			`{"0":1,"1":35,"2":69,"3":103,"4":137,"5":171,"6":205,"7":239,"8":1,"9":35,"10":69,"11":103,"12":137,"13":171,` +
				`"14":205,"15":239}`, `{"0":0,"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":171}`,
		},
	} {
		other := strings.Replace(text, `"01234567-89ab-cdef-0123-456789abcdef"`, ids[0], 1)
		other = strings.Replace(other, `"0x00000000000000AB"`, ids[1], 1)
		spans, warnings, err := codec.ReadAll(strings.NewReader(other), "in")
		if err != nil || len(warnings) > 0 || len(spans) != 1 ||
			spans[0].TraceID != s.TraceID || spans[0].SpanID != s.SpanID {
			t.Errorf("%s: got %+v, warnings %v and error %v, want the same span", reason, spans, warnings, err)
		}
	}
	for id, want := range map[string]string{
		"5": "found a number, want a string", "[1,2]": "2 bytes", `{"type":"Buffer","data":[256]}`: "found 256, want a byte",
	} {
		other := strings.Replace(text, `"01234567-89ab-cdef-0123-456789abcdef"`, id, 1)
		spans, warnings, _ := codec.ReadAll(strings.NewReader(other), "in")
		if len(spans) > 0 || len(warnings) == 0 || !strings.Contains(warnings[0].Message, want) {
			t.Errorf("%s: got %d spans and warnings %v, want no span and %q", id, len(spans), warnings, want)
		}
	}
	for _, id := range []string{
		"0x0123", "0123456-789ab-cdef-0123-456789abcdef0", "0x01234567-89ab-cdef-0123-456789abcdeg",
	} {
		other := strings.Replace(text, "01234567-89ab-cdef-0123-456789abcdef", id, 1)
		spans, warnings, _ := codec.ReadAll(strings.NewReader(other), "in")
		if len(spans) != 0 || len(warnings) != 1 {
			t.Errorf("%s: got %d spans and the warnings %v, want no span and one warning", id, len(spans), warnings)
		}
	}
}
