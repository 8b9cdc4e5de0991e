package lab_test

import (
	"maps"
	"slices"
	"testing"

	"tracelab/lab"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// spanFacts is what the test below holds every span to: everything but ids,
// times and the instance's own values.
type spanFacts struct {
	Service, Name, Parent string
	Kind                  trace.SpanKind
	Links                 []string
	Status                codes.Code
	Attributes            map[attribute.Key]string
}

// present stands for an attribute whose value differs from run to run.
const present = "(present)"

var variable = []attribute.Key{
	"aws.request_id", "messaging.message.id", "http.response.body.size", "messaging.message.body.size",
}

func factsOf(spans []sdktrace.ReadOnlySpan) []spanFacts {
	names := map[trace.SpanID]string{}
	for _, span := range spans {
		names[span.SpanContext().SpanID()] = span.SpanKind().String() + " " + span.Name()
	}
	var facts []spanFacts
	for _, span := range spans {
		f := spanFacts{
			Service: serviceOf(span), Name: span.Name(), Kind: span.SpanKind(),
			Parent: names[span.Parent().SpanID()], Status: span.Status().Code,
			Attributes: map[attribute.Key]string{},
		}
		for _, link := range span.Links() {
			f.Links = append(f.Links, names[link.SpanContext.SpanID()])
		}
		for key, value := range attributesOf(span) {
			f.Attributes[key] = value.String()
			if slices.Contains(variable, key) {
				f.Attributes[key] = present
			}
		}
		facts = append(facts, f)
	}
	return facts
}

// TestEverySpanOfCreateTask holds the whole trace to the documented table, both
// generations of attribute names included, on the SDK's own spans.
func TestEverySpanOfCreateTask(t *testing.T) {
	l := start(t, lab.Config{})
	createTask(t, l)
	dynamoDB := func(operation string) map[attribute.Key]string {
		return map[attribute.Key]string{
			"rpc.system.name": "aws-api", "rpc.method": "DynamoDB/" + operation,
			"db.system.name": "aws.dynamodb", "db.operation.name": operation, "db.collection.name": "tasks",
			"aws.dynamodb.table_names": `["tasks"]`, "aws.request_id": present,
			"cloud.region": "us-east-1", "server.address": "dynamodb.local",
			"db.system": "dynamodb", "db.operation": operation,
		}
	}
	with := func(attrs map[attribute.Key]string, more map[attribute.Key]string) map[attribute.Key]string {
		maps.Copy(attrs, more)
		return attrs
	}
	grpc := map[attribute.Key]string{
		"rpc.system.name": "grpc", "rpc.method": "tasks.TaskService/CreateTask",
		"rpc.response.status_code": "OK", "server.address": "task-service",
	}
	const query = "SET status = ?, updated_at = ? IF status = ?"
	want := []spanFacts{
		{
			Service: lab.Gateway, Name: "POST /tasks", Kind: trace.SpanKindServer,
			Attributes: map[attribute.Key]string{
				"http.request.method": "POST", "http.route": "/tasks", "http.response.status_code": "201",
				"url.path": "/tasks", "url.scheme": "http", "server.address": lab.Gateway,
				"network.peer.address": "client", "client.address": "client",
				"network.protocol.version": "1.1", "user_agent.original": "Go-http-client/1.1",
				"http.request.body.size": "26", "http.response.body.size": present,
				"http.method": "POST", "http.status_code": "201", "net.peer.name": "client",
			},
		},
		{
			Service: lab.Gateway, Name: "tasks.TaskService/CreateTask", Kind: trace.SpanKindClient,
			Parent: "server POST /tasks", Attributes: grpc,
		},
		{
			Service: lab.TaskService, Name: "tasks.TaskService/CreateTask", Kind: trace.SpanKindServer,
			Parent: "client tasks.TaskService/CreateTask", Attributes: grpc,
		},
		{
			Service: lab.TaskService, Name: "DynamoDB.PutItem", Kind: trace.SpanKindClient,
			Parent: "server tasks.TaskService/CreateTask", Attributes: dynamoDB("PutItem"),
		},
		{
			Service: lab.TaskService, Name: "send task-events", Kind: trace.SpanKindProducer,
			Parent: "server tasks.TaskService/CreateTask",
			Attributes: map[attribute.Key]string{
				"rpc.system.name": "aws-api", "rpc.method": "SQS/SendMessage",
				"messaging.system": "aws_sqs", "messaging.operation.name": "send", "messaging.operation.type": "send",
				"messaging.destination.name": "task-events", "messaging.message.id": present,
				"messaging.message.body.size": present, "aws.sqs.queue.url": "http://sqs.local/000000000000/task-events",
				"aws.request_id": present, "cloud.region": "us-east-1", "server.address": "sqs.local",
				"messaging.destination": "task-events",
			},
		},
		{
			Service: lab.Worker, Name: "process task-created", Kind: trace.SpanKindConsumer,
			Parent: "producer send task-events", Links: []string{"producer send task-events"},
			Attributes: map[attribute.Key]string{
				"messaging.system": "aws_sqs", "messaging.operation.name": "process", "messaging.operation.type": "process",
				"messaging.destination.name": "task-events", "messaging.message.id": present,
				"aws.sqs.queue.url":      "http://sqs.local/000000000000/task-events",
				"cloudevents.event_type": "task-created", "aws.sqs.message.receive_count": "1",
				"messaging.destination": "task-events",
			},
		},
		{
			Service: lab.Worker, Name: "DynamoDB.UpdateItem", Kind: trace.SpanKindClient,
			Parent:     "consumer process task-created",
			Attributes: with(dynamoDB("UpdateItem"), map[attribute.Key]string{"db.query.text": query, "db.statement": query}),
		},
	}
	if diff := cmp.Diff(want, factsOf(l.Spans())); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func TestCreateTaskHasOneRootInOneTrace(t *testing.T) {
	l := start(t, lab.Config{})
	createTask(t, l)
	roots := 0
	traces := map[trace.TraceID]bool{}
	for _, span := range l.Spans() {
		traces[span.SpanContext().TraceID()] = true
		if !span.Parent().IsValid() {
			roots++
		}
	}
	if roots != 1 || len(traces) != 1 {
		t.Errorf("%d roots in %d traces, want one in one", roots, len(traces))
	}
}

func TestMessageIDIsTheSameOnBothSidesOfTheQueue(t *testing.T) {
	l := start(t, lab.Config{})
	createTask(t, l)
	sent := attributesOf(one(t, l.Spans(), "send task-events"))["messaging.message.id"].AsString()
	processed := attributesOf(one(t, l.Spans(), "process task-created"))["messaging.message.id"].AsString()
	if sent == "" || sent != processed {
		t.Errorf("sent as %q, processed as %q", sent, processed)
	}
}

func TestEveryServiceHasItsOwnResource(t *testing.T) {
	l := start(t, lab.Config{})
	createTask(t, l)
	instances := map[string]string{}
	for _, span := range l.Spans() {
		id, _ := span.Resource().Set().Value("service.instance.id")
		if known, ok := instances[serviceOf(span)]; ok && known != id.AsString() {
			t.Errorf("%s has two instance ids", serviceOf(span))
		}
		instances[serviceOf(span)] = id.AsString()
	}
	if got := slices.Sorted(maps.Keys(instances)); !slices.Equal(got, []string{lab.Gateway, lab.TaskService, lab.Worker}) {
		t.Errorf("services are %v", got)
	}
	if ids := slices.Compact(slices.Sorted(maps.Values(instances))); len(ids) != 3 || ids[0] == "" {
		t.Errorf("instance ids are %v, want three", ids)
	}
}

// The status of every span of a request that ends in the given way.
func TestStatusesOfFailures(t *testing.T) {
	tests := []struct {
		name   string
		ask    func(*testing.T) *lab.Lab
		want   []string
		reason string
	}{
		{
			name:   "not found",
			reason: "a gRPC client failed when it didn't get OK; a server didn't, and HTTP's 4xx is the caller's fault",
			ask: func(t *testing.T) *lab.Lab {
				l := start(t, lab.Config{})
				ask(t, l, lab.Request{Method: "GET", Path: "/tasks/none"})
				return l
			},
			want: []string{
				`server GET /tasks/:id: Unset ""`,
				`client tasks.TaskService/GetTask: Error "task not found" error.type=NOT_FOUND`,
				`server tasks.TaskService/GetTask: Unset ""`,
				`client DynamoDB.GetItem: Unset ""`,
			},
		},
		{
			name: "validation error", reason: "nothing of ours failed",
			ask: func(t *testing.T) *lab.Lab {
				l := start(t, lab.Config{})
				ask(t, l, lab.Request{Method: "POST", Path: "/tasks", Body: `{"title":" "}`})
				return l
			},
			want: []string{`server POST /tasks: Unset ""`},
		},
		{
			name: "condition fails", reason: "an answer of the database is no failure of it",
			ask: func(t *testing.T) *lab.Lab {
				l := start(t, lab.Config{})
				ask(t, l, lab.Request{Method: "DELETE", Path: "/tasks/none"})
				return l
			},
			want: []string{
				`server DELETE /tasks/:id: Unset ""`,
				`client tasks.TaskService/DeleteTask: Error "task not found" error.type=NOT_FOUND`,
				`server tasks.TaskService/DeleteTask: Unset ""`,
				`client DynamoDB.DeleteItem: Unset "" db.response.status_code=ConditionalCheckFailedException`,
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, span := range test.ask(t).Spans() {
				text := span.SpanKind().String() + " " + span.Name() + ": " + span.Status().Code.String() + ` "` +
					span.Status().Description + `"`
				for _, key := range []attribute.Key{"error.type", "db.response.status_code"} {
					if value, ok := attributesOf(span)[key]; ok {
						text += " " + string(key) + "=" + value.AsString()
					}
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}
