package lab

import (
	"net/http"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"

	"tracelab/fakes"
	"tracelab/tracetree"
	"tracelab/worker"
)

func TestCreateTaskGivesTheExpectedTree(t *testing.T) {
	l := start(t, Config{})
	createTask(t, l)
	wantTree(t, l, ExpectedTree)
}

func TestFullViewShowsTheClientHalves(t *testing.T) {
	l := start(t, Config{})
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
		request func(id string) Request
		status  int
		want    string
	}{
		{
			"read", func(id string) Request { return Request{Method: "GET", Path: "/tasks/" + id} }, http.StatusOK, `
			api-gateway: GET /tasks/:id (root)
			  task-service: /tasks.TaskService/GetTask
			    db: GetItem (tasks table)`,
		},
		{
			"list", func(string) Request { return Request{Method: "GET", Path: "/tasks?page_size=1"} }, http.StatusOK, `
			api-gateway: GET /tasks (root)
			  task-service: /tasks.TaskService/ListTasks
			    db: Scan (tasks table)`,
		},
		{
			"update", func(id string) Request {
				return Request{Method: "PATCH", Path: "/tasks/" + id, Body: `{"status": "DONE"}`}
			}, http.StatusOK, `
			api-gateway: PATCH /tasks/:id (root)
			  task-service: /tasks.TaskService/UpdateTask
			    db: UpdateItem (tasks table)`,
		},
		{
			"delete", func(id string) Request { return Request{Method: "DELETE", Path: "/tasks/" + id} }, http.StatusNoContent, `
			api-gateway: DELETE /tasks/:id (root)
			  task-service: /tasks.TaskService/DeleteTask
			    db: DeleteItem (tasks table)`,
		},
		{
			"not found", func(string) Request { return Request{Method: "GET", Path: "/tasks/none"} }, http.StatusNotFound, `
			api-gateway: GET /tasks/:id (root)
			  task-service: /tasks.TaskService/GetTask
			    db: GetItem (tasks table)`,
		},
		{
			"update of what is not there", func(string) Request {
				return Request{Method: "PATCH", Path: "/tasks/none", Body: `{"title": "x"}`}
			}, http.StatusNotFound, `
			api-gateway: PATCH /tasks/:id (root)
			  task-service: /tasks.TaskService/UpdateTask
			    db: UpdateItem (tasks table)`,
		},
		{
			"validation error", func(string) Request { return Request{Method: "POST", Path: "/tasks", Body: `{"title": ""}`} },
			http.StatusBadRequest, `
			api-gateway: POST /tasks (root)`,
		},
		{
			"unknown route", func(string) Request { return Request{Method: "GET", Path: "/nothing"} }, http.StatusNotFound, `
			api-gateway: GET (root)`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := start(t, Config{})
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
	l := start(t, Config{})
	if response := ask(t, l, Request{Method: "GET", Path: "/healthz"}); response.Status != http.StatusOK {
		t.Errorf("status %d", response.Status)
	}
	if n := len(l.Spans()); n != 0 {
		t.Errorf("%d spans, want none", n)
	}
}

// The tree is of what happened. Where a part of the instrumentation, or of the
// system, is broken, it changes accordingly.
func TestTreeShowsWhatIsBroken(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		status int
		want   string
	}{
		{
			"worker does not extract",
			Config{WorkerPropagator: propagation.NewCompositeTextMapPropagator()},
			http.StatusCreated, `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)

			worker: process task-created (root)
			  db: UpdateItem (tasks table)`,
		},
		{
			"task service does not inject",
			Config{EventPropagator: propagation.NewCompositeTextMapPropagator()},
			http.StatusCreated, `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)

			worker: process task-created (root)
			  db: UpdateItem (tasks table)`,
		},
		{
			"worker does not ask for message attributes",
			Config{WorkerAttributes: []string{}},
			http.StatusCreated, `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)

			worker: process task-created (root)
			  db: UpdateItem (tasks table)`,
		},
		{
			"gRPC client without its handler",
			Config{GatewayWithoutClientSpans: true},
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
			Config{DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.ErrInternal()}}},
			http.StatusServiceUnavailable, `
			api-gateway: POST /tasks (root) !error=503
			  task-service: /tasks.TaskService/CreateTask !error=UNAVAILABLE
			    db: PutItem (tasks table) !error=InternalServerError`,
		},
		{
			"queue fails",
			Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Err: fakes.ErrUnavailable()}}},
			http.StatusServiceUnavailable, `
			api-gateway: POST /tasks (root) !error=503
			  task-service: /tasks.TaskService/CreateTask !error=UNAVAILABLE
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events) !error=ServiceUnavailable`,
		},
		{
			"message is lost",
			Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Drop: true}}},
			http.StatusCreated, `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)`,
		},
		{
			"message is delivered twice",
			Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Duplicate: 1}}},
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
	expected, err := tracetree.Parse(ExpectedTree)
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
	l := start(t, Config{
		Attempts:       3,
		DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.ErrThrottled()}},
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

