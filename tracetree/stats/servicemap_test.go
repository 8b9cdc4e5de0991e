package stats_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

// The attributes that name the endpoint that a span calls.
var (
	http  = with("http.request.method", "GET")
	rpc   = with("rpc.system.name", "grpc", "rpc.method", "tasks.TaskService/CreateTask")
	table = operation("PutItem")
	sqs   = with("messaging.system", "aws_sqs", "messaging.destination.name", "task-events")
	fetch = with("messaging.operation.type", "receive")
)

func operation(name string) change {
	return with("db.system.name", "aws.dynamodb", "db.operation.name", name, "db.collection.name", "tasks")
}

// createTask is a request of three services, two database calls and a message.
func createTask() []tracetree.Span {
	const ms = 1_000_000
	return []tracetree.Span{
		span(1, 0, "POST /tasks", 0, 20*ms, server, http, in("api-gateway")),
		span(2, 1, "tasks.TaskService/CreateTask", 1*ms, 19*ms, client, rpc, in("api-gateway")),
		span(3, 2, "tasks.TaskService/CreateTask", 3*ms, 18*ms, server, rpc, in("task-service")),
		span(4, 3, "DynamoDB.PutItem", 4*ms, 8*ms, client, table, in("task-service")),
		span(5, 3, "send task-events", 9*ms, 14*ms, producer, sqs, in("task-service")),
		span(6, 5, "process task-created", 16*ms, 30*ms, consumer, sqs, in("worker"), linkTo(1, 5)),
		span(7, 6, "DynamoDB.UpdateItem", 18*ms, 21*ms, client, operation("UpdateItem"), in("worker"), failed),
	}
}

// arrows writes the edges as "from -> to: calls, errors".
func arrows(m stats.Map) []string {
	var list []string
	for _, e := range m.Edges {
		list = append(list, fmt.Sprintf("%s -> %s: %d, %d", e.From.Name, e.To.Name, e.Calls, e.Errors))
	}
	return list
}

func TestServiceMapOfCreateTask(t *testing.T) {
	m := stats.ServiceMap(tracetree.Build(createTask()))
	want := []string{
		"api-gateway -> task-service: 1, 0",
		"task-service -> db: tasks table: 1, 0",
		"task-service -> sqs: task-events: 1, 0",
		"worker -> db: tasks table: 1, 1",
		"sqs: task-events -> worker: 1, 0",
	}
	if diff := cmp.Diff(want, arrows(m)); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	nodes := []stats.Endpoint{
		{Kind: stats.Service, Name: "api-gateway"},
		{Kind: stats.Service, Name: "task-service"},
		{Kind: stats.Service, Name: "worker"},
		{Kind: stats.Database, Name: "db: tasks table"},
		{Kind: stats.Queue, Name: "sqs: task-events"},
	}
	if diff := cmp.Diff(nodes, m.Nodes); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if got := m.Edges[0].Durations.P50.String(); got != "18ms" {
		t.Errorf("the call takes %s, want the client's 18ms", got)
	}
}

