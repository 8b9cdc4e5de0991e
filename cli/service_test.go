package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracelab/lab"
	"tracelab/tracetree/check"
	"tracelab/tracetree/treetest/otlptest"
)

// onFakes starts tracelab aws, and makes the services of this test use it and export to an
// endpoint. The worker of a test ends at once if the fakes end first, as they answer its poll.
func onFakes(t *testing.T) (endpoint *otlptest.Endpoint, fakes *serving, aws string) {
	t.Helper()
	endpoint = otlptest.Receive(t)
	for _, variable := range endpoint.Environ(otlptest.HTTPProtobuf) {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	fakes = start(t, "aws", "--listen", ":0")
	aws = fakes.find(t, `AWS_ENDPOINT_URL=(\S+)`)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": aws, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	return endpoint, fakes, aws
}

// The three services, joined by nothing but TCP, make the same tree as in one process, and every
// operation works.
func TestServicesOverTCP(t *testing.T) {
	endpoint, fakes, _ := onFakes(t)
	worker := start(t, "service", "worker", "--drain", "2s")
	tasks := start(t, "service", "taskservice", "--listen", ":0", "--insecure", "--health", ":0")
	at := tasks.find(t, `The task service is at (\S+)`)
	gateway := start(t, "service", "gateway", "--listen", ":0", "--insecure", "--tasks", at, "--health", ":0")
	url := gateway.find(t, `The gateway is at (\S+)`)
	health := gateway.find(t, `Health is at (http://[^/]+)`)
	for _, path := range []string{"/livez", "/readyz"} {
		if code, body := request(t, "GET", health+path, ""); code != http.StatusOK {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	code, body := request(t, "POST", url+"/tasks", `{"title": "x"}`)
	if code != http.StatusCreated {
		t.Fatalf("POST /tasks: %d %s", code, body)
	}
	endpoint.Within(time.Minute).Expect(lab.ExpectedTree) // neither health checks nor polls have spans
	endpoint.Check(check.Config{})

	var task struct{ ID string }
	if err := json.Unmarshal([]byte(body), &task); err != nil || task.ID == "" {
		t.Fatalf("task %s: %v", body, err)
	}
	for _, tt := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"GET", "/tasks/" + task.ID, "", 200, "PROCESSED"},
		{"GET", "/tasks", "", 200, task.ID},
		{"PATCH", "/tasks/" + task.ID, `{"title": "y"}`, 200, `"y"`},
		{"DELETE", "/tasks/" + task.ID, "", 204, ""},
		{"GET", "/tasks/" + task.ID, "", 404, ""},
	} {
		code, body := request(t, tt.method, url+tt.path, tt.body)
		if code != tt.status || !strings.Contains(body, tt.has) {
			t.Errorf("%s %s: %d %s, want %d and %q", tt.method, tt.path, code, body, tt.status, tt.has)
		}
	}
	tasks.stop(t)
	if code, _ := request(t, "GET", health+"/readyz", ""); code != http.StatusServiceUnavailable {
		t.Errorf("/readyz without the task service: %d, want 503", code)
	}
	gateway.stop(t)
	worker.cancel()
	fakes.stop(t)
	worker.stop(t)
}

// With --xray, a trace goes through SQS in X-Ray's header, even if nothing else carries it. Here
// the context is lost at every other hop.
func TestServicesSendXRaysHeader(t *testing.T) {
	const ofGateway, ofTasks, ofWorker = `
			api-gateway: POST /tasks (root)
			  api-gateway: grpc.client.CreateTask
		`, `
			task-service: /tasks.TaskService/CreateTask (root)
			  db: PutItem (tasks table)
			  sqs: SendMessage (task-events)
		`, `
			worker: process task-created (root)
			  db: UpdateItem (tasks table)
		`
	for _, tt := range []struct{ reason, tasks, worker, tree string }{
		{"sent and read", "--xray", "--xray", ofGateway + `
			task-service: /tasks.TaskService/CreateTask (root)
			  db: PutItem (tasks table)
			  sqs: SendMessage (task-events)
			    worker: process task-created ← linked span
			      db: UpdateItem (tasks table)
		`},
		{"not sent", "--xray=false", "--xray", ofGateway + ofTasks + ofWorker},
		{"not read", "--xray", "--xray=false", ofGateway + ofTasks + ofWorker},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			endpoint, fakes, _ := onFakes(t)
			t.Setenv("OTEL_PROPAGATORS", "none")
			worker := start(t, "service", "worker", "--drain", "2s", tt.worker)
			tasks := start(t, "service", "taskservice", "--listen", ":0", "--insecure", tt.tasks)
			gateway := start(t, "service", "gateway", "--listen", ":0", "--insecure",
				"--tasks", tasks.find(t, `The task service is at (\S+)`))
			if code, body := request(t, "POST", gateway.find(t, `at (http://\S+)`)+"/tasks", `{"title": "x"}`); code != http.StatusCreated {
				t.Fatalf("POST /tasks: %d %s", code, body)
			}
			endpoint.Within(time.Minute).Expect(tt.tree)
			worker.cancel()
			fakes.stop(t)
		})
	}
}

func TestServiceRefusesWhatItCannotDo(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"taskservice", "the task service has no certificate: want --grpc-cert and --grpc-key, or --insecure"},
		{"gateway --insecure --grpc-ca x", "--insecure has no effect next to"},
		{"gateway --grpc-cert x", "--grpc-cert and --grpc-key belong together"},
		{"gateway --grpc-ca missing.pem", "read --grpc-ca: open missing.pem"},
		{"gateway --insecure --attempts 9", "--attempts is 9: want 1 to 5"},
		{"gateway --table x", "--table is for the task service and the worker"},
		{"worker --listen :0", "--listen is for the gateway and the task service"},
		{"worker --tasks x", "--tasks is for the gateway"},
		{"gateway --insecure --xray", "--xray is for the task service and the worker"},
		{"taskservice --consumer link", "--consumer is for the worker"},
		{"worker --drain 0s", "--drain is 0s: want 1s to 1h0m0s"},
		{"worker --visibility 0s", "--visibility is 0s: want 1s to 12h0m0s"},
		{"taskservice --insecure --resend-after 1ms", "--resend-after is 1ms: want 1s to 336h0m0s"},
		{"taskservice --insecure --visibility 10s", "--visibility is for the worker"},
		{"worker --resend-after 10s", "--resend-after is for the task service"},
		{"cook", `want gateway, taskservice or worker`},
		{"worker", "no AWS region: set AWS_REGION"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"} {
				t.Setenv(name, "")
			}
			t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
			var stderr strings.Builder
			code := Run(t.Context(), append([]string{"service"}, strings.Fields(tt.args)...), nil, &strings.Builder{}, &stderr)
			if code != exitUsage || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("exit code %d, %s, want %d and %q", code, stderr.String(), exitUsage, tt.want)
			}
		})
	}
}
