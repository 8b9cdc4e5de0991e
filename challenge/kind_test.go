package challenge_test

import (
	"strings"
	"testing"

	"tracelab/challenge"
	"tracelab/tracetree"
)

// row is a span: its number, that of its parent, 0 for none, and what it records.
type row struct {
	id, parent    byte
	service, name string
	kind          tracetree.Kind
	attributes    string // key=value, separated by spaces
}

func spansOf(rows []row) []tracetree.Span {
	var all []tracetree.Span
	for i, row := range rows {
		s := tracetree.Span{
			TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{row.id}, Kind: row.kind, Name: row.name,
			Start: int64(i + 1), End: int64(100 - i),
			Origin: &tracetree.Origin{Resource: []tracetree.Attr{
				{Key: "service.name", Value: tracetree.String(row.service)},
			}},
		}
		if row.parent != 0 {
			s.Parent = tracetree.SpanID{row.parent}
		}
		for _, pair := range strings.Fields(row.attributes) {
			key, value, _ := strings.Cut(pair, "=")
			s.Attributes = append(s.Attributes, tracetree.Attr{Key: key, Value: tracetree.String(value)})
		}
		all = append(all, s)
	}
	return all
}

const internal = tracetree.KindInternal

// tracingCrate returns the spans of a program in Rust that creates them with the tracing crate,
// with the names of the course, and without kinds except for the consumer's.
func tracingCrate() []row {
	return []row{
		{1, 0, "api-gateway", "http.request", internal, "method=POST uri=/tasks"},
		{2, 1, "api-gateway", "create_task", internal, ""},
		{3, 2, "api-gateway", "grpc.client.CreateTask", internal, ""},
		{4, 3, "task-service", "create_task", internal, ""},
		{5, 4, "task-service", "dynamodb.put", internal, "db.system=dynamodb db.operation=PutItem"},
		{6, 4, "task-service", "sqs.publish", internal, "messaging.system=aws_sqs messaging.destination=task-events"},
		{7, 6, "worker", "process_message", tracetree.KindConsumer, ""},
		{8, 7, "worker", "dynamodb.update", internal, "db.system=dynamodb db.operation=UpdateItem"},
	}
}

func TestSpansOfTracingCratesNeedNoKind(t *testing.T) {
	for _, v := range grade(spansOf(tracingCrate()), challenge.Names{}).Verdicts {
		if !strings.HasPrefix(v.Item.ID, "self-") && v.Status != challenge.Met {
			t.Errorf("%s is %s: %s at %s", v.Item.ID, v.Status, v.Seen, v.At.Label)
		}
	}
}

func TestNearMissesOfSpansWithoutKind(t *testing.T) {
	at := func(id byte, change func(*row)) []row {
		rows := tracingCrate()
		change(&rows[id-1])
		return rows
	}
	attributes := func(id byte, text string) []row { return at(id, func(r *row) { r.attributes = text }) }
	name := func(id byte, text string) []row { return at(id, func(r *row) { r.name = text }) }
	const ok, open = challenge.Met, challenge.NotMet
	tests := []struct {
		reason string
		rows   []row
		item   string
		want   challenge.Status
	}{
		{"a handler with the method's name is not its call", name(3, "validate"), "gateway-spans", open},
		{"another RPC", name(4, "list_tasks"), "task-server", open},
		{"the layer's span of a call", name(4, "grpc.request"), "task-server", ok},
		{"a request without its path is a request", attributes(1, ""), "gateway-server", ok},
		{"and not the operation", attributes(1, ""), "verify-operation", open},
		{"a path with a query", attributes(1, "method=POST uri=/tasks?x=1"), "verify-operation", ok},
		{"a URL", attributes(1, "http.method=POST http.url=http://host/tasks"), "verify-operation", ok},
		{"a path below the route", attributes(1, "http.method=POST http.target=/tasks/7"), "gateway-server", open},
		{"another method", attributes(1, "http.method=GET http.target=/tasks"), "gateway-server", open},
		{"a name alone", at(1, func(r *row) { r.name, r.attributes = "POST /tasks", "" }), "verify-operation", ok},
		{"a write without attributes", attributes(5, ""), "task-database", open},
		{"a send without a queue", attributes(6, "messaging.system=aws_sqs"), "task-publish", open},
		{"a consumer without a kind", at(7, func(r *row) { r.kind = internal }), "worker-consumer", open},
		{"an update beside the processing", at(8, func(r *row) { r.parent = 6 }), "verify-tree", open},
	}
	for _, test := range tests {
		for _, v := range grade(spansOf(test.rows), challenge.Names{}).Verdicts {
			if v.Item.ID == test.item && v.Status != test.want {
				t.Errorf("%s: %s is %s: want %s: %s", test.reason, v.Item.ID, v.Status, test.want, v.Seen)
			}
		}
	}
}

// A server's span is recognized by its path or its route, with current or older names.
func TestRouteMayBeThePath(t *testing.T) {
	for _, text := range []string{
		"http.request.method=POST url.path=/tasks",
		"http.method=POST http.target=/tasks/",
		"http.method=POST http.route=/tasks",
	} {
		rows := tracingCrate()
		rows[0].kind, rows[0].name, rows[0].attributes = tracetree.KindServer, "POST", text
		for _, v := range grade(spansOf(rows), challenge.Names{}).Verdicts {
			if (v.Item.ID == "verify-operation" || v.Item.ID == "verify-tree") && v.Status != challenge.Met {
				t.Errorf("%s: %s is %s: %s", text, v.Item.ID, v.Status, v.Seen)
			}
		}
	}
}
