package stats_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/kinds"
	"tracelab/tracetree"
	"tracelab/tracetree/clock"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/stats"
)

// readCase returns the traces of a file in testdata, in whose text the edits replace each other, in
// pairs.
func readCase(t *testing.T, name string, edits ...string) *tracetree.Forest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	spans, _, err := codec.ReadAll(strings.NewReader(strings.NewReplacer(edits...).Replace(string(text))), name)
	if err != nil {
		t.Fatal(err)
	}
	return tracetree.Build(spans)
}

// waits returns the labels of the spans on the path to the first top, with their shares of the
// time.
func waits(forest *tracetree.Forest) map[string]string {
	path, _ := stats.CriticalPath(topOf(forest), clock.Estimate(forest))
	waits := make(map[string]string)
	for _, s := range path.Spans {
		waits[s.Label] = s.Total.String()
	}
	return waits
}

// Paths across clocks that differ, and maps of hosts and services of one name.
func TestCases(t *testing.T) {
	const skewed, ads = "20-clock-skew-critical-path.json", "21-map-two-rows-of-one-name.json"
	path := map[string]string{
		"a: GET /x": "10ms", "a: http.client.GET b": "10ms", "b: GET /y": "10ms",
		"db: SELECT (y table)": "70ms",
	}
	var inputs []kinds.Input
	for _, test := range []struct {
		kind   kinds.Input
		reason string
		edits  []string
		want   map[string]string
	}{
		{kinds.In("20"), "the callee's clock is 2 s ahead", nil, path},
		{kinds.In("20"), "the callee's clock is 3 h behind", []string{`"17000000020`, `"16999892020`}, path},
		{kinds.Near("20"), "equal clocks", []string{`"17000000020`, `"17000000000`}, path},
	} {
		inputs = append(inputs, test.kind)
		t.Run(test.kind.Kind+": "+test.reason, func(t *testing.T) {
			if diff := cmp.Diff(test.want, waits(readCase(t, skewed, test.edits...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, test := range []struct {
		kind   kinds.Input
		reason string
		edits  []string
		want   []string
	}{
		{kinds.In("21"), "a host is not the service of its name", nil, []string{"web -> ads: 1, 0", "web -> ads: 1, 1"}},
		{
			kinds.In("21"), "both calls are to the host",
			[]string{`"parentSpanId": "0000000000000002"`, `"x": 1`},
			[]string{"web -> ads: 2, 1"},
		},
		{
			kinds.Near("21"), "a host of another name",
			[]string{
				"\"server.address\",\n         \"value\": {\n          \"stringValue\": \"ads\"",
				"\"server.address\",\n         \"value\": {\n          \"stringValue\": \"ads.prod\"",
			},
			[]string{"web -> ads: 1, 0", "web -> ads.prod: 1, 1"},
		},
	} {
		inputs = append(inputs, test.kind)
		t.Run(test.kind.Kind+": "+test.reason, func(t *testing.T) {
			if diff := cmp.Diff(test.want, arrows(stats.ServiceMap(readCase(t, ads, test.edits...)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	kinds.Complete(t, "stats", inputs)
}

func TestMapsOfInstrumentations(t *testing.T) {
	tests := []struct {
		file, reason string
		want         []string
	}{
		{
			"python.json", "SQS.ReceiveMessage and SQS.DeleteMessage send nothing",
			[]string{
				"api-gateway -> task-service: 1, 0", "task-service -> db: tasks table: 1, 0",
				"task-service -> sqs: task-events: 1, 0", "worker -> db: tasks table: 1, 0", "sqs: task-events -> worker: 1, 0",
			},
		},
		{
			"node.json", "the receive is no message of its own",
			[]string{
				"api-gateway -> task-service: 1, 0", "task-service -> db: tasks table: 1, 0",
				"task-service -> sqs: task-events: 1, 0", "worker -> db: tasks table: 1, 0", "sqs: task-events -> worker: 1, 0",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, arrows(stats.ServiceMap(readCase(t, tt.file)))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

// The maps of the course's request as the instrumentations of all languages record it.
func TestMapsOfLanguages(t *testing.T) {
	course := func(database, queue string) []string {
		return []string{
			"api-gateway -> task-service: 1, 0", "task-service -> " + database + ": 1, 0",
			"task-service -> " + queue + ": 1, 0", "worker -> " + database + ": 1, 0", queue + " -> worker: 1, 0",
		}
	}
	messages := func(calls int, database, queue string) []string {
		return []string{
			fmt.Sprintf("api-gateway -> %s: %d, 0", database, calls), "api-gateway -> " + queue + ": 1, 0",
			fmt.Sprintf("worker -> %s: %d, 0", database, calls), queue + " -> worker: 1, 0",
		}
	}
	const table, sqs, kafka = "db: tasks table", "sqs: task-events", "kafka: task-events"
	want := map[string][]string{
		"dotnet.json": course(table, sqs), "dotnet-grpc.json": course(table, sqs), "go.jsonl": course(table, sqs),
		"java.json": course(table, sqs), "java-receive.json": course(table, sqs),
		"node.jsonl": course(table, sqs), "python.json": course(table, sqs),
		"rust.json":                  course("db: aws.dynamodb", "sqs"), // the SDK records neither table nor queue
		"go-messages.jsonl":          messages(1, "db: record", kafka),
		"node-kafka.json":            messages(1, "db: app", kafka),
		"node-pg-kafkajs.jsonl":      messages(2, "db: record", kafka), // connecting is a call too
		"node-mongodb-amqplib.jsonl": messages(1, table, "rabbitmq: task-events"),
		"python-kafka.json":          messages(1, "db: tasks", kafka),
		"python-celery.json":         messages(1, "db: tasks table", "queue: celery"),
	}
	files, err := filepath.Glob(filepath.Join("..", "testdata", "languages", "*.json*"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, %v; want %d", len(files), err, len(want))
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			got := arrows(stats.ServiceMap(readCase(t, filepath.Join("..", file))))
			if diff := cmp.Diff(want[name], got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A fetch has ended when the work below it begins, which makes calls of its own.
func TestMapOfWorkBelowAFetch(t *testing.T) {
	const fetch = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"mail"}}]},
		"scopeSpans":[{"spans":[
		{"traceId":"0000000000000000000000000000000a","spanId":"0000000000000001","name":"orders receive","kind":5,
		 "startTimeUnixNano":"100","endTimeUnixNano":"200","attributes":[
		 {"key":"rpc.system","value":{"stringValue":"aws-api"}},{"key":"rpc.service","value":{"stringValue":"SQS"}},
		 {"key":"rpc.method","value":{"stringValue":"ReceiveMessage"}},
		 {"key":"messaging.destination","value":{"stringValue":"orders"}}]},
		{"traceId":"0000000000000000000000000000000a","spanId":"0000000000000002","parentSpanId":"0000000000000001",
		 "name":"POST","kind":3,"startTimeUnixNano":"START","endTimeUnixNano":"END","attributes":[
		 {"key":"http.request.method","value":{"stringValue":"POST"}},
		 {"key":"server.address","value":{"stringValue":"smtp"}}]}]}]}]}`
	tests := []struct {
		reason, start, end string
		want               []string
	}{
		{"the fetch's own HTTP", "110", "190", []string{"sqs: orders -> mail: 1, 0"}},
		{"a later request", "210", "290", []string{"mail -> smtp: 1, 0", "sqs: orders -> mail: 1, 0"}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			text := strings.NewReplacer("START", test.start, "END", test.end).Replace(fetch)
			spans, _, err := codec.ReadAll(strings.NewReader(text), "test")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, arrows(stats.ServiceMap(tracetree.Build(spans)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
