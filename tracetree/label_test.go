package tracetree_test

import (
	"testing"

	"tracelab/tracetree"
)

// A labelTest is a span of the service svc, and its label.
type labelTest struct {
	reason string
	kind   tracetree.Kind
	name   string
	attrs  []string
	want   string
}

const (
	internal, server, client = tracetree.KindInternal, tracetree.KindServer, tracetree.KindClient
	producer, consumer       = tracetree.KindProducer, tracetree.KindConsumer
)

func (tt labelTest) run(t *testing.T) {
	t.Helper()
	s := span(1, 0, tt.name, kind(tt.kind), with(tt.attrs...))
	if got := tracetree.Label(&s); got != tt.want {
		t.Errorf("got %s, want %s", got, tt.want)
	}
}

func TestLabelSaysWhatASpanMeans(t *testing.T) {
	for _, tt := range []labelTest{
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
			"version 1 of AWS's SDK for Java names the services in its own way", producer, "SQS.SendMessage",
			[]string{
				"rpc.system", "aws-api", "rpc.service", "AmazonSQS", "rpc.method", "SendMessage", "aws.queue.url",
				"https://sqs.eu-west-1.amazonaws.com/1/q",
			},
			"sqs: SendMessage (q)",
		},
		{
			"and its database", client, "DynamoDBv2.PutItem",
			[]string{
				"rpc.system", "aws-api", "rpc.service", "AmazonDynamoDBv2", "rpc.method", "PutItem", "aws.table.name", "t",
			},
			"db: PutItem (t table)",
		},
		{
			"and any other, with a space", client, "S3.PutObject",
			[]string{"rpc.system", "aws-api", "rpc.service", "Amazon S3", "rpc.method", "PutObject"},
			"svc: S3.PutObject",
		},
		{
			"a service of gRPC with such a name is no queue", client, "x",
			[]string{"rpc.system", "grpc", "rpc.service", "AmazonSQS", "rpc.method", "SendMessage"},
			"svc: grpc.client.SendMessage",
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
			"Java's agent names the default exchange", producer, "<default> publish",
			[]string{
				"messaging.system", "rabbitmq", "messaging.operation", "publish", "messaging.destination.name", "<default>",
				"messaging.rabbitmq.destination.routing_key", "q",
			},
			"rabbitmq: publish (q)",
		},
		{
			"so does .NET's client", consumer, "q deliver",
			[]string{
				"messaging.system", "rabbitmq", "messaging.operation.type", "process", "messaging.destination.name",
				"amq.default", "messaging.rabbitmq.destination.routing_key", "q",
			},
			"svc: process q",
		},
		{
			"the name stays if no key says more", producer, "<default> publish",
			[]string{"messaging.system", "rabbitmq", "messaging.destination.name", "<default>"},
			"rabbitmq: send (<default>)",
		},
		{
			"a topic of another system can have that name", producer, "publish",
			[]string{
				"messaging.system", "jms", "messaging.destination.name", "amq.default",
				"messaging.rabbitmq.destination.routing_key", "q",
			},
			"jms: send (amq.default)",
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
			"Brave, Kafka", producer, "send", []string{"kafka.topic", "orders"}, "kafka: send (orders)",
		},
		{
			"Brave, JMS", producer, "send", []string{"jms.queue", "orders"}, "jms: send (orders)",
		},
		{
			"Brave, an exchange of RabbitMQ", producer, "publish",
			[]string{"rabbit.exchange", "shop", "rabbit.routing_key", "orders"},
			"rabbitmq: send (shop)",
		},
		{
			"Brave, the default exchange", producer, "publish",
			[]string{"rabbit.exchange", "", "rabbit.routing_key", "orders"},
			"rabbitmq: send (orders)",
		},
		{
			"Brave's names are older than all others", producer, "send",
			[]string{"kafka.topic", "a", "messaging.system", "pulsar", "messaging.destination.name", "b"},
			"pulsar: send (b)",
		},
		{
			"a topic on another kind of span is no message", client, "describe",
			[]string{"kafka.topic", "orders"},
			"svc: describe",
		},
		{
			"OpenTracing", producer, "send", []string{"message_bus.destination", "orders"}, "svc: send (orders)",
		},

		{
			"process, by the source that conventions of 2023 have", consumer, "handle",
			[]string{"messaging.system", "kafka", "messaging.source.name", "q"},
			"svc: process q",
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
			"process, by the destination's name in some versions", consumer, "handle",
			[]string{"messaging.system", "kafka", "messaging.operation", "process", "messaging.source.name", "q"},
			"svc: process q",
		},
		{
			"the current name wins", consumer, "handle",
			[]string{"messaging.source.name", "p", "messaging.destination.name", "q"},
			"svc: process q",
		},
		{
			"Spring's listener processes, whatever it is called", consumer, "q receive",
			[]string{
				"messaging.system", "kafka", "messaging.operation", "receive", "messaging.source.name", "q",
				"spring.kafka.listener.id", "q-0",
			},
			"svc: process q",
		},
		{
			"without the listener it receives", consumer, "q receive",
			[]string{"messaging.system", "kafka", "messaging.operation", "receive", "messaging.source.name", "q"},
			"svc: q receive",
		},
		{"confluent-kafka's receiving for Python, which has no attributes", consumer, "recv", nil, "svc: recv"},
		{"a longer word is no receiving", consumer, "q recvd", []string{"messaging.destination", "q"}, "svc: process q"},
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

		{"anything else", internal, "work", []string{"http.method", "GET"}, "svc: work"},
		{"a name that is nothing", internal, "", nil, `svc: ""`},
		{"a name that would move a cursor", internal, "\x1b[2J", nil, `svc: "\x1b[2J"`},
	} {
		t.Run(tt.reason, tt.run)
	}
	if got, want := tracetree.Label(&tracetree.Span{Name: "a"}), "unknown_service: a"; got != want {
		t.Errorf("without an origin: got %s, want %s", got, want)
	}
}
