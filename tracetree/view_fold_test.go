package tracetree_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

func TestCompactViewLeavesOutInnerSpans(t *testing.T) {
	server, client, producer, consumer := kind(tracetree.KindServer), kind(tracetree.KindClient),
		kind(tracetree.KindProducer), kind(tracetree.KindConsumer)
	get := with("http.request.method", "GET", "server.address", "h", "http.route", "/")
	post := with("http.request.method", "POST", "server.address", "h")
	grpc := with("rpc.system", "grpc", "rpc.service", "s.S", "rpc.method", "M")
	put := with("db.system", "dynamodb", "db.operation", "PutItem", "rpc.system", "aws-api", "rpc.service", "DynamoDB",
		"rpc.method", "PutItem")
	postgres := with("db.system.name", "postgresql")
	insert := with("db.system.name", "postgresql", "db.operation.name", "INSERT",
		"db.query.text", "INSERT INTO t (a) VALUES ($1)")
	otherInsert := with("db.system.name", "postgresql", "db.operation.name", "INSERT",
		"db.query.text", "INSERT INTO t (b) VALUES ($1)")
	by := func(scope string) func(*tracetree.Span) {
		return func(s *tracetree.Span) {
			s.Origin = &tracetree.Origin{Resource: s.Origin.Resource, ScopeName: scope}
		}
	}
	httptrace := by("go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace")
	sqs := func(method string) func(*tracetree.Span) {
		return with("messaging.system", "aws_sqs", "rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method", method,
			"messaging.destination.name", "q")
	}
	step := func(operation string) func(*tracetree.Span) {
		return with("messaging.system", "aws_sqs", "messaging.operation.type", operation, "messaging.destination.name", "q")
	}
	tests := []struct {
		reason string
		spans  []tracetree.Span
		want   []string
	}{
		{
			"the HTTP request of a database call",
			[]tracetree.Span{span(1, 0, "a", server), span(2, 1, "put", client, put), span(3, 2, "POST", client, post)},
			[]string{"svc: a (root)", "  db: PutItem"},
		},
		{
			"the HTTP request of a send",
			[]tracetree.Span{span(1, 0, "send", producer, sqs("SendMessage")), span(3, 1, "POST", client, post)},
			[]string{"sqs: SendMessage (q) (root)"},
		},
		{
			"the SDK's call of a send",
			[]tracetree.Span{
				span(1, 0, "q send", producer, step("publish")),
				span(2, 1, "SQS.SendMessage", client, sqs("SendMessage"), by("botocore")),
			},
			[]string{"sqs: SendMessage (q) (root)"},
		},
		{
			"not that of another system",
			[]tracetree.Span{
				span(1, 0, "q send", producer, step("publish")),
				span(2, 1, "send", client, with("messaging.system", "kafka", "messaging.destination.name", "q")),
			},
			[]string{"sqs: SendMessage (q) (root)", "  kafka: send (q)"},
		},
		{
			"not an HTTP request of another service",
			[]tracetree.Span{span(1, 0, "put", client, put), span(2, 1, "POST", client, post, service("proxy"))},
			[]string{"db: PutItem (root)", "  proxy: http.client.POST h"},
		},
		{
			"not one that failed while the call did not",
			[]tracetree.Span{
				span(1, 0, "put", client, put), span(2, 1, "POST", client, post, failed("500")),
				span(3, 1, "POST", client, post),
			},
			[]string{"db: PutItem (root)", "  svc: http.client.POST h !error=500"},
		},
		{
			"one that failed with the call",
			[]tracetree.Span{
				span(1, 0, "put", client, put, failed("Throttled")),
				span(2, 1, "POST", client, post, failed("400")),
			},
			[]string{"db: PutItem (root) !error=Throttled"},
		},
		{
			"not an HTTP request below other work",
			[]tracetree.Span{span(1, 0, "work"), span(2, 1, "POST", client, post)},
			[]string{"svc: work (root)", "  svc: http.client.POST h"},
		},
		{
			"the same call by two instrumentations",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "SELECT t", client, with("db.system", "postgresql", "db.operation", "SELECT")),
				span(3, 2, "select", client, with("db.system", "postgresql", "db.statement", "select 1"), by("psycopg")),
			},
			[]string{"svc: a (root)", "  db: SELECT"},
		},
		{
			"not the same call by the same instrumentation",
			[]tracetree.Span{
				span(1, 0, "SELECT", client, with("db.system", "postgresql", "db.operation", "SELECT"), by("x")),
				span(2, 1, "SELECT", client, with("db.system", "postgresql", "db.operation", "SELECT"), by("x")),
			},
			[]string{"db: SELECT (root)", "  db: SELECT"},
		},
		{
			"a call by the same instrumentation with the same statement, such as its preparation",
			[]tracetree.Span{
				span(1, 0, "INSERT", client, insert, by("otelpgx")), span(2, 1, "INSERT", client, insert, by("otelpgx")),
				span(3, 0, "INSERT", client, insert, by("otelpgx")), span(4, 3, "INSERT", client, otherInsert, by("otelpgx")),
			},
			[]string{"db: INSERT (t table) (root)", "", "db: INSERT (t table) (root)", "  db: INSERT (t table)"},
		},
		{
			"the connecting to a database, and the acquiring of a connection from a pool",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "pg-pool.connect", client, postgres),
				span(3, 2, "pg.connect", client, postgres),
				span(4, 1, "pool.acquire", client, postgres),
			},
			[]string{"svc: a (root)"},
		},
		{
			"not a connecting that failed, or is on top, or has other work below it",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "pg.connect", client, postgres, failed("refused")),
				span(3, 0, "pg.connect", client, postgres), span(4, 1, "connect", client, postgres), span(5, 4, "warm up"),
			},
			[]string{
				"svc: a (root)", "  db: pg.connect !error=refused", "  db: connect", "    svc: warm up", "",
				"db: pg.connect (root)",
			},
		},
		{
			"the opening of a connection, by Node's net module",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "tls.connect"), span(3, 2, "tcp.connect", with("net.transport", "ip_tcp")),
				span(4, 1, "put", client, put), span(5, 4, "ipc.connect", with("net.transport", "pipe")),
			},
			[]string{"svc: a (root)", "  db: PutItem"},
		},
		{
			"not one that failed, or is on top, or has other work below it, nor what is named alike",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "tcp.connect", failed("ECONNREFUSED")), span(3, 0, "tcp.connect"),
				span(4, 1, "tls.connect"), span(5, 4, "warm up"), span(6, 1, "connect"),
			},
			[]string{
				"svc: a (root)", "  svc: tcp.connect !error=ECONNREFUSED", "  svc: tls.connect", "    svc: warm up",
				"  svc: connect", "", "svc: tcp.connect (root)",
			},
		},
		{
			"the connecting to Redis, as each of its clients names it, and by PHP",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "connect", client, with("db.system", "redis", "db.statement", "connect")),
				span(3, 1, "redis-connect", client, with("db.system", "redis")),
				span(4, 1, "redis.dial", client, with("db.system", "redis")),
				span(5, 1, "PDO::__construct", client, with("db.system", "mysql")),
			},
			[]string{"svc: a (root)"},
		},
		{
			"not a command of a span with such a name",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "redis-dial", client, with("db.system", "redis", "db.statement", "get a")),
				span(3, 1, "PDO::__construct", client, with("db.system", "mysql", "db.statement", "SET NAMES utf8")),
			},
			[]string{"svc: a (root)", "  db: GET", "  db: SET"},
		},
		{
			"the parts of a request, by Node's dns module, Go's otelhttptrace, and Ruby's net/http",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "GET", client, get), span(3, 2, "dns.lookup", client),
				span(4, 2, "http.getconn", client, httptrace), span(5, 4, "http.dns", client, httptrace),
				span(6, 2, "http.send", client, httptrace),
				span(7, 2, "connect", with("net.peer.name", "h")), span(8, 2, "GET /", server, get, service("other")),
			},
			[]string{"svc: a (root)", "  other: GET /"},
		},
		{
			"not one that failed, nor a call or a step that a program names so",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "dns.lookup", client, failed("ENOTFOUND")),
				span(3, 1, "http.send", client, get), span(4, 1, "http.connect", client), span(5, 1, "http.send"),
				span(6, 1, "connect", client, with("net.peer.name", "h")), span(7, 1, "dns.lookup"),
			},
			[]string{
				"svc: a (root)", "  svc: dns.lookup !error=ENOTFOUND", "  svc: http.client.GET h", "  svc: http.connect",
				"  svc: http.send", "  svc: connect", "  svc: dns.lookup",
			},
		},
		{
			"the steps of a call of AWS's SDK for Rust",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "DynamoDB.PutItem", put),
				span(3, 2, "try_op", with("code.namespace", "aws_smithy_runtime::client::orchestrator")),
				span(4, 3, "lazy_load_identity", with("code.module.name", "aws_smithy_runtime::client::identity::cache::lazy")),
				span(5, 2, "try_op", with("code.namespace", "shop::aws_smithy_runtime")),
			},
			[]string{"svc: a (root)", "  db: PutItem", "    svc: try_op"},
		},
		{
			"not a call of which only the name is known, nor a statement that begins with CONNECT",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "query", client, postgres), span(3, 1, "disconnect", client, postgres),
				span(4, 1, "connect", client, with("db.system", "oracle", "db.statement", "CONNECT scott")),
			},
			[]string{"svc: a (root)", "  db: query", "  db: disconnect", "  db: CONNECT"},
		},
		{
			"not a request that the same instrumentation makes of its own",
			[]tracetree.Span{span(1, 0, "put", client, put, by("x")), span(2, 1, "POST", client, post, by("x"))},
			[]string{"db: PutItem (root)", "  svc: http.client.POST h"},
		},
		{
			"not another call below a call",
			[]tracetree.Span{
				span(1, 0, "a", client, with("db.system", "postgresql", "db.operation", "COPY")),
				span(2, 1, "b", client, with("db.system", "postgresql", "db.operation", "SELECT")),
			},
			[]string{"db: COPY (root)", "  db: SELECT"},
		},
		{
			"a chain of clients and a server",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "s.S/M", client, grpc), span(3, 2, "POST", client, post),
				span(4, 3, "s.S/M", server, grpc, service("other")),
			},
			[]string{"svc: a (root)", "  other: /s.S/M"},
		},
		{
			"a chain of HTTP clients",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "GET", client, get, by("requests")),
				span(3, 2, "GET", client, get, by("urllib3")),
				span(4, 3, "GET /", server, get, service("other")),
			},
			[]string{"svc: a (root)", "  other: GET /"},
		},
		{
			"not another request below a request",
			[]tracetree.Span{
				span(1, 0, "POST", client, post, by("x")), span(2, 1, "GET", client, get, by("y")),
				span(3, 2, "GET /", server, get, service("other")),
			},
			[]string{"svc: http.client.POST h (root)", "  other: GET /"},
		},
		{
			"a chain whose last client failed",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "s.S/M", client, grpc), span(3, 2, "POST", client, post, failed("reset")),
				span(4, 3, "s.S/M", server, grpc, service("other")),
			},
			[]string{"svc: a (root)", "  svc: grpc.client.M", "    svc: http.client.POST h !error=reset", "      other: /s.S/M"},
		},
		{
			"the middleware of a framework, and what is below it goes up",
			[]tracetree.Span{
				span(1, 0, "a", server), span(2, 1, "middleware - json", with("express.type", "middleware")),
				span(3, 1, "request handler", with("express.type", "request_handler")), span(4, 3, "work"),
				span(5, 1, "a http send", with("asgi.event.type", "http.response.start")),
				span(6, 1, "middleware - patched", with("router.type", "middleware")),
				span(7, 1, "request", with("fastify.root", "@fastify/otel")),
				span(8, 1, "executing api route", with("next.span_type", "AppRouteRouteHandlers.runHandler")),
			},
			[]string{"svc: a (root)", "  svc: work"},
		},
		{
			"not middleware that failed alone",
			[]tracetree.Span{
				span(1, 0, "a", server),
				span(2, 1, "middleware - auth", with("express.type", "middleware"), failed("Unauthorized")),
			},
			[]string{"svc: a (root)", "  svc: middleware - auth !error=Unauthorized"},
		},
		{
			"not the request that Next.js serves, nor the one that it makes",
			[]tracetree.Span{
				span(1, 0, "GET /", server, get, with("next.span_type", "BaseServer.handleRequest", "http.route", "/")),
				span(2, 1, "fetch GET", client, get, with("next.span_type", "AppRender.fetch")),
			},
			[]string{"svc: GET / (root)", "  svc: http.client.GET h"},
		},
		{
			"not middleware on top",
			[]tracetree.Span{span(2, 1, "middleware - auth", with("express.type", "middleware"))},
			[]string{"svc: middleware - auth (orphan)"},
		},
		{
			"the receiving of a message that is processed below its send",
			[]tracetree.Span{
				span(1, 0, "send q", producer, sqs("SendMessage")),
				span(2, 0, "receive q", consumer, step("receive"), inTrace(2)),
				span(3, 2, "SQS.ReceiveMessage", client, sqs("ReceiveMessage"), inTrace(2)),
				span(4, 2, "process q", consumer, step("process"), inTrace(2), linkTo(1, 1)),
				span(5, 4, "work", inTrace(2)),
				span(6, 4, "SQS.DeleteMessage", client, sqs("DeleteMessage"), inTrace(2)),
			},
			[]string{"sqs: SendMessage (q) (root)", "  svc: process q          ← linked span", "    svc: work"},
		},
		{
			"a receiving without attributes, by confluent-kafka for Python",
			[]tracetree.Span{
				span(1, 0, "send q", producer, step("publish")), span(2, 0, "recv", consumer, inTrace(2)),
				span(3, 2, "q process", consumer, step("process"), inTrace(2), linkTo(1, 1)),
				span(4, 0, "recv", consumer, inTrace(3)),
			},
			[]string{
				"sqs: SendMessage (q) (root)", "  svc: process q          ← linked span", "", "svc: recv (root)",
			},
		},
		{
			"a batch, each message below its own send",
			[]tracetree.Span{
				span(1, 0, "send q", producer, sqs("SendMessage")), span(2, 0, "send q", producer, sqs("SendMessage"), inTrace(2)),
				span(3, 0, "receive q", consumer, step("receive"), inTrace(3)),
				span(4, 3, "process q", consumer, step("process"), inTrace(3), linkTo(1, 1)),
				span(5, 3, "process q", consumer, step("process"), inTrace(3), linkTo(2, 2)),
			},
			[]string{
				"sqs: SendMessage (q) (root)", "  svc: process q          ← linked span", "", "sqs: SendMessage (q) (root)",
				"  svc: process q          ← linked span",
			},
		},
		{
			"a receiving below the send, above the processing",
			[]tracetree.Span{
				span(1, 0, "send q", producer, step("publish")), span(2, 1, "q receive", consumer, step("receive")),
				span(3, 2, "process q", consumer, step("process")), span(4, 3, "work"),
			},
			[]string{"sqs: SendMessage (q) (root)", "  svc: process q", "    svc: work"},
		},
		{
			"a receiving below the send, next to the processing, each a child of the send",
			[]tracetree.Span{
				span(1, 0, "send q", producer, step("publish")), span(2, 1, "q receive", consumer, step("receive")),
				span(3, 1, "process q", consumer, step("process")), span(4, 3, "work"),
			},
			[]string{"sqs: SendMessage (q) (root)", "  svc: process q", "    svc: work"},
		},
		{
			"not one that is next to the processing by another service, or that other work is below",
			[]tracetree.Span{
				span(1, 0, "send q", producer, step("publish")), span(2, 1, "q receive", consumer, step("receive")),
				span(3, 1, "process q", consumer, step("process"), service("other")),
				span(4, 0, "send q", producer, step("publish")), span(5, 4, "q receive", consumer, step("receive")),
				span(6, 5, "work"), span(7, 4, "process q", consumer, step("process")),
			},
			[]string{
				"sqs: SendMessage (q) (root)", "  svc: q receive", "  other: process q", "",
				"sqs: SendMessage (q) (root)", "  svc: q receive", "    svc: work", "  svc: process q",
			},
		},
		{
			"not a receiving below the send that nothing processes, or another service",
			[]tracetree.Span{
				span(1, 0, "send q", producer, step("publish")), span(2, 1, "q receive", consumer, step("receive")),
				span(3, 1, "q receive", consumer, step("receive")),
				span(4, 3, "process q", consumer, step("process"), service("other")),
			},
			[]string{"sqs: SendMessage (q) (root)", "  svc: q receive", "  svc: q receive", "    other: process q"},
		},
		{
			"a receiving that links to the sends, beside the processing",
			[]tracetree.Span{
				span(1, 0, "send q", producer, step("publish")), span(2, 0, "send q", producer, step("publish"), inTrace(2)),
				span(3, 0, "q receive", consumer, step("receive"), inTrace(3), linkTo(1, 1), linkTo(2, 2)),
				span(4, 3, "POST", client, post, inTrace(3), by("http")),
				span(5, 0, "process q", consumer, step("process"), inTrace(4), linkTo(1, 1)),
				span(6, 0, "process q", consumer, step("process"), inTrace(5), linkTo(2, 2)),
			},
			[]string{
				"sqs: SendMessage (q) (root)", "  svc: process q          ← linked span", "", "sqs: SendMessage (q) (root)",
				"  svc: process q          ← linked span",
			},
		},
		{
			"not a receiving of messages that nothing processes, or that another service processes, or only one of them",
			[]tracetree.Span{
				span(1, 0, "send q", producer, step("publish")), span(2, 0, "send q", producer, step("publish"), inTrace(2)),
				span(3, 0, "q receive", consumer, step("receive"), inTrace(3), linkTo(1, 1), linkTo(2, 2)),
				span(5, 0, "process q", consumer, step("process"), inTrace(4), linkTo(1, 1)),
				span(6, 0, "process q", consumer, step("process"), inTrace(5), linkTo(2, 2), service("other")),
			},
			[]string{
				"sqs: SendMessage (q) (root)", "  svc: q receive          ← linked span",
				"  svc: process q          ← linked span", "", "sqs: SendMessage (q) (root)",
				"  other: process q          ← linked span",
			},
		},
		{
			"not a receiving with other work below it",
			[]tracetree.Span{
				span(1, 0, "send q", producer, sqs("SendMessage")),
				span(2, 0, "receive q", consumer, step("receive"), inTrace(2)),
				span(3, 2, "process q", consumer, step("process"), inTrace(2), linkTo(1, 1)), span(4, 2, "work", inTrace(2)),
			},
			[]string{
				"sqs: SendMessage (q) (root)", "  svc: process q          ← linked span", "", "svc: receive q (root)",
				"  svc: work",
			},
		},
		{
			"not a receiving whose message was sent elsewhere",
			[]tracetree.Span{
				span(2, 0, "receive q", consumer, step("receive"), inTrace(2)),
				span(3, 2, "process q", consumer, step("process"), inTrace(2), linkTo(1, 1)),
			},
			[]string{"svc: receive q (root)", "  svc: process q"},
		},
		{
			"not a receiving that failed",
			[]tracetree.Span{
				span(1, 0, "send q", producer, sqs("SendMessage")),
				span(2, 0, "receive q", consumer, step("receive"), inTrace(2), failed("timeout")),
				span(3, 2, "process q", consumer, step("process"), inTrace(2), linkTo(1, 1)),
			},
			[]string{
				"sqs: SendMessage (q) (root)", "  svc: process q          ← linked span", "",
				"svc: receive q (root) !error=timeout",
			},
		},
		{
			"a consumer stays below the process of another one, whatever it links to",
			[]tracetree.Span{
				span(1, 0, "send q", producer, sqs("SendMessage")), span(2, 0, "process p", consumer, step("process"), inTrace(2)),
				span(3, 2, "process q", consumer, step("process"), inTrace(2), linkTo(1, 1)),
			},
			[]string{"sqs: SendMessage (q) (root)", "", "svc: process p (root)", "  svc: process q"},
		},
		{
			"a consumer stays below a receiving that it links to",
			[]tracetree.Span{
				span(2, 0, "receive q", consumer, step("receive")),
				span(3, 2, "process q", consumer, step("process"), linkTo(1, 2)),
			},
			[]string{"svc: receive q (root)", "  svc: process q          ← linked span"},
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			forest := tracetree.Build(test.spans)
			got := tracetree.Format(forest)
			if diff := cmp.Diff(strings.Join(test.want, "\n")+"\n", got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if lines := tracetree.Lines(forest, tracetree.Full); len(lines) != len(test.spans) {
				t.Errorf("the full view has %d lines, want %d", len(lines), len(test.spans))
			}
		})
	}
}
