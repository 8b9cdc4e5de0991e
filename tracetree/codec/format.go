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

	Grafana       Format = "grafana"
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

// format describes how one format is recognized and read. JSON is recognized by keys and read by
// document, anything else is recognized by head and read by stream.
type format struct {
	name Format
	hint string // how to recognize a document of it, for the message about unknown JSON; "" for formats that aren't JSON

	keys     func(keys keySet) bool // whether an object with these keys is a document
	document func(in input) document

	head   func(head []byte, whole bool) bool // whether an input that starts so, or is no more than that, has the format
	stream func(src *bufio.Reader, s *state) stream

	text []string // parts of text of which nothing can be read

	instead string // what to do about a format that is recognized but not read
}

// formats returns all formats. The first one that recognizes the beginning of an input reads it:
// see openStream. JSON is recognized by its keys: see formatOf, which looks at the unreadable
// ones first.
func formats() []format { return append(readable(), unreadable()...) }

func readable() []format {
	return []format{
		{name: OTLPProto, head: isOTLPProto, stream: newOTLPProto},
		{name: NodeConsole, head: isNodeConsole, stream: newNodeConsole},
		{name: OTLPJSON, hint: "OTLP (resourceSpans)", keys: isOTLPJSON, document: newOTLPJSON},
		{name: Jaeger, hint: "Jaeger (data)", keys: isJaeger, document: newJaeger},
		{name: Zipkin, hint: "Zipkin (traceId, id)", keys: isZipkin, document: newZipkin},
		{name: StdoutTrace, hint: "stdouttrace (SpanContext)", keys: isStdoutTrace, document: newStdoutTrace},
		{name: Grafana, hint: "Grafana's data frames (fields)", keys: isGrafana, document: newGrafana},
		{
			name: PythonConsole, hint: "Python's or PHP's console exporter (context, kind)", keys: isPythonConsole,
			document: newPythonConsole,
		},
	}
}

