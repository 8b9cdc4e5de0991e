package codec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// TestForeignFormats reads the files in testdata/foreign, in the forms of other tools. A format
// that isn't read is named with what to do instead; a near miss must not be taken for one.
func TestForeignFormats(t *testing.T) {
	const unsupported, unknown = "unsupported format: ", "unknown trace format: "
	const viaCollector = "; send the spans to a Collector as well"
	tests := []struct{ file, reason, fails, tree string }{
		{"azure-ai.json", "an item of Application Insights", unsupported + "Azure Monitor" + viaCollector, ""},
		{"azure-la.json", "an answer of Log Analytics", unsupported + "Azure Monitor" + viaCollector, ""},
		{"chrome-arr.json", "Chrome's events as a list", unsupported + "Chrome trace events; they are a profile", ""},
		{"chrome-meta.json", "the list begins with a process's name", unsupported + "Chrome trace events", ""},
		{"chrome-obj.json", "Chrome's events in an object", unsupported + "Chrome trace events", ""},
		{"clickhouse.json", "JSONEachRow of otel_traces", unsupported + "rows of the Collector's ClickHouse exporter", ""},
		{"cpuprofile.json", "a profile of V8", unsupported + "a CPU profile; it contains no traces", ""},
		{"speedscope.json", "a profile of speedscope", unsupported + "a CPU profile", ""},
		{"pprof.pb", "a profile of Go", unsupported + "a CPU profile", ""},
		{"perfetto.pb", "packets of Perfetto", unsupported + "a Perfetto trace; it is a profile of a system", ""},
		{
			"otlp-logs.pb", "OTLP of another signal",
			unsupported + "OTLP logs; it contains no traces: read what is sent to /v1/traces", "",
		},
		{"otlp-logs-framed.pb", "the same, as the Collector's file exporter writes it", unsupported + "OTLP logs", ""},
		{"otlp-metrics.pb", "a counter", unsupported + "OTLP metrics; it contains no traces", ""},
		{"otlp-gauge.pb", "a gauge has the fields of a span", unsupported + "OTLP metrics", ""},
		{"dd-search.json", "an answer of Datadog's search", unsupported + "Datadog spans" + viaCollector, ""},
		{"dd-trace.json", "an answer of Datadog's trace API", unsupported + "Datadog spans", ""},
		{"dd-spans.json", "spans with a begin and an end", unsupported + "Datadog spans", ""},
		{"elastic-hit.json", "a transaction's document", unsupported + "Elastic APM events" + viaCollector, ""},
		{"elastic-span.json", "a span's document", unsupported + "Elastic APM events", ""},
		{"elastic-otel.json", "a span's document by the Collector", unsupported + "Elastic APM events", ""},
		{"elastic-intake.json", "what an agent sends", unsupported + "Elastic APM events", ""},
		{"elastic-intake-span-first.json", "what an agent sends, cut", unsupported + "Elastic APM events", ""},
		{"har.json", "a browser's requests", unsupported + "HAR (an archive of HTTP requests); it contains", ""},
		{"honeycomb.json", "the result of a query", unsupported + "Honeycomb events" + viaCollector, ""},
		{"honeycomb-ev.json", "a batch of events", unsupported + "Honeycomb events", ""},
		{"honeycomb-flat.json", "a download of rows", unsupported + "Honeycomb events", ""},
		{"lightstep.json", "a stored trace", unsupported + "Lightstep traces" + viaCollector, ""},
		{"newrelic.json", "what is sent to the trace API", unsupported + "New Relic spans" + viaCollector, ""},
		{"newrelic-nrql.json", "the result of a query", unsupported + "New Relic spans", ""},
		{"opencensus.json", "what an agent of OpenCensus exports", unsupported + "OpenCensus spans" + viaCollector, ""},
		{"sentry.json", "a transaction", unsupported + "Sentry events" + viaCollector, ""},
		{"sentry-envelope.json", "an envelope", unsupported + "Sentry events", ""},
		{"signoz.json", "a trace of SigNoz's API", unsupported + "SigNoz traces" + viaCollector, ""},
		{"skywalking.json", "an answer of the query protocol", unsupported + "SkyWalking segments" + viaCollector, ""},
		{"stackdriver-v1.json", "a trace, version 1", unsupported + "Google Cloud Trace" + viaCollector, ""},
		{"stackdriver-v1-list.json", "a list of traces", unsupported + "Google Cloud Trace", ""},
		{"stackdriver-v2.json", "a batch of spans, version 2", unsupported + "Google Cloud Trace", ""},
		{
			"tempo-search.json", "spans that match TraceQL, named where they begin",
			"in: line 1, column 11 ($.traces): " + unsupported + "search results; they contain summaries only", "",
		},
		{"xray-batch.json", "an answer of BatchGetTraces", unsupported + "AWS X-Ray" + viaCollector, ""},
		{"xray-console.json", "a trace of the console", unsupported + "AWS X-Ray", ""},
		{"xray-daemon.json", "what is sent to the daemon", unsupported + "AWS X-Ray", ""},
		{"xray-summaries.json", "an answer of GetTraceSummaries", unsupported + "AWS X-Ray", ""},

		{"grafana-query.json", "an answer of the query API, with a graph", "", "web: GET / (root)\n  web: load !error\n"},
		{"grafana-inspector.json", "the query inspector; half a trace ID", "", "web: GET / (root)\n"},
		{"grafana-inspector-otlp.json", "the query inspector, an answer of Tempo", "", "web: GET / (root)\n"},
		{"grafana-frames.json", "frames of a panel", "", "web: GET / (root)\n"},
		{"grafana-series.json", "the data of a panel", "", "web: GET / (root)\n"},
		{"grafana-data-frames.json", "frames below data", "", "web: GET / (root)\n"},
		{"grafana-rows.json", "rows", "", "web: GET / (root)\n"},
		{"grafana-table.json", "a table of search results has no spans", "", ""},
		{"near-grafana.json", "OTLP with a member of that name", "", "web: frames (root)\n"},

		{"jaeger-es.json", "a document of Jaeger in Elasticsearch", "", "web: GET /a (root)\n"},
		{"jaeger-es-fields.json", "its tags are members of an object", "", "web: GET /a (root) !error\n"},
		{"jaeger-v2.json", "spans of the gRPC API in protobuf's JSON form", "", "web: GET / (root)\n  web: load\n"},
		{"jaeger-v2-chunks.json", "a chunk of the gateway in front of that API", "", "web: GET / (root)\n"},
		{"jaeger-v2-line.json", "a span that the collector sends to Kafka", "", "web: GET / (root)\n"},
		{"jaeger-v2-snake.json", "the names of protobuf", "", "web: GET / (root)\n"},

		{"near-jaeger-v3.json", "an answer of the API v3 is OTLP", "", "web: operationName (root)\n"},
		{"near-log.json", "a line of a log with the ids of its span", unknown + "this JSON has keys level", ""},
		{"near-jaeger.json", "keys of Datadog and Lightstep inside of a process", "", "web: a (root)\n"},
		{"near-otlp.json", "keys of New Relic and SkyWalking as names", "", "web: a (root)\n"},
		{"near-tempo.json", "a key of Datadog next to batches", "", "web: a (root)\n"},
		{"near-zipkin.json", "keys of five formats as tags", "", "web: a (root)\n"},
	}
	listed := make(map[string]bool)
	for _, test := range tests {
		listed[test.file] = true
		t.Run(test.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "foreign", test.file))
			if err != nil {
				t.Fatal(err)
			}
			spans, _, err := codec.ReadAll(strings.NewReader(string(text)), "in")
			switch {
			case test.fails == "" && err != nil:
				t.Errorf("%s: %v", test.reason, err)
			case test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)):
				t.Errorf("%s: got the error %v, want %q", test.reason, err, test.fails)
			}
			if got := tree(spans, tracetree.Full); err == nil && got != test.tree {
				t.Errorf("%s: got the tree\n%swant\n%s", test.reason, got, test.tree)
			}
		})
	}
	files, err := os.ReadDir(filepath.Join("testdata", "foreign"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !listed[file.Name()] {
			t.Errorf("testdata/foreign/%s isn't in the table", file.Name())
		}
	}
}
