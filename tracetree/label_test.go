package tracetree_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestLabelSaysWhatASpanMeans(t *testing.T) {
	const (
		internal, server, client = tracetree.KindInternal, tracetree.KindServer, tracetree.KindClient
		producer, consumer       = tracetree.KindProducer, tracetree.KindConsumer
	)
	tests := []struct {
		reason string
		kind   tracetree.Kind
		name   string
		attrs  []string
		want   string
	}{
		{
			"SQS, current names", producer, "send q",
			[]string{
				"messaging.system", "aws_sqs", "rpc.system.name", "aws-api", "rpc.method", "SQS/SendMessage",
				"messaging.operation.name", "send", "messaging.destination.name", "q",
			},
			"sqs: SendMessage (q)",
		},
		{
			"SQS, older names", client, "x",
			[]string{
				"messaging.system", "AmazonSQS", "rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method", "SendMessage",
				"messaging.destination", "q",
			},
			"sqs: SendMessage (q)",
		},
		{
			"another system", producer, "x",
			[]string{"messaging.system", "kafka", "messaging.operation", "publish", "messaging.destination.name", "orders"},
			"kafka: publish (orders)",
		},
		{
			"current operation wins", producer, "x",
			[]string{"messaging.operation", "publish", "messaging.operation.name", "send", "messaging.system", "kafka"},
			"kafka: send",
		},
		{
			"the method of another RPC system is not the operation", producer, "x",
			[]string{
				"messaging.system", "pubsub", "rpc.system", "grpc", "rpc.method", "p.P/Publish", "messaging.operation.name",
				"send",
			},
			"pubsub: send",
		},
		{"a PRODUCER without attributes", producer, "emit", nil, "svc: emit"},
		{
			"a PRODUCER without operation", producer, "emit",
			[]string{"messaging.system", "nats", "messaging.destination", "q"},
			"nats: send (q)",
		},
		{
			"a PRODUCER of SQS without operation", producer, "q send",
			[]string{"messaging.system", "aws.sqs", "messaging.destination", "q"},
			"sqs: SendMessage (q)",
		},
		{
			"a PRODUCER of SNS", producer, "t send",
			[]string{"messaging.system", "aws_sns", "messaging.destination", "arn:aws:sns:us-east-1:1:t"},
			"sns: Publish (t)",
		},
		{
			"SNS, current name", producer, "publish t",
			[]string{
				"messaging.system", "aws.sns", "rpc.system", "aws-api", "rpc.method", "SNS/PublishBatch",
				"messaging.destination.name", "t",
			},
			"sns: PublishBatch (t)",
		},
		{
			"SQS without the API", producer, "publish q",
			[]string{"messaging.system", "aws_sqs", "messaging.operation.name", "publish", "messaging.destination.name", "q"},
			"sqs: SendMessage (q)",
		},
		{
			"SQS, the queue's URL", client, "SQS.SendMessage",
			[]string{
				"rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method", "SendMessage", "aws.queue_url",
				"https://sqs.eu-west-1.amazonaws.com/1/q",
			},
			"sqs: SendMessage (q)",
		},
		{
			"a call of AWS without a kind", internal, "SQS.SendMessage",
			[]string{"rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method", "SendMessage"},
			"sqs: SendMessage",
		},
		{
			"creation of a message", producer, "create q",
			[]string{
				"messaging.system", "kafka", "messaging.operation.type", "create", "messaging.operation.name", "create",
				"messaging.destination.name", "q",
			},
			"kafka: create (q)",
		},
		{
			"Go's otelaws with the attributes of both services on every call", client, "SQS.SendMessage",
			[]string{
				"rpc.system.name", "aws-api", "rpc.method", "SQS/SendMessage", "messaging.system", "aws_sqs",
				"db.system.name", "aws.dynamodb", "server.address", "https://sqs.eu-west-1.amazonaws.com/1/q",
			},
			"sqs: SendMessage (q)",
		},
		{
			"and of the database", client, "DynamoDB.PutItem",
			[]string{
				"rpc.system.name", "aws-api", "rpc.method", "DynamoDB/PutItem", "messaging.system", "aws_sqs",
				"db.system.name", "aws.dynamodb", "aws.dynamodb.table_names", "t",
			},
			"db: PutItem (t table)",
		},
		{
			"RabbitMQ's default exchange delivers to the queue that the routing key names", producer, "publish <default>",
			[]string{
				"messaging.system", "rabbitmq", "messaging.destination", "", "messaging.rabbitmq.routing_key", "q",
				"messaging.url", "amqp://guest:***@rabbit:5672",
			},
			"rabbitmq: send (q)",
		},
		{
			"also by its current names", producer, "publish",
			[]string{
				"messaging.system", "rabbitmq", "messaging.operation.name", "publish",
				"messaging.rabbitmq.destination.routing_key", "q",
			},
			"rabbitmq: publish (q)",
		},
		{
			"another exchange is the destination", producer, "publish x",
			[]string{
				"messaging.system", "rabbitmq", "messaging.destination", "x", "messaging.rabbitmq.routing_key", "q",
			},
			"rabbitmq: send (x)",
		},
		{
			"a broker's URL names no destination", producer, "publish",
			[]string{
				"messaging.system", "activemq", "messaging.url", "tcp://broker:61616",
			},
			"activemq: publish",
		},
		{
			"SQS, the queue's URL by its older name", producer, "send",
			[]string{
				"messaging.system", "aws.sqs", "messaging.url", "https://sqs.eu-west-1.amazonaws.com/1/q",
			},
			"sqs: SendMessage (q)",
		},
		{
			"a comment before the statement", client, "x",
			[]string{"db.system", "postgresql", "db.statement", "/* app:web */ -- list\nselect * from tasks"},
			"db: SELECT (tasks table)",
		},
		{
			"a comment that does not end", client, "x",
			[]string{"db.system", "postgresql", "db.statement", "/* select * from tasks"},
			"db: x",
		},
		{
			"the index of Elasticsearch", client, "search",
			[]string{"db.system", "elasticsearch", "db.operation", "search", "db.elasticsearch.path_parts.index", "tasks"},
			"db: search (tasks table)",
		},
		{
			"a receive is no send", client, "receive q",
			[]string{"messaging.system", "aws_sqs", "messaging.operation.type", "receive", "rpc.method", "SQS/ReceiveMessage"},
			"svc: receive q",
		},

		{
			"nor is it one by AWS's method", client, "SQS.ReceiveMessage",
			[]string{
				"messaging.system", "aws.sqs", "rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method",
				"ReceiveMessage",
			},
			"svc: SQS.ReceiveMessage",
		},
		{
			"nor a deletion", client, "SQS.DeleteMessage",
			[]string{
				"messaging.system", "aws.sqs", "rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method",
				"DeleteMessage",
			},
			"svc: SQS.DeleteMessage",
		},
		{
			"nor a poll", client, "poll q",
			[]string{"messaging.system", "kafka", "messaging.operation.name", "poll"},
			"svc: poll q",
		},
		{
			"nor an acknowledgement", client, "ack q",
			[]string{"messaging.system", "rabbitmq", "messaging.operation.type", "settle", "messaging.operation.name", "ack"},
			"svc: ack q",
		},
		{
			"nor one that only its name tells", client, "orders receive",
			[]string{"messaging.system", "kafka"},
			"svc: orders receive",
		},
		{
			"nor what manages queues", client, "SQS.CreateQueue",
			[]string{
				"messaging.system", "AmazonSQS", "rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method",
				"CreateQueue",
			},
			"svc: SQS.CreateQueue",
		},
		{
			"a client that does not say what it does sends", client, "orders",
			[]string{"messaging.system", "kafka", "messaging.destination.name", "orders"},
			"kafka: send (orders)",
		},

		{
			"process, by event type", consumer, "process q",
			[]string{"cloudevents.event_type", "task-created"},
			"svc: process task-created",
		},
		{
			"process, current form of the name", consumer, "process q",
			[]string{"messaging.destination.name", "other"},
			"svc: process q",
		},
		{"process, older form of the name", consumer, "q process", nil, "svc: process q"},
		{"process, by destination", consumer, "handle", []string{"messaging.destination", "q"}, "svc: process q"},
		{"process, by name alone", consumer, "handle", nil, "svc: handle"},
		{
			"a poll is no process", consumer, "receive q",
			[]string{"messaging.operation", "receive", "messaging.destination", "q"},
			"svc: receive q",
		},

		{
			"a consumer that is named poll and processes", consumer, "poll",
			[]string{"messaging.operation.type", "process", "messaging.destination.name", "q"},
			"svc: process q",
		},
		{
			"a consumer that is named poll and polls", consumer, "poll",
			[]string{"messaging.operation.type", "receive", "messaging.destination.name", "q"},
			"svc: poll",
		},
		{
			"a task of Celery", consumer, "run/tasks.grow",
			[]string{"celery.action", "run", "celery.task_name", "tasks.grow", "messaging.destination", "celery"},
			"svc: process tasks.grow",
		},

		{
			"database, current names", client, "x",
			[]string{"db.system.name", "postgresql", "db.operation.name", "SELECT", "db.collection.name", "users"},
			"db: SELECT (users table)",
		},
		{
			"database, older names", client, "x",
			[]string{"db.system", "mysql", "db.operation", "INSERT", "db.sql.table", "users"},
			"db: INSERT (users table)",
		},
		{
			"database, current names win", client, "x",
			[]string{"db.operation", "a", "db.operation.name", "b", "db.sql.table", "c", "db.collection.name", "d"},
			"db: b (d table)",
		},
		{
			"database, operation of the RPC", client, "x",
			[]string{"db.system", "dynamodb", "rpc.method", "DynamoDB/PutItem", "aws.dynamodb.table_names", `["tasks"]`},
			"db: PutItem (tasks table)",
		},
		{
			"database, an older attribute of AWS's SDK for Java and .NET", client, "DynamoDb.PutItem",
			[]string{"rpc.system", "aws-api", "rpc.service", "DynamoDb", "rpc.method", "PutItem", "aws.table.name", "tasks"},
			"db: PutItem (tasks table)",
		},
		{
			"several tables", client, "x",
			[]string{"db.system", "dynamodb", "db.operation", "BatchGetItem", "aws.dynamodb.table_names", `["a","b"]`},
			"db: BatchGetItem (a, b table)",
		},
		{
			"database, by name", client, "SELECT users",
			[]string{"db.system", "sqlite", "db.sql.table", "users"},
			"db: SELECT users",
		},
		{
			"MongoDB's collection", client, "mongodb.find",
			[]string{"db.system", "mongodb", "db.operation", "find", "db.mongodb.collection", "tasks"},
			"db: find (tasks table)",
		},
		{
			"MongoDB's command", client, "tasks.find",
			[]string{"db.system", "mongodb", "db.statement", "find tasks"},
			"db: find (tasks table)",
		},
		{
			"Cassandra's table", client, "x",
			[]string{"db.system", "cassandra", "db.operation", "SELECT", "db.cassandra.table", "tasks"},
			"db: SELECT (tasks table)",
		},
		{
			"Redis' database", client, "redis-SET",
			[]string{"db.system", "redis", "db.statement", "SET key ?", "db.redis.database_index", "2"},
			"db: SET (database 2)",
		},
		{
			"a statement", client, "pg.query:SELECT tasks",
			[]string{"db.system", "postgresql", "db.statement", "select id, state\nfrom \"tasks\" where id = $1"},
			"db: SELECT (tasks table)",
		},
		{
			"an insertion", client, "INSERT",
			[]string{"db.system.name", "postgresql", "db.query.text", "INSERT INTO tasks(id) VALUES ($1)"},
			"db: INSERT (tasks table)",
		},
		{
			"an update", client, "UPDATE",
			[]string{"db.system.name", "mysql", "db.operation.name", "UPDATE", "db.query.text", "UPDATE `tasks` SET a = ?"},
			"db: UPDATE (tasks table)",
		},
		{
			"a statement of another operation has no table", client, "x",
			[]string{"db.system", "postgresql", "db.operation", "batch", "db.statement", "SELECT 1 FROM tasks"},
			"db: batch",
		},
		{
			"a subquery is no table", client, "x",
			[]string{"db.system", "postgresql", "db.statement", "SELECT 1 FROM (SELECT 2) x"},
			"db: SELECT",
		},
		{
			"a comment is no operation", client, "query",
			[]string{"db.system", "postgresql", "db.statement", "/* hi */ SELECT 1"},
			"db: SELECT",
		},
		{
			"a summary", client, "x",
			[]string{
				"db.system.name", "postgresql", "db.query.summary", "SELECT tasks", "db.query.text",
				"WITH a AS (SELECT 1) SELECT 2",
			},
			"db: SELECT (tasks table)",
		},
		{
			"DynamoDB, by AWS's service", internal, "DynamoDB.PutItem",
			[]string{"rpc.system", "aws-api", "rpc.service", "DynamoDB", "rpc.method", "PutItem"},
			"db: PutItem",
		},
		{
			"a database call of a server is something else", server, "x",
			[]string{"db.system", "redis", "db.operation", "GET"},
			"svc: x",
		},

		{
			"RPC server, current", server, "x",
			[]string{"rpc.system.name", "grpc", "rpc.method", "tasks.TaskService/CreateTask"},
			"svc: /tasks.TaskService/CreateTask",
		},
		{
			"RPC server, older", server, "x",
			[]string{"rpc.system", "grpc", "rpc.service", "tasks.TaskService", "rpc.method", "CreateTask"},
			"svc: /tasks.TaskService/CreateTask",
		},
		{"RPC server, with a slash in front", server, "x", []string{"rpc.method", "/a.B/C"}, "svc: /a.B/C"},
		{"RPC server without a service", server, "x", []string{"rpc.method", "C"}, "svc: x"},
		{
			"RPC goes before HTTP", server, "x",
			[]string{"rpc.method", "a.B/C", "http.method", "POST", "http.route", "/a"},
			"svc: /a.B/C",
		},
		{"RPC client", client, "x", []string{"rpc.system.name", "grpc", "rpc.method", "a.B/C"}, "svc: grpc.client.C"},
		{
			"RPC client of another system", client, "x",
			[]string{"rpc.system", "aws-api", "rpc.service", "S3", "rpc.method", "PutObject"},
			"svc: S3.PutObject",
		},

		{
			"gRPC in a path of HTTP", server, "POST /a.B/C",
			[]string{"http.request.method", "POST", "url.path", "/a.B/C", "rpc.system", "grpc"},
			"svc: /a.B/C",
		},
		{
			"gRPC in an older path, with a code", server, "x",
			[]string{"http.method", "POST", "http.target", "/a.B/C", "rpc.grpc.status_code", "0"},
			"svc: /a.B/C",
		},
		{
			"gRPC's method, as Grpc.AspNetCore has it", server, "x",
			[]string{"http.method", "POST", "http.route", "/a.B/C", "grpc.method", "/a.B/C", "grpc.status_code", "0"},
			"svc: /a.B/C",
		},
		{
			"a path of HTTP alone is no method", server, "x",
			[]string{"http.request.method", "POST", "url.path", "/a/b", "http.route", "/a/b"},
			"svc: POST /a/b",
		},
		{
			"nor is a longer path", server, "POST",
			[]string{"http.request.method", "POST", "url.path", "/a/b/c", "rpc.system", "grpc"},
			"svc: POST",
		},

		{
			"HTTP server, current", server, "x",
			[]string{"http.request.method", "POST", "http.route", "/tasks/{id}"},
			"svc: POST /tasks/{id}",
		},
		{"HTTP server, older", server, "x", []string{"http.method", "GET", "http.route", "/"}, "svc: GET /"},
		{"HTTP server without a route", server, "GET", []string{"http.method", "GET"}, "svc: GET"},
		{
			"HTTP client, current", client, "x",
			[]string{"http.request.method", "GET", "server.address", "api"},
			"svc: http.client.GET api",
		},
		{
			"HTTP client, older", client, "x",
			[]string{"http.method", "GET", "net.peer.name", "api"},
			"svc: http.client.GET api",
		},
		{
			"HTTP client, by URL", client, "x",
			[]string{"http.method", "GET", "http.url", "https://api:8443/a?b"},
			"svc: http.client.GET api",
		},
		{
			"HTTP client, by a URL that is none", client, "x",
			[]string{"http.method", "GET", "http.url", "://"},
			"svc: http.client.GET",
		},
		{"HTTP client without a host", client, "x", []string{"http.method", "GET"}, "svc: http.client.GET"},

		{"anything else", internal, "work", []string{"http.method", "GET"}, "svc: work"},
		{"a name that is nothing", internal, "", nil, `svc: ""`},
		{"a name that would move a cursor", internal, "\x1b[2J", nil, `svc: "\x1b[2J"`},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			s := span(1, 0, test.name, kind(test.kind), with(test.attrs...))
			if got := tracetree.Label(&s); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	if got, want := tracetree.Label(&tracetree.Span{Name: "a"}), "unknown_service: a"; got != want {
		t.Errorf("without an origin: got %s, want %s", got, want)
	}
}
