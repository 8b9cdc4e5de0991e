package cli_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"tracelab/tracetree/treetest/otlptest"
)

// A retry of the SDK's client is visible on the span, and nothing else changes.
func TestServiceSpansCountRetriesOfTheSDK(t *testing.T) {
	t.Parallel() // the SDK waits before it tries again, for up to three seconds in all
	endpoint := otlptest.Receive(t)
	aws := startProcess(t, nil, "aws", "--listen", ":0").find(t, `AWS_ENDPOINT_URL=(\S+)`)
	variables := append(endpoint.Environ(otlptest.HTTPProtobuf),
		"AWS_ENDPOINT_URL="+aws, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "OTEL_SERVICE_NAME=orders")
	if code, body := send(t, "PUT", aws+"/_tracelab/faults",
		`[{"dynamodb": "PutItem", "error": "throttled", "times": 2}]`); code != http.StatusOK {
		t.Fatalf("faults: %d %s", code, body)
	}
	tasks := startProcess(t, variables, "service", "taskservice", "--listen", ":0", "--insecure")
	gateway := startProcess(t, variables, "service", "gateway", "--listen", ":0", "--insecure",
		"--tasks", tasks.find(t, `The task service is at (\S+)`))
	url := gateway.find(t, `at (http://\S+)`)
	if code, body := send(t, "POST", url+"/tasks", `{"title": "x"}`); code != http.StatusCreated {
		t.Fatalf("POST /tasks: %d %s", code, body)
	}
	// OTEL_SERVICE_NAME names every service of this test.
	endpoint.Within(time.Minute).Expect(`
		orders: POST /tasks (root)
		  orders: /tasks.TaskService/CreateTask
		    db: PutItem (tasks table) {http.request.resend_count=2}
		    sqs: SendMessage (task-events)
	`)
}
