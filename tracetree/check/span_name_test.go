package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestSpanName(t *testing.T) {
	const (
		server, client     = tracetree.KindServer, tracetree.KindClient
		producer, consumer = tracetree.KindProducer, tracetree.KindConsumer
		internal           = tracetree.KindInternal
	)
	http := []string{"http.request.method", "POST", "http.route", "/tasks"}
	rpc := []string{"rpc.system.name", "grpc", "rpc.method", "tasks.TaskService/Create"}
	oldRPC := []string{"rpc.system", "grpc", "rpc.service", "tasks.TaskService", "rpc.method", "Create"}
	sql := []string{"db.system.name", "postgresql", "db.operation.name", "SELECT", "db.collection.name", "tasks"}
	message := []string{"messaging.system", "kafka", "messaging.destination.name", "orders"}
	rows := []struct {
		name   string
		kind   tracetree.Kind
		attrs  []string
		ok     bool
		reason string
	}{
		{"", internal, nil, false, "empty"},
		{
			"GET /tasks", server,
			[]string{"http.request.method", "HEAD", "http.route", "/tasks"},
			true,
			"a route for GET answers HEAD too",
		},
		{
			"GET /tasks", server,
			[]string{"http.request.method", "PUT", "http.route", "/tasks"},
			false,
			"another method than the span's",
		},
		{"handler", internal, nil, false, "any handler"},
		{"Handler", server, nil, false, "in any case"},
		{"<anonymous>", internal, nil, false, "a function without a name"},
		{"request", client, nil, false, "any request"},
		{"---", internal, nil, false, "no word"},
		{"gateway.handle_request", internal, nil, true, "the course's"},
		{"http.request", server, http, true, "the course's"},
		{"db.query", client, sql, true, "the course's"},
		{"checkout", internal, nil, true, "a word of the business"},
		{"handleOrder", internal, nil, true, "two words in one"},
		{"größe", internal, nil, true, "another language"},

		{"POST /tasks", server, http, true, "the convention"},
		{"POST", server, http, true, "no route"},
		{"post", server, http, true, "Zipkin's"},
		{"HTTP POST", server, http, true, "the older convention"},
		{"HTTP", server, []string{"http.request.method", "_OTHER"}, true, "the convention for an unknown method"},
		{"/tasks", server, http, true, "the older convention: the route"},
		{"tasks", server, []string{"http.method", "GET", "http.route", "tasks"}, true, "a route without a slash"},
		{"TasksController#create", server, http, true, "of Rails"},
		{"POST /", server, []string{"http.method", "POST", "http.route", "/"}, true, "the route of the root"},
		{"/", server, []string{"http.method", "GET"}, true, "its path"},
		{"server", server, http, false, "as otelhttp's examples have it"},
		{"tasks", server, http, false, "one word without the method"},
		{"http://tasks/create", server, http, false, "a URL"},
		{"POST https://tasks/create", client, http, false, "a URL behind the method"},
		{"GET /tasks", server, http, false, "another method"},
		{"GET /tasks", server, []string{"http.request.method", "_OTHER"}, true, "the method isn't known"},
		{"POST", client, http, true, "the convention"},
		{"fetch", client, http, false, "one word that isn't the method"},

		{"tasks.TaskService/Create", server, rpc, true, "the convention"},
		{"/tasks.TaskService/Create", client, oldRPC, true, "with a slash"},
		{"grpc.client.Create", client, oldRPC, true, "the course's"},
		{"Create", server, oldRPC, true, "the method alone"},
		{"EXEC", client, []string{"db.system", "redis"}, true, "a command of Redis"},
		{"exec", client, []string{"db.system.name", "redis"}, true, "as ioredis writes it"},
		{"CALL", client, []string{"db.system.name", "mysql"}, true, "a statement of SQL"},
		{"exec", client, []string{"db.system.name", "mysql"}, false, "a function's name"},
		{"handler", client, []string{"db.system", "redis"}, false, "no command of Redis"},
		{"EXEC", internal, nil, false, "no database"},
		{"grpc", client, []string{"rpc.system.name", "grpc"}, true, "all there is to say"},
		{"call", client, rpc, false, "any call"},
		{"tasks", server, rpc, false, "one word that isn't the method"},

		{"SELECT tasks", client, sql, true, "the convention"},
		{"SELECT", client, sql, true, "the operation"},
		{"tasks", client, sql, true, "the table"},
		{"postgresql", client, sql, true, "the system"},
		{"DynamoDB.PutItem", client, sql, true, "of an AWS SDK"},
		{"shop", client, sql, true, "the database, as SQL clients of .NET name it"},
		{"get", client, []string{"db.system", "redis"}, true, "a command of Redis"},
		{"query", client, sql, false, "any query"},
		{"query", client, []string{"db.system.name", "x", "db.operation.name", "query"}, true, "the operation has that name"},
		{"execute", client, sql, false, "any query"},

		{"send orders", producer, message, true, "the convention"},
		{"orders send", producer, message, true, "the older convention"},
		{"orders", producer, message, true, "the destination"},
		{"SQS.SendMessage", producer, message, true, "of an AWS SDK"},
		{"process order-placed", consumer, message, true, "the event type instead of the destination"},
		{"request", consumer, append([]string{"cloudevents.event_type", "request"}, message...), true, "the event type"},
		{"process", consumer, message, false, "of what?"},
		{"send", producer, message, false, "to where?"},
		{"process", consumer, []string{"messaging.system", "kafka"}, true, "the destination isn't known"},
		{"handler", consumer, message, false, "any handler"},
	}
	var rulings []ruling
	for _, row := range rows {
		s := tracetree.Span{Name: row.name, Kind: row.kind, Attributes: textPairs(row.attrs...)}
		e := lone(s)
		r := ruling{reason: row.name + " " + row.kind.String() + ": " + row.reason, example: e}
		if !row.ok {
			r.want = []string{"warning " + tracetree.Label(&e.Spans[0])}
		}
		rulings = append(rulings, r)
	}
	wantRulings(t, "span-name", rulings)
}

func TestSpanNameSaysWhatWouldDo(t *testing.T) {
	tests := []struct {
		reason  string
		example sample
		want    string
	}{
		{"method and route", answered(tracetree.KindServer, 0, "http.method", "PUT", "http.route", "/cart"), "PUT /cart"},
		{"the method of a client", answered(tracetree.KindClient, 0, "http.method", "PUT"), "PUT"},
		{
			"service and method", answered(tracetree.KindServer, 0, "rpc.service", "shop.Carts", "rpc.method", "Get"),
			"shop.Carts/Get",
		},
		{
			"operation and table", answered(tracetree.KindClient, 0, "db.operation.name", "GET", "db.collection.name", "carts"),
			"GET carts",
		},
		{"operation and queue", answered(tracetree.KindProducer, 0, "messaging.destination.name", "orders"), "send orders"},
		{"operation and event", answered(tracetree.KindConsumer, 0, "cloudevents.event_type", "placed"), "process placed"},
		{"work of one's own", answered(tracetree.KindInternal, 0), "load prices"},
	}
	for _, test := range tests {
		test.example.Spans[0].Name = ""
		f := findingsOf(t, "span-name", test.example)
		if want := `a name of the work, such as "` + test.want + `"`; len(f) != 1 || f[0].Expected != want {
			t.Errorf("%s: findings %+v, want %s", test.reason, f, want)
		}
	}
}
