package lab_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/propagation"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/tracetree"
)

func TestCreateTaskGivesTheExpectedTree(t *testing.T) {
	l := start(t, lab.Config{})
	createTask(t, l)
	wantTree(t, l, lab.ExpectedTree)
}

func TestFullViewShowsTheClientHalves(t *testing.T) {
	l := start(t, lab.Config{})
	createTask(t, l)
	wantTree(t, l, `
		api-gateway: POST /tasks (root)
		  api-gateway: grpc.client.CreateTask
		    task-service: /tasks.TaskService/CreateTask
		      db: PutItem (tasks table)
		      sqs: SendMessage (task-events)
		        worker: process task-created          ← linked span
		          db: UpdateItem (tasks table)
	`, tracetree.Full)
}

// Each request on a task that is there already, one tree each.
func TestEveryOperationHasItsTree(t *testing.T) {
	tests := []struct {
		name    string
		request func(id string) lab.Request
		status  int
		want    string
	}{
		{
			"read", func(id string) lab.Request { return lab.Request{Method: "GET", Path: "/tasks/" + id} }, http.StatusOK, `
			api-gateway: GET /tasks/:id (root)
			  task-service: /tasks.TaskService/GetTask
			    db: GetItem (tasks table)`,
		},
		{
			"list", func(string) lab.Request { return lab.Request{Method: "GET", Path: "/tasks?page_size=1"} }, http.StatusOK, `
			api-gateway: GET /tasks (root)
			  task-service: /tasks.TaskService/ListTasks
			    db: Scan (tasks table)`,
		},
		{
			"update", func(id string) lab.Request {
				return lab.Request{Method: "PATCH", Path: "/tasks/" + id, Body: `{"status": "DONE"}`}
			}, http.StatusOK, `
			api-gateway: PATCH /tasks/:id (root)
			  task-service: /tasks.TaskService/UpdateTask
			    db: UpdateItem (tasks table)`,
		},
		{
			"delete", func(id string) lab.Request { return lab.Request{Method: "DELETE", Path: "/tasks/" + id} }, http.StatusNoContent, `
			api-gateway: DELETE /tasks/:id (root)
			  task-service: /tasks.TaskService/DeleteTask
			    db: DeleteItem (tasks table)`,
		},
		{
			"not found", func(string) lab.Request { return lab.Request{Method: "GET", Path: "/tasks/none"} }, http.StatusNotFound, `
			api-gateway: GET /tasks/:id (root)
			  task-service: /tasks.TaskService/GetTask
			    db: GetItem (tasks table)`,
		},
		{
			"update of what is not there", func(string) lab.Request {
				return lab.Request{Method: "PATCH", Path: "/tasks/none", Body: `{"title": "x"}`}
			}, http.StatusNotFound, `
			api-gateway: PATCH /tasks/:id (root)
			  task-service: /tasks.TaskService/UpdateTask
			    db: UpdateItem (tasks table)`,
		},
		{
			"validation error", func(string) lab.Request { return lab.Request{Method: "POST", Path: "/tasks", Body: `{"title": ""}`} },
			http.StatusBadRequest, `
			api-gateway: POST /tasks (root)`,
		},
		{
			"unknown route", func(string) lab.Request { return lab.Request{Method: "GET", Path: "/nothing"} }, http.StatusNotFound, `
			api-gateway: GET (root)`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := start(t, lab.Config{})
			id := createTask(t, l)
			before := len(l.Spans())
			response := ask(t, l, test.request(id))
			if response.Status != test.status {
				t.Errorf("status %d, want %d: %s", response.Status, test.status, response.Body)
			}
			wantTreeOf(t, l.Spans()[before:], test.want)
		})
	}
}

func TestHealthCheckIsUntraced(t *testing.T) {
	l := start(t, lab.Config{})
	if response := ask(t, l, lab.Request{Method: "GET", Path: "/healthz"}); response.Status != http.StatusOK {
		t.Errorf("status %d", response.Status)
	}
	if n := len(l.Spans()); n != 0 {
		t.Errorf("%d spans, want none", n)
	}
}

