package check_test

import (
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// The spans of widely used instrumentation: their attributes are complete and have the right form,
// in every generation of names.
var agents = []struct {
	who   string
	kind  tracetree.Kind
	attrs []any
	old   bool // some names are deprecated, and have no current name next to them
}{
	{"Go otelhttp, server, new names", tracetree.KindServer, []any{
		"server.address", "shop", "http.request.method", "GET", "url.scheme", "http", "server.port", 8080,
		"network.peer.address", "10.1.2.3", "network.peer.port", 41234,
		"user_agent.original", "curl/8", "client.address", "10.1.2.3", "url.path", "/cart", "network.protocol.version", "1.1",
		"http.response.body.size", 12, "http.response.status_code", 200,
	}, false},
	{"Go otelhttp, server, old names", tracetree.KindServer, []any{
		"http.method", "GET", "http.scheme", "http", "net.host.name", "shop", "net.host.port", 8080, "net.sock.peer.addr",
		"10.1.2.3", "net.sock.peer.port", 41234,
		"user_agent.original", "curl/8", "http.target", "/cart", "net.protocol.version", "1.1", "http.status_code", 200,
		"http.response_content_length", 12,
	}, true},
	{"Go otelhttp, client, new names", tracetree.KindClient, []any{
		"http.request.method", "GET", "url.full", "http://stock/items", "server.address", "stock", "network.protocol.version",
		"1.1", "http.response.status_code", 200,
	}, false},
	{"Go otelgrpc, old names", tracetree.KindClient, []any{
		"rpc.system", "grpc", "rpc.service", "stock.Stock", "rpc.method", "Take", "net.sock.peer.addr", "10.1.2.4",
		"net.sock.peer.port", 50051, "rpc.grpc.status_code", 0,
	}, true},
	{"Go otelaws, DynamoDB, old names", tracetree.KindClient, []any{
		"rpc.system", "aws-api", "rpc.service", "DynamoDB", "rpc.method", "Query", "aws.region", "eu-west-1", "db.system",
		"dynamodb",
		"aws.dynamodb.table_names", tracetree.JSON(`["carts"]`), "http.status_code", 200, "aws.request_id", "5P6E",
	}, true},
	{"Go otelaws, SQS, old names", tracetree.KindClient, []any{
		"rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method", "SendMessage", "messaging.system", "AmazonSQS",
		"net.peer.name", "https://sqs/1/tasks", "aws.sqs.queue.url", "https://sqs/1/tasks",
	}, true},
	{"Java agent, Tomcat, new names", tracetree.KindServer, []any{
		"http.request.method", "GET", "url.path", "/cart", "url.query", "", "url.scheme", "http", "server.address", "shop",
		"server.port", 8080, "client.address", "10.1.2.3", "network.peer.address", "10.1.2.3",
		"network.peer.port", 41234, "network.protocol.version", "1.1", "http.route", "/cart", "http.response.status_code",
		200, "user_agent.original", "curl/8", "thread.id", 42, "thread.name", "exec-1",
	}, false},
	{"Java agent, JDBC, both names", tracetree.KindClient, []any{
		"db.system", "postgresql", "db.system.name", "postgresql", "db.name", "shop", "db.namespace", "shop", "db.statement",
		"SELECT * FROM carts WHERE id = ?", "db.query.text", "SELECT * FROM carts WHERE id = ?",
		"db.operation", "SELECT", "db.operation.name", "SELECT", "db.sql.table", "carts", "db.collection.name", "carts",
		"server.address", "pg", "server.port", 5432, "db.user", "shop",
	}, false},
	{"Java agent, Kafka producer, old names", tracetree.KindProducer, []any{
		"messaging.system", "kafka", "messaging.destination.name", "orders", "messaging.operation", "publish",
		"messaging.client_id", "producer-1", "messaging.kafka.destination.partition", 3, "messaging.kafka.message.offset", 17,
	}, true},
	{"Python requests, old names", tracetree.KindClient, []any{
		"http.method", "GET", "http.url", "http://stock/items", "http.status_code", 200,
	}, true},
	{"Python ASGI, old names", tracetree.KindServer, []any{
		"http.scheme", "http", "http.host", "10.1.2.5:8000", "net.host.port", 8000, "http.flavor", "1.1", "http.target",
		"/cart", "http.url", "http://10.1.2.5:8000/cart", "http.method", "GET",
		"http.server_name", "shop", "http.user_agent", "curl/8", "net.peer.ip", "10.1.2.3", "net.peer.port", 41234,
		"http.route", "/cart", "http.status_code", 200,
	}, true},
	{"Python pika, oldest names", tracetree.KindProducer, []any{
		"messaging.system", "rabbitmq", "messaging.destination", "orders", "net.peer.name", "mq", "net.peer.port", 5672,
	}, true},
	{"Python psycopg2, connecting", tracetree.KindClient, []any{
		"db.system", "postgresql", "db.name", "shop", "net.peer.name", "pg", "net.peer.port", 5432,
	}, true},
	{"JS http, server, old names", tracetree.KindServer, []any{
		"http.url", "http://shop/cart", "http.host", "shop", "net.host.name", "shop", "http.method", "GET", "http.scheme",
		"http", "http.target", "/cart", "http.user_agent", "curl/8", "http.flavor", "1.1",
		"net.transport", "ip_tcp", "net.host.ip", "10.1.2.5", "net.host.port", 80, "net.peer.ip", "10.1.2.3", "net.peer.port",
		41234, "http.status_code", 200, "http.status_text", "OK", "http.route", "/cart",
	}, true},
	{"JS grpc-js, server, old names", tracetree.KindServer, []any{
		"rpc.system", "grpc", "rpc.method", "Take", "rpc.service", "stock.Stock", "rpc.grpc.status_code", 0,
	}, true},
	{"JS kafkajs, consumer", tracetree.KindConsumer, []any{
		"messaging.system", "kafka", "messaging.destination.name", "orders", "messaging.operation.type", "process",
		"messaging.operation.name", "process", "messaging.destination.partition.id", "3",
	}, false},
	{"JS redis, old names", tracetree.KindClient, []any{
		"db.system", "redis", "db.statement", "GET [1 other arguments]", "db.connection_string", "redis://cache:6379",
		"net.peer.name", "cache", "net.peer.port", 6379,
	}, true},
	{"Envoy, which has only text", tracetree.KindServer, []any{
		"http.method", "GET", "http.url", "http://shop/cart", "http.status_code", "200", "http.protocol", "HTTP/1.1",
		"upstream_cluster", "shop", "upstream_cluster.name", "shop", "response_flags", "-", "guid:x-request-id", "1f2e",
	}, true},
	{"Brave, Kafka", tracetree.KindProducer, []any{"kafka.topic", "orders"}, false},
	{
		"Brave, RabbitMQ's default exchange", tracetree.KindProducer,
		[]any{"rabbit.exchange", "", "rabbit.routing_key", "orders"},
		false,
	},
	{
		"Brave, HTTP server", tracetree.KindServer,
		[]any{"http.method", "GET", "http.path", "/cart", "mvc.controller.class", "CartController"},
		true,
	},
	{"a batch for several queues", tracetree.KindProducer, []any{
		"messaging.system", "kafka", "messaging.operation.name", "send", "messaging.batch.message_count", 3,
	}, false},
}

func TestInstrumentationOfOthersIsClean(t *testing.T) {
	quiet := []check.Check{}
	for _, id := range []string{
		"required-attributes", "attribute-form", "attribute-level", "sensitive-attribute",
		"resource-identity", "dropped-data",
	} {
		quiet = append(quiet, checkOf(t, id))
	}
	for _, a := range agents {
		t.Run(a.who, func(t *testing.T) {
			spans := renumbered([]tracetree.Span{{Name: "x", Kind: a.kind, Origin: shop, Attributes: attrs(t, a.attrs...)}})
			r := check.RunEach(quiet, check.Input{Forest: tracetree.Build(spans)}, check.Config{})
			for _, f := range r.Findings {
				t.Errorf("%s: %s", f.Check, f.Seen)
			}
			if old := len(seenBy(t, "deprecated-attribute", spans...)) > 0; old != a.old {
				t.Errorf("flagged as deprecated: %v, want %v", old, a.old)
			}
		})
	}
}
