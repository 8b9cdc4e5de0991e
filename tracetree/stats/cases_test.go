package stats_test

import (
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

// readCase returns the traces of a file in testdata, in whose text the edits replace each other, in pairs.
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
