package codec

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
)

// Format is a format that spans are read from.
type Format string

// The formats. Each is recognized by its content.
const (
	OTLPJSON    Format = "otlp-json"
	OTLPProto   Format = "otlp-proto"
	StdoutTrace Format = "stdouttrace"
	Jaeger      Format = "jaeger"
	Zipkin      Format = "zipkin"

	PythonConsole Format = "python-console"
	NodeConsole   Format = "node-console"
)

// Formats returns the formats that are read.
func Formats() []Format {
	var names []Format
	for _, f := range formats() {
		if f.instead == "" {
			names = append(names, f.name)
		}
	}
	return names
}

// format describes how one format is recognized and read. It is either JSON, recognized by keys and
// read by document, or something else, recognized by head and read by stream.
type format struct {
	name Format
	hint string // how to recognize a document of it, for the message about unknown JSON; "" for formats that aren't JSON

	keys     func(keys keySet) bool // whether an object with these keys is a document
	document func(in input) document

	head   func(head []byte, whole bool) bool // whether an input that starts so, or is no more than that, has the format
	stream func(src *bufio.Reader, s *state) stream

	instead string // what to do about a format that is recognized but not read
}

// formats returns all formats. The first one that recognizes an input reads it.
func formats() []format {
	return []format{
		{name: OTLPProto, head: isOTLPProto, stream: newOTLPProto},
		{name: NodeConsole, head: isNodeConsole, stream: newNodeConsole},
		{name: OTLPJSON, hint: "OTLP (resourceSpans)", keys: isOTLPJSON, document: newOTLPJSON},
		{name: Jaeger, hint: "Jaeger (data)", keys: isJaeger, document: newJaeger},
		{name: Zipkin, hint: "Zipkin (traceId, id)", keys: isZipkin, document: newZipkin},
		{name: StdoutTrace, hint: "stdouttrace (SpanContext)", keys: isStdoutTrace, document: newStdoutTrace},
		{
			name: PythonConsole, hint: "Python's console exporter (context, parent_id)", keys: isPythonConsole,
			document: newPythonConsole,
		},

		{
			name: "AWS X-Ray",
			keys: func(k keySet) bool {
				return k.has("Segments[") || k.has("Traces[") || k.has("trace_id", "id", "start_time")
			},
			instead: "send the spans to a Collector as well, with its awsxray receiver, and read its file",
		},
		{
			name:    "Datadog",
			keys:    func(k keySet) bool { return k.has("trace_id", "span_id", "resource", "duration") },
			instead: "send the spans to a Collector as well, with its datadog receiver, and read its file",
		},
		{
			name: "Elastic APM",
			keys: func(k keySet) bool {
				return k.has("transaction{") || k.has("metadata{") && k.has("metadata") && len(k) == 1
			},
			instead: "send the spans to a Collector as well, by OTLP, and read its file",
		},
		{
			name:    "documents of Elasticsearch",
			keys:    func(k keySet) bool { return k.has("_source{") || k.has("hits{") || k.has("_index") },
			instead: "ask the backend that wrote them: Jaeger's /api/traces/{id} answers in a format that is read",
		},
		{
			name:    "documents of Jaeger's storage",
			keys:    func(k keySet) bool { return k.has("traceID", "spanID", "operationName") && !k.has("spans") },
			instead: "ask Jaeger: /api/traces/{id} answers in a format that is read",
		},
		{
			name: "the answer of a search",
			keys: func(k keySet) bool { return k.has("traces[") },
			instead: "it has summaries only: ask for each trace by its id, as Tempo's /api/traces/{id} or Jaeger's " +
				"/api/v3/traces/{id}",
		},
		{
			name:    "Google Cloud Trace",
			keys:    func(k keySet) bool { return k.has("projectId", "traceId") },
			instead: "send the spans to a Collector as well, by OTLP, and read its file",
		},
		{
			name:    "Azure Monitor",
			keys:    func(k keySet) bool { return k.has("tables[") || k.has("iKey") || k.has("operation_Id") },
			instead: "send the spans to a Collector as well, by OTLP, and read its file",
		},
		{
			name:    "a log of Docker",
			keys:    func(k keySet) bool { return k.has("log", "stream") },
			instead: "read the output of docker logs, or of jq -j .log",
		},
		{
			name:    "text of the Collector's debug exporter",
			head:    isText("ResourceSpans #"),
			instead: "add the Collector's file exporter, and read its file",
		},
		{
			name:    "text of .NET's console exporter",
			head:    isText("Activity.TraceId:"),
			instead: "add the OTLP exporter, send the spans to a Collector, and read the file of its file exporter",
		},
		{
			name:    "text of Java's logging exporter",
			head:    isText(" io.opentelemetry.exporter.logging.LoggingSpanExporter "),
			instead: "set OTEL_TRACES_EXPORTER to logging-otlp, which logs OTLP as JSON",
		},
	}
}

// isText returns a function that recognizes text that is no JSON by a part of it.
func isText(part string) func(head []byte, whole bool) bool {
	return func(head []byte, _ bool) bool {
		text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
		return len(text) > 0 && text[0] != '{' && text[0] != '[' && bytes.Contains(head, []byte(part))
	}
}

// notRead returns the error for a format that is recognized but not read.
func (f *format) notRead() string {
	return "this is " + string(f.name) + ", which is not read; " + f.instead
}

// keySet are the keys of a JSON object as far as it has been read, each followed by the bracket
// with which its value begins, if that is an object or an array.
type keySet []string

// has reports whether all keys are there. A key can have the bracket that its value must begin
// with.
func (s keySet) has(keys ...string) bool {
	for _, want := range keys {
		if !slices.ContainsFunc(s, func(key string) bool { return key == want || strings.TrimRight(key, "{[") == want }) {
			return false
		}
	}
	return true
}

// canonical returns the keys in the spelling of OTLP.
func (s keySet) canonical() keySet {
	all := make(keySet, len(s))
	for i, key := range s {
		all[i] = string(canonical([]byte(key)))
	}
	return all
}

// formatNamed returns the format of a name.
func formatNamed(name Format) *format {
	for _, f := range formats() {
		if f.name == name {
			return &f
		}
	}
	return nil
}

// formatOf returns the JSON format of an object with these keys, or nil if the keys don't identify
// one.
func formatOf(keys keySet) *format {
	for _, f := range formats() {
		if f.keys != nil && f.keys(keys) {
			return &f
		}
	}
	return nil
}

// hints returns what a trace document can be, as a list for messages.
func hints() string {
	var all []string
	for _, f := range formats() {
		if f.hint != "" {
			all = append(all, f.hint)
		}
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " or " + all[last]
}