func TestServiceMapCountsCallsOnce(t *testing.T) {
	tests := []struct {
		name, reason string
		spans        []tracetree.Span
		want         []string
	}{
		{
			"client and server", "they are two ends of one call",
			[]tracetree.Span{span(1, 0, "c", 0, 9, client, http), span(2, 1, "s", 1, 8, server, http, in("b"))},
			[]string{"svc -> b: 1, 0"},
		},
		{
			"either end failed", "the client gave up, or the server knows better",
			[]tracetree.Span{
				span(1, 0, "c", 0, 9, client, http, failed), span(2, 1, "s", 1, 8, server, in("b")),
				span(3, 0, "c", 0, 9, client, http, trace(2)), span(4, 3, "s", 1, 8, server, in("b"), trace(2), failed),
			},
			[]string{"svc -> b: 2, 2"},
		},
		{
			"retry without a span", "the client asked once, and one try failed",
			[]tracetree.Span{
				span(1, 0, "c", 0, 9, client, http),
				span(2, 1, "s", 1, 3, server, in("b")), span(3, 1, "s", 4, 6, server, in("b"), failed),
			},
			[]string{"svc -> b: 1, 1"},
		},
		{
			"retry that succeeded", "the client got the answer of the last try, whichever span comes first in the file",
			[]tracetree.Span{
				span(1, 0, "c", 0, 9, client, http),
				span(2, 1, "s", 4, 6, server, in("b")), span(3, 1, "s", 1, 3, server, in("b"), failed),
			},
			[]string{"svc -> b: 1, 0"},
		},
		{
			"retry that came too late", "the client gave up before the last try succeeded",
			[]tracetree.Span{
				span(1, 0, "c", 0, 9, client, http, failed),
				span(2, 1, "s", 1, 3, server, in("b"), failed), span(3, 1, "s", 4, 12, server, in("b")),
			},
			[]string{"svc -> b: 1, 1"},
		},
		{
			"two services answer", "a client that reached two services made two calls, although it tried one of them twice",
			[]tracetree.Span{
				span(1, 0, "c", 0, 9, client, http), span(2, 1, "s", 1, 3, server, in("b")), span(3, 1, "s", 4, 6, server, in("a")),
				span(4, 1, "s", 7, 8, server, in("b")),
			},
			[]string{"svc -> a: 1, 0", "svc -> b: 1, 0"},
		},
		{
			"internal between", "the connection's spans stand between client and server",
			[]tracetree.Span{
				span(1, 0, "c", 0, 9, client, http), span(2, 1, "connect", 1, 8), span(3, 2, "s", 2, 7, server, in("b")),
			},
			[]string{"svc -> b: 1, 0"},
		},
		{
			"no client", "the caller isn't instrumented well, but the call is there",
			[]tracetree.Span{span(1, 0, "work", 0, 9), span(2, 1, "s", 1, 8, in("b"), failed)},
			[]string{"svc -> b: 1, 1"},
		},
		{
			"no server", "the callee isn't instrumented well; its own call goes on from it",
			[]tracetree.Span{span(1, 0, "c", 0, 9, client, http), span(2, 1, "query", 1, 8, client, table, in("b"))},
			[]string{"b -> db: tasks table: 1, 0", "svc -> b: 1, 0"},
		},
		{
			"no servers on the way", "each change of service is a call of its own",
			[]tracetree.Span{
				span(1, 0, "c", 0, 9, client, http), span(2, 1, "work", 1, 8, in("b")), span(3, 2, "s", 2, 7, server, in("c")),
			},
			[]string{"b -> c: 1, 0", "svc -> b: 1, 0"},
		},
		{
			"a client below another service's",
			"it is no transport of the other one's call",
			[]tracetree.Span{
				span(
					1,
					0,
					"put",
					0,
					9,
					client,
					table,
				),
				span(2, 1, "c", 1, 8, client, http, in("b")),
				span(3, 2, "s", 2, 7, server, in("c")),
			},
			[]string{"b -> c: 1, 0", "svc -> b: 1, 0"},
		},
		{
			"a service that calls itself", "that goes over the network, too",
			[]tracetree.Span{span(1, 0, "c", 0, 9, client, http), span(2, 1, "s", 1, 8, server)},
			[]string{"svc -> svc: 1, 0"},
		},
		{
			"server below server", "within one service that is no call",
			[]tracetree.Span{span(1, 0, "s", 0, 9, server), span(2, 1, "s", 1, 8, server)},
			nil,
		},
		{
			"attempts", "a client's own attempts are the calls, not the client around them",
			[]tracetree.Span{
				span(1, 0, "logical", 0, 9, client, rpc), span(2, 1, "try", 0, 3, client, http, failed),
				span(3, 1, "try", 4, 9, client, http), span(4, 3, "s", 5, 8, server, in("b")),
			},
			[]string{"svc -> b: 1, 0", "svc -> unknown host: 1, 1"},
		},
		{
			"transport", "how a database call gets there is no call of its own, at any depth",
			[]tracetree.Span{
				span(1, 0, "put", 0, 9, client, table), span(2, 1, "sdk", 1, 8, client, rpc),
				span(3, 2, "attempt", 1, 8), span(4, 3, "post", 1, 8, client, http),
			},
			[]string{"svc -> db: tasks table: 1, 0"},
		},
		{
			"instrumented database",
			"who answers the transport is the callee",
			[]tracetree.Span{
				span(
					1,
					0,
					"put",
					0,
					9,
					client,
					table,
				),
				span(2, 1, "post", 1, 8, client, http),
				span(3, 2, "s", 2, 7, server, in("b")),
			},
			[]string{"svc -> b: 1, 0"},
		},
		{
			"resend", "a span that came twice is one call",
			[]tracetree.Span{
				span(1, 0, "work", 0, 9), span(2, 1, "s", 1, 8, server, in("b")), span(3, 2, "put", 2, 7, client, table, in("b")),
				span(2, 1, "s", 1, 8, server, in("b")), span(3, 2, "put", 2, 7, client, table, in("b")),
			},
			[]string{"b -> db: tasks table: 1, 0", "svc -> b: 1, 0"},
		},
		{
			"entry", "a server without a caller in the forest calls nobody",
			[]tracetree.Span{span(1, 9, "s", 0, 9, server)},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, arrows(stats.ServiceMap(tracetree.Build(tt.spans)))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

func TestServiceMapSendsMessagesThroughQueues(t *testing.T) {
	send := func(id uint64, changes ...change) tracetree.Span {
		return span(id, 0, "send", 0, 5, append([]change{producer, sqs, trace(id)}, changes...)...)
	}
	tests := []struct {
		name, reason string
		spans        []tracetree.Span
		want         []string
	}{
		{
			"linked consumer", "a link is as good as a parent",
			[]tracetree.Span{send(1), span(2, 0, "process", 6, 9, consumer, in("worker"), trace(2), linkTo(1, 1), failed)},
			[]string{"svc -> sqs: task-events: 1, 0", "sqs: task-events -> worker: 1, 1"},
		},
		{
			"batch", "each link is a message",
			[]tracetree.Span{
				send(1), send(2), send(3, with("messaging.destination.name", "x")),
				span(4, 0, "process", 6, 9, consumer, in("worker"), trace(4), linkTo(1, 1), linkTo(2, 2), linkTo(3, 3)),
			},
			[]string{"svc -> sqs: task-events: 3, 0", "sqs: task-events -> worker: 3, 0"},
		},
		{
			"same link twice", "it is one message",
			[]tracetree.Span{send(1), span(2, 1, "process", 6, 9, consumer, in("worker"), linkTo(1, 1), linkTo(1, 1))},
			[]string{"svc -> sqs: task-events: 1, 0", "sqs: task-events -> worker: 1, 0"},
		},
		{
			"sent by a client", "some instrumentations make the send a CLIENT",
			[]tracetree.Span{send(1, client), span(2, 1, "process", 6, 9, consumer, in("worker"), trace(1))},
			[]string{"svc -> sqs: task-events: 1, 0", "sqs: task-events -> worker: 1, 0"},
		},
		{
			"queue without a name", "the send's name is all that there is; its consumer meets it there",
			[]tracetree.Span{span(1, 0, "enqueue", 0, 5, producer), span(2, 1, "process", 6, 9, consumer, in("worker"))},
			[]string{"svc -> queue: enqueue: 1, 0", "queue: enqueue -> worker: 1, 0"},
		},
		{
			"queue without a system", "its name is enough",
			[]tracetree.Span{span(1, 0, "enqueue", 0, 5, producer, with("messaging.destination", "mails"))},
			[]string{"svc -> queue: mails: 1, 0"},
		},
		{
			"producer not there", "the consumer names its queue itself",
			[]tracetree.Span{span(1, 9, "process", 0, 5, consumer, sqs, linkTo(7, 7))},
			[]string{"sqs: task-events -> svc: 1, 0"},
		},
		{
			"fetch", "fetching for the consumers below is none of their messages",
			[]tracetree.Span{
				send(1), span(2, 0, "receive", 6, 20, consumer, sqs, fetch, trace(2), linkTo(1, 1)),
				span(3, 2, "process", 7, 9, consumer, sqs, trace(2), linkTo(1, 1)),
			},
			[]string{"svc -> sqs: task-events: 1, 0", "sqs: task-events -> svc: 1, 0"},
		},
		{
			"poll", "a CLIENT that receives sends no message",
			[]tracetree.Span{span(1, 0, "receive", 0, 5, client, sqs, fetch)},
			nil,
		},
		{
			"settle", "deleting a message sends none, whatever names the operation",
			[]tracetree.Span{
				span(1, 0, "settle", 0, 5, client, sqs, with("messaging.operation.type", "settle")),
				span(2, 0, "SQS.DeleteMessage", 0, 5, client, sqs, with("rpc.method", "DeleteMessage")),
				span(3, 0, "SQS.ReceiveMessage", 0, 5, client, sqs, with("rpc.method", "ReceiveMessage")),
				span(4, 0, "queue ack", 0, 5, client, sqs, with("messaging.operation", "ack")),
			},
			nil,
		},
		{
			"send by its RPC", "an instrumentation of an SDK names the method alone",
			[]tracetree.Span{
				span(1, 0, "SQS.SendMessage", 0, 5, client, sqs, with("rpc.method", "SendMessage")),
				span(2, 0, "SNS.PublishBatch", 0, 5, client, sqs, with("rpc.method", "PublishBatch")),
				span(3, 0, "publish", 0, 5, client, sqs, with("messaging.operation.type", "publish")),
			},
			[]string{"svc -> sqs: task-events: 3, 0"},
		},
		{
			"poll with its transport", "neither the poll nor the HTTP request below it is a call",
			[]tracetree.Span{
				span(1, 0, "SQS.ReceiveMessage", 0, 5, client, sqs, with("rpc.method", "ReceiveMessage")),
				span(2, 1, "POST", 1, 4, client, http),
			},
			nil,
		},
		{
			"linked internal root",
			"an instrumentation without kinds processes messages, too",
			[]tracetree.Span{
				send(1),
				span(2, 0, "job", 6, 9, in("worker"), trace(2), linkTo(1, 1)),
				span(3, 2, "put", 7, 8, client, table, in("worker"), trace(2)),
			},
			[]string{"svc -> sqs: task-events: 1, 0", "worker -> db: tasks table: 1, 0", "sqs: task-events -> worker: 1, 0"},
		},
		{
			"follow-up", "a link to what sends no message is a call from its service, whatever queue the span names",
			[]tracetree.Span{span(1, 0, "work", 0, 5), span(2, 0, "later", 6, 9, sqs, in("b"), trace(2), linkTo(1, 1))},
			[]string{"svc -> b: 1, 0"},
		},
		{
			"pushed message", "a queue that calls its receiver passes the message on",
			[]tracetree.Span{send(1), span(2, 1, "POST", 6, 9, server, http, in("worker"), failed)},
			[]string{"svc -> sqs: task-events: 1, 0", "sqs: task-events -> worker: 1, 1"},
		},
		{
			"work of sending", "what the sender does to send is no processing",
			[]tracetree.Span{send(1), span(2, 1, "serialize", 1, 2)},
			[]string{"svc -> sqs: task-events: 1, 0"},
		},
		{
			"processing without a kind", "the change of service shows that the message arrived",
			[]tracetree.Span{send(1), span(2, 1, "job", 6, 9, in("worker"))},
			[]string{"svc -> sqs: task-events: 1, 0", "sqs: task-events -> worker: 1, 0"},
		},
		{
			"resent message", "a send that links back to an earlier one processes nothing",
			[]tracetree.Span{send(1), send(2, linkTo(1, 1))},
			[]string{"svc -> sqs: task-events: 2, 0"},
		},
		{
			"consumer of nothing known", "below a span of another service it is a call at least",
			[]tracetree.Span{span(1, 0, "work", 0, 5), span(2, 1, "process", 6, 9, consumer, in("worker"))},
			[]string{"svc -> worker: 1, 0"},
		},
		{
			"call from a linked root",
			"what it does isn't part of the message's sending",
			[]tracetree.Span{
				send(1),
				span(2, 0, "job", 6, 9, trace(2), linkTo(1, 1)),
				span(3, 2, "put", 7, 8, client, table, trace(2)),
			},
			[]string{"svc -> db: tasks table: 1, 0", "svc -> sqs: task-events: 1, 0", "sqs: task-events -> svc: 1, 0"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, arrows(stats.ServiceMap(tracetree.Build(tt.spans)))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

func TestServiceMapMergesForests(t *testing.T) {
	m := stats.ServiceMap(tracetree.Build(createTask()), tracetree.Build(nil), tracetree.Build(createTask()))
	if got := m.Edges[0]; got.Calls != 2 || got.Durations.Known != 2 {
		t.Errorf("got %+v, want two calls", got)
	}
}