func TestConsumerModes(t *testing.T) {
	for _, consumer := range []worker.Consumer{worker.ConsumerChild, worker.ConsumerLink, worker.ConsumerBatch} {
		t.Run(string(consumer), func(t *testing.T) {
			l := start(t, Config{Consumer: consumer})
			createTask(t, l)
			wantTree(t, l, ExpectedTree)

			root := one(t, l.Spans(), "POST /tasks").SpanContext().TraceID()
			process := one(t, l.Spans(), "process task-created")
			sameTrace := process.SpanContext().TraceID() == root
			if sameTrace != (consumer == worker.ConsumerChild) {
				t.Errorf("the worker's span is in the request's trace: %v", sameTrace)
			}
			if sameTrace != process.Parent().IsValid() {
				t.Errorf("the worker's span has a parent: %v", process.Parent().IsValid())
			}
			send := one(t, l.Spans(), "send task-events").SpanContext()
			if links := process.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != send.SpanID() || links[0].SpanContext.TraceID() != send.TraceID() {
				t.Errorf("links are %v, want one to the send span", links)
			}
		})
	}
}

func TestMessageThatAlwaysFailsGoesToTheDeadLetterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, Config{
			MaxReceives:    3,
			DynamoDBFaults: []fakes.Fault{{Op: "UpdateItem", Times: -1, Err: fakes.ErrInternal()}},
		})
		createTask(t, l)
		wantTree(t, l, `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)
			      worker: process task-created !error=InternalServerError          ← linked span
			        db: UpdateItem (tasks table) !error=InternalServerError
			      worker: process task-created !error=InternalServerError          ← linked span
			        db: UpdateItem (tasks table) !error=InternalServerError
			      worker: process task-created !error=InternalServerError          ← linked span
			        db: UpdateItem (tasks table) !error=InternalServerError
		`)
		for i, span := range named(l.Spans(), "process task-created") {
			attrs := attributesOf(span)
			if got := attrs["aws.sqs.message.receive_count"].AsInt64(); got != int64(i+1) {
				t.Errorf("receive %d says that it is the %d.", i+1, got)
			}
			if got, ok := attrs["retry_count"]; ok != (i > 0) || got.AsInt64() != int64(i) {
				t.Errorf("receive %d has retry_count %v", i+1, got.AsInt64())
			}
		}
		if n := queued(t, l, DeadLetterQueue); n != 1 {
			t.Errorf("%d messages in the dead-letter queue, want 1", n)
		}
	})
}

func TestFailedUpdateIsTriedAgainAfterTheVisibilityTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, Config{DynamoDBFaults: []fakes.Fault{{Op: "UpdateItem", Err: fakes.ErrThrottled()}}})
		id := createTask(t, l)
		wantTree(t, l, `
			api-gateway: POST /tasks (root)
			  task-service: /tasks.TaskService/CreateTask
			    db: PutItem (tasks table)
			    sqs: SendMessage (task-events)
			      worker: process task-created !error=ProvisionedThroughputExceededException          ← linked span
			        db: UpdateItem (tasks table) !error=ProvisionedThroughputExceededException
			      worker: process task-created          ← linked span
			        db: UpdateItem (tasks table)
		`)
		wantStatus(t, l, id, "PROCESSED")
	})
}

// The tree that is lost with the message is picked up again by the sweep, in a
// trace of its own that links to the first.
func TestSweepSendsTheEventAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Err: fakes.ErrUnavailable()}}})
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

// Of the messages that have gathered while a worker was down, one receive takes all.
func TestHeldWorkerReceivesWhatHasGathered(t *testing.T) {
	l := start(t, Config{Consumer: worker.ConsumerBatch, HoldWorker: true})
	for range 3 {
		if _, err := l.Do(t.Context(), createRequest); err != nil {
			t.Fatal(err)
		}
	}
	l.ReleaseWorker()
	l.ReleaseWorker()
	settle(t, l)
	if links := one(t, l.Spans(), "process task-created").Links(); len(links) != 3 {
		t.Errorf("%d links, want 3", len(links))
	}
}

// A worker dies with three messages at hand, of which none is lost.
func TestAnotherWorkerTakesTheMessagesOfOneThatDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, Config{WorkerDies: true, HoldWorker: true})
		for range 3 {
			if _, err := l.Do(t.Context(), createRequest); err != nil {
				t.Fatal(err)
			}
		}
		l.ReleaseWorker()
		settle(t, l)
		instances := map[string]bool{}
		fine := 0
		for _, span := range named(l.Spans(), "process task-created") {
			instance, _ := span.Resource().Set().Value("service.instance.id")
			instances[instance.AsString()] = true
			if span.Status().Code != codes.Error {
				fine++
			}
		}
		if len(instances) != 2 || fine != 3 {
			t.Errorf("%d instances processed %d messages, want 2 and 3", len(instances), fine)
		}
		for id, status := range allTasks(t, l) {
			if status != "PROCESSED" {
				t.Errorf("task %s is %s", id, status)
			}
		}
	})
}