// unreadable returns the formats that are recognized but not read. A name continues the text
// "unsupported format: ".
func unreadable() []format {
	const (
		viaOTLP  = "send the spans to a Collector as well, by OTLP, and read the file of its file exporter"
		noTraces = "it contains no traces"

		decompress = "decompress the file first, or compress it by gzip, zstd or bzip2"
	)
	via := func(receiver string) string {
		return "send the spans to a Collector as well, with its " + receiver +
			" receiver, and read the file of its file exporter"
	}
	return []format{
		{
			name: "AWS X-Ray",
			keys: func(k keySet) bool {
				return k.has("Segments[") || k.has("Traces[") || k.has("TraceSummaries[") ||
					k.has("trace_id", "id", "start_time") || k.has("format", "version") && len(k) == 2
			},
			instead: via("awsxray"),
		},
		{
			name: "Datadog spans",
			keys: func(k keySet) bool {
				return k.has("trace_id", "span_id", "resource", "duration") && !k.has("resource{") ||
					k.has("trace_id", "span_id", "resource", "start") ||
					k.has("trace{", ".root_id", ".spans{") ||
					k.has("data[", ".attributes{", "..resource_name") || k.has("data[", ".attributes{", "..operation_name")
			},
			instead: via("datadog"),
		},
		{
			name:    "Lightstep traces",
			keys:    func(k keySet) bool { return k.has("data[", ".attributes{", "...span-id") },
			instead: viaOTLP,
		},
		{
			name: "Elastic APM events",
			keys: func(k keySet) bool {
				return k.has("transaction{") || k.has("metadata{") && len(k) == 1 ||
					k.has("span{", ".transaction_id") || k.has("@timestamp", "processor{", "span{") ||
					k.has("@timestamp", "trace_id", "span_id", "duration")
			},
			instead: viaOTLP,
		},
		{
			name:    "Elasticsearch documents",
			keys:    func(k keySet) bool { return k.has("_source{") || k.has("hits{") || k.has("_index") },
			instead: "ask the backend that wrote them: Jaeger's /api/traces/{id} answers in a format that is read",
		},
		{
			name: "Google Cloud Trace",
			keys: func(k keySet) bool {
				return k.has("projectId", "traceId") || k.has("traces[", ".projectId") || k.has("spans[", ".displayName{")
			},
			instead: viaOTLP,
		},
		{
			name:    "OpenCensus spans",
			keys:    func(k keySet) bool { return k.has("node{", "spans[") || k.has("spans[", ".name{", ".traceId") },
			instead: via("opencensus"),
		},
		{
			name: "search results",
			keys: func(k keySet) bool { return k.has("traces[") },
			instead: "they contain summaries only: ask for each trace by its ID, as with Tempo's /api/traces/{id} or " +
				"Jaeger's /api/v3/traces/{id}",
		},
		{
			name: "Azure Monitor",
			keys: func(k keySet) bool {
				return k.has("tables[") || k.has("Tables[") || k.has("iKey") || k.has("operation_Id")
			},
			instead: viaOTLP,
		},
		{
			name: "New Relic spans",
			keys: func(k keySet) bool {
				return k.has("spans[", ".trace.id") || k.has("data{", ".actor{") || k.has("trace.id", "guid")
			},
			instead: viaOTLP,
		},
		{
			name: "Honeycomb events",
			keys: func(k keySet) bool {
				return k.has("trace.trace_id") || k.has("data{", ".trace.trace_id") || k.has("data{", "...trace.trace_id")
			},
			instead: viaOTLP,
		},
		{
			name: "Sentry events",
			keys: func(k keySet) bool {
				return k.has("event_id") && (k.has("sent_at") || k.has("contexts{") || k.has("transaction")) ||
					k.has("contexts{", "start_timestamp")
			},
			instead: viaOTLP,
		},
		{
			name:    "SigNoz traces",
			keys:    func(k keySet) bool { return k.has("startTimestampMillis", "columns[") },
			instead: viaOTLP,
		},
		{
			name:    "SkyWalking segments",
			keys:    func(k keySet) bool { return k.has("data{", "...segmentId") || k.has("traceSegmentId") },
			instead: via("skywalking"),
		},
		{
			name:    "rows of the Collector's ClickHouse exporter",
			keys:    func(k keySet) bool { return k.has("TraceId", "SpanId", "SpanName") },
			instead: "add the Collector's file exporter next to it, and read its file",
		},
		{
			name:    "Chrome trace events",
			keys:    func(k keySet) bool { return k.has("traceEvents[") || k.has("ph", "pid", "ts") },
			instead: "they are a profile of one process, whose events have no trace IDs; open them in https://ui.perfetto.dev",
		},
		{
			name:    "HAR (an archive of HTTP requests)",
			keys:    func(k keySet) bool { return k.has("log{", ".entries[") },
			instead: noTraces + "; if the requests have a traceparent header, ask the backend for these traces",
		},
		{
			name: "a CPU profile",
			keys: func(k keySet) bool {
				return k.has("nodes[", "samples[") || k.has("nodes[", "timeDeltas[") || k.has("shared{", "profiles[")
			},
			head:    isPprof,
			instead: noTraces + "; open it with go tool pprof, or with the tool that wrote it",
		},
		{name: "OTLP logs", head: isOTLPLogsProto, instead: noTraces + ": read what is sent to /v1/traces"},
		{name: "OTLP metrics", head: isOTLPMetricsProto, instead: noTraces + ": read what is sent to /v1/traces"},
		{
			name:    "a Perfetto trace",
			head:    isPerfetto,
			instead: "it is a profile of a system, whose events have no trace IDs; open it in https://ui.perfetto.dev",
		},
		{
			name:    "Docker's log file",
			keys:    func(k keySet) bool { return k.has("log", "stream") },
			instead: "read the output of docker logs, or of jq -j .log",
		},
		{
			name:    "entries of systemd's journal",
			keys:    func(k keySet) bool { return k.has("MESSAGE", "__REALTIME_TIMESTAMP") },
			instead: "read the output of journalctl -o cat",
		},
		{
			name:    "messages in kcat's JSON",
			keys:    func(k keySet) bool { return k.has("topic", "partition", "payload") },
			instead: "read the output of kcat without -J, or of jq -r .payload",
		},
		{
			name:    "text of the Collector's debug exporter",
			text:    []string{"ResourceSpans #", `"resource spans": `},
			instead: "add the Collector's file exporter, and read its file",
		},
		{
			name:    "text of C++'s ostream exporter",
			text:    []string{"\n  trace_id      : "},
			instead: viaOTLP,
		},
		{
			name:    "text of Ruby's console exporter",
			text:    []string{"#<struct OpenTelemetry::SDK::Trace::SpanData"},
			instead: viaOTLP,
		},
		{
			name:    "text of Rust's stdout exporter",
			text:    []string{"\tParentSpanId : "},
			instead: viaOTLP,
		},
		{
			name:    "text of .NET's console exporter",
			text:    []string{"Activity.TraceId:"},
			instead: "add the OTLP exporter, send the spans to a Collector, and read the file of its file exporter",
		},
		{
			name:    "text of Java's logging exporter",
			text:    []string{" io.opentelemetry.exporter.logging.LoggingSpanExporter "},
			instead: "set OTEL_TRACES_EXPORTER to logging-otlp, which logs OTLP as JSON",
		},
		{
			name:    "OTLP in protobuf's text form",
			text:    []string{"resource_spans {", "resource_spans:{", "resource_spans: {"},
			instead: "write the message in protobuf's JSON form or in binary, in Python by MessageToJson or SerializeToString",
		},
		{
			name:    "Python's notation of objects",
			text:    []string{"'resourceSpans': ", "'resource_spans': ", "'trace_id': ", "'traceId': '"},
			instead: "write it by json.dumps",
		},
		{
			name:    "JSON in a string of JSON",
			text:    []string{`{\"resourceSpans\"`, `{\"data\":`, `{\"traceId\"`, `{\"traceID\"`},
			instead: "take it out, as by jq -r",
		},
		{
			name:    "an HTML page",
			text:    []string{"<!DOCTYPE html", "<!doctype html", "<html"},
			instead: noTraces + ": ask the backend's API, and see that it didn't answer with its page or a login",
		},
		{
			name:    "JavaScript's span objects",
			keys:    func(k keySet) bool { return k.has("_spanContext{") },
			instead: "export them by the SDK's ConsoleSpanExporter or by OTLP",
		},
		{
			name:    "calls between services",
			keys:    func(k keySet) bool { return k.has("parent", "child", "callCount") },
			instead: "they are counts: ask for traces, by /api/traces of Jaeger or /api/v2/traces of Zipkin",
		},
		{
			name:    "the answer to an export",
			keys:    func(k keySet) bool { return k.has("partialSuccess") || k.has("partial_success") },
			instead: noTraces + ": read what was sent",
		},
		{
			name:    "answers of Loki and Prometheus",
			keys:    func(k keySet) bool { return k.has("status", "data{", ".resultType") },
			instead: noTraces + "; ask Tempo or Jaeger for them",
		},
		{
			name: "Zipkin's protobuf", head: isZipkinProto,
			instead: "ask Zipkin for the trace by /api/v2/trace/{id}, which answers in JSON",
		},
		{name: "compression by xz", head: begins("\xFD7zXZ\x00"), instead: decompress},
		{name: "compression by 7z", head: begins("7z\xBC\xAF\x27\x1C"), instead: decompress},
		{name: "compression by lz4", head: begins("\x04\x22\x4D\x18"), instead: decompress},
	}
}

// begins returns a function that recognizes input by its first bytes.
func begins(with string) func(head []byte, whole bool) bool {
	return func(head []byte, _ bool) bool { return bytes.HasPrefix(head, []byte(with)) }
}

// formatOfText returns the format of text in which no trace was found, or nil.
func formatOfText(head []byte) *format {
	for _, f := range unreadable() {
		for _, part := range f.text {
			if bytes.Contains(head, []byte(part)) {
				return &f
			}
		}
	}
	return nil
}

// notRead returns the error for a format that is recognized but not read.
func (f *format) notRead() string {
	return "unsupported format: " + string(f.name) + "; " + f.instead
}

// keySet are the keys of a JSON object as far as it has been read, each followed by the bracket
// with which its value begins, if that is an object or an array. Keys inside of the values of some
// keys have a dot in front for each object that they are in; see [lookInside].
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
// one. Formats that aren't read come first: some share a key such as data with one that is read,
// and differ in the keys inside.
func formatOf(keys keySet) *format {
	for _, f := range append(unreadable(), readable()...) {
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
