package lab_test

import (
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/codes"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/worker"
)

func TestConsumerModes(t *testing.T) {
	for _, consumer := range []worker.Consumer{worker.ConsumerChild, worker.ConsumerLink, worker.ConsumerBatch} {
		t.Run(string(consumer), func(t *testing.T) {
			l := start(t, lab.Config{Consumer: consumer})
			createTask(t, l)
			wantTree(t, l, lab.ExpectedTree)

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
			if links := process.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != send.SpanID() ||
				links[0].SpanContext.TraceID() != send.TraceID() {
				t.Errorf("links are %v, want one to the send span", links)
			}
		})
	}
}

func TestMessageThatAlwaysFailsGoesToTheDeadLetterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, lab.Config{
			MaxReceives:    3,
			DynamoDBFaults: []fakes.Fault{{Op: "UpdateItem", Times: -1, Err: fakes.Internal}},
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
		if n := queued(t, l, lab.DeadLetterQueue); n != 1 {
			t.Errorf("%d messages in the dead-letter queue, want 1", n)
		}
	})
}

func TestFailedUpdateIsTriedAgainAfterTheVisibilityTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, lab.Config{DynamoDBFaults: []fakes.Fault{{Op: "UpdateItem", Err: fakes.Throttled}}})
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

// One receive takes all messages that have gathered while a worker was down.
func TestHeldWorkerReceivesWhatHasGathered(t *testing.T) {
	l := start(t, lab.Config{Consumer: worker.ConsumerBatch, HoldWorker: true})
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
		l := start(t, lab.Config{WorkerDies: true, HoldWorker: true})
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