// The tree is of what happened. Where a part of the instrumentation, or of the
// system, is broken, it changes accordingly.
func TestTreeShowsWhatIsBroken(t *testing.T) {
	const behindTheQueue = `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)

			worker: process task-created (root)
			  db: UpdateItem (tasks table)`
	tests := []struct {
		name   string
		config lab.Config
		status int
		want   string
	}{
		{
			"worker does not extract",
			lab.Config{WorkerPropagator: propagation.NewCompositeTextMapPropagator()},
			http.StatusCreated, behindTheQueue,
		},
		{
			"task service does not inject",
			lab.Config{EventPropagator: propagation.NewCompositeTextMapPropagator()},
			http.StatusCreated, behindTheQueue,
		},
		{
			"worker does not ask for message attributes",
			lab.Config{WorkerAttributes: []string{}},
			http.StatusCreated, behindTheQueue,
		},
		{
			"gRPC client without its handler",
			lab.Config{GatewayWithoutClientSpans: true},
			http.StatusCreated, `
			api-gateway: POST /tasks (root)

			task-service: /tasks.TaskService/CreateTask (root)
			  db: PutItem (tasks table)
			  sqs: SendMessage (task-events)
			    worker: process task-created          ← linked span
			      db: UpdateItem (tasks table)`,
		},
		{
			"database fails",
			lab.Config{DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.Internal}}},
			http.StatusServiceUnavailable, `
			api-gateway: POST /tasks (root) !error=503
			  task-service: /tasks.TaskService/CreateTask !error=UNAVAILABLE
			    db: PutItem (tasks table) !error=InternalServerError`,
		},
		{
			"queue fails",
			lab.Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Err: fakes.Unavailable}}},
			http.StatusServiceUnavailable, `
			api-gateway: POST /tasks (root) !error=503
			  task-service: /tasks.TaskService/CreateTask !error=UNAVAILABLE
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events) !error=ServiceUnavailable`,
		},
		{
			"message is lost",
			lab.Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Drop: true}}},
			http.StatusCreated, `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)`,
		},
		{
			"message is delivered twice",
			lab.Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Duplicate: 1}}},
			http.StatusCreated, `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)
			      worker: process task-created          ← linked span
			        db: UpdateItem (tasks table)
			      worker: process task-created          ← linked span
			        db: UpdateItem (tasks table)`,
		},
	}
	expected, err := tracetree.Parse(lab.ExpectedTree)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := start(t, test.config)
			if response := ask(t, l, createRequest); response.Status != test.status {
				t.Errorf("status %d, want %d: %s", response.Status, test.status, response.Body)
			}
			wantTree(t, l, test.want)
			if expected.Match(l.Forest()) == nil {
				t.Error("it matches the expected tree")
			}
		})
	}
}

func TestEachRetryHasItsOwnSpans(t *testing.T) {
	l := start(t, lab.Config{
		Attempts:       3,
		DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.Throttled}},
	})
	if response := ask(t, l, createRequest); response.Status != http.StatusCreated {
		t.Errorf("status %d: %s", response.Status, response.Body)
	}
	wantTree(t, l, `
		api-gateway: POST /tasks (root)
		  task-service: /tasks.TaskService/CreateTask !error=UNAVAILABLE
		    db: PutItem (tasks table) !error=ProvisionedThroughputExceededException
		  task-service: /tasks.TaskService/CreateTask
		    db: PutItem (tasks table)
		    sqs: SendMessage (task-events)
		      worker: process task-created          ← linked span
		        db: UpdateItem (tasks table)
	`)
	var counts []int64
	for _, span := range named(l.Spans(), "tasks.TaskService/CreateTask") {
		for _, attr := range span.Attributes() {
			if attr.Key == "retry_count" {
				counts = append(counts, attr.Value.AsInt64())
			}
		}
	}
	if len(counts) != 1 || counts[0] != 1 {
		t.Errorf("retry_count of the attempts is %v, want [1]: the first has none", counts)
	}
}

// The tree that is lost with the message is picked up again by the sweep, in a
// trace of its own that links to the first.
func TestSweepSendsTheEventAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, lab.Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Err: fakes.Unavailable}}})
		if response := ask(t, l, createRequest); response.Status != http.StatusServiceUnavailable {
			t.Fatalf("status %d: %s", response.Status, response.Body)
		}
		// The task service sweeps by itself: let its time come.
		sleepUntilSwept(t, l)
		wantTree(t, l, `
			api-gateway: POST /tasks (root) !error=503
			  task-service: /tasks.TaskService/CreateTask !error=UNAVAILABLE
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events) !error=ServiceUnavailable
			    task-service: resend task-created          ← linked span
			      db: UpdateItem (tasks table)
			      sqs: SendMessage (task-events)
			        worker: process task-created          ← linked span
			          db: UpdateItem (tasks table)
			      db: UpdateItem (tasks table)

			task-service: sweep pending tasks (root)
			  db: Scan (tasks table)

			task-service: sweep pending tasks (root)
			  db: Scan (tasks table)
		`)
	})
}
