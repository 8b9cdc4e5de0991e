package backend_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"tracelab/tracetree"
)

// The answers in testdata were recorded by scripts/backends -record: three processes sent their
// spans through an OpenTelemetry Collector 0.155 to Jaeger 1.76.
func TestTraceOfThreeProcessesInJaeger(t *testing.T) {
	pattern, err := tracetree.Parse(`api-gateway: POST /tasks (root)
  task-service: /tasks.TaskService/CreateTask
    db: PutItem (tasks table)
    sqs: SendMessage (task-events)
      worker: process task-created ← linked span
        db: UpdateItem (tasks table)
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ api, path, file string }{
		{"/api/v3", "/api/v3/traces", "api-v3.json"},
		{"/api", "/api/traces", "api.json"},
	} {
		t.Run(test.api, func(t *testing.T) {
			answer, err := os.ReadFile("testdata/jaeger-1.76/" + test.file)
			if err != nil {
				t.Fatal(err)
			}
			result, err := fetch(t, roundTripper(func(r *http.Request) (*http.Response, error) {
				recorded := httptest.NewRecorder()
				if r.URL.Path == test.path {
					_, _ = recorded.Write(answer)
				} else {
					recorded.WriteHeader(http.StatusNotFound)
				}
				return recorded.Result(), nil
			}), "jaeger=http://j"+test.api, query("api-gateway", "POST /tasks"))
			if err != nil {
				t.Fatal(err)
			}
			if report := pattern.Match(tracetree.Build(result.Spans)); report != nil {
				t.Error(report)
			}
		})
	}
}
