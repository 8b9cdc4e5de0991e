package stats_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/clock"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/stats"
)

// readCase returns the traces of a file in testdata.
func readCase(t *testing.T, name string) *tracetree.Forest {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	spans, _, err := codec.ReadAll(file, name)
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

func TestPathAcrossClocks(t *testing.T) {
	got := waits(readCase(t, "20-clock-skew-critical-path.json"))
	want := map[string]string{"a: GET /x": "10ms", "a: http.client.GET b": "10ms", "b: GET /y": "10ms"}
	for label, total := range want {
		if got[label] != total {
			t.Errorf("%s: waited %s, want %s", label, got[label], total)
		}
		delete(got, label)
	}
	// The rest is the query, however it is labeled.
	if len(got) != 1 || slices.Collect(maps.Values(got))[0] != "70ms" {
		t.Errorf("the rest is %v, want a query of 70ms", got)
	}
}

func TestMapsOfInstrumentations(t *testing.T) {
	tests := []struct {
		file, reason string
		want         []string
	}{
		{
			"21-map-two-rows-of-one-name.json", "a host is not the service of its name",
			[]string{"web -> ads: 1, 0", "web -> ads: 1, 1"},
		},
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
