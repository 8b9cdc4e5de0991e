package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestEntryRoot(t *testing.T) {
	client, internal := tracetree.KindClient, tracetree.KindInternal
	root := func(kind tracetree.Kind, name string, attrs ...string) []tracetree.Span {
		return []tracetree.Span{oneSpan(1, 0, kind, "shop", name, texts(attrs...))}
	}
	from := func(spans []tracetree.Span, key, value string) []tracetree.Span {
		spans[0].Origin = originOf("shop", textPairs(key, value)...)
		if key == "service.name" {
			spans[0].Origin = originOf(value)
		}
		return spans
	}
	isClient := []string{"warning: the root is a CLIENT span"}
	testStructure(t, "entry-root", []ruleCase{
		{reason: "an HTTP call", spans: root(client, "GET", "http.request.method=GET"), want: isClient},
		{reason: "a query", spans: root(client, "SELECT", "db.system=mysql"), want: isClient},
		{
			reason: "a route, by its current name",
			spans:  root(internal, "handle", "http.request.method=GET", "http.route=/cart"),
			want:   []string{"warning: the root serves GET /cart and is of kind INTERNAL"},
		},
		{
			reason: "a route, with the older name of the method",
			spans:  root(internal, "handle", "http.method=GET", "http.route=/cart"),
			want:   []string{"warning: the root serves GET /cart"},
		},
		{
			reason: "an RPC method", spans: root(internal, "handle", "rpc.service=a.B", "rpc.method=C"),
			want: []string{"warning: the root serves a.B/C"},
		},
		{
			reason: "a message", spans: root(internal, "handle", "messaging.operation.type=process"),
			want: []string{"warning: the root serves a message"},
		},
		{
			reason: "a name that is a request", spans: root(internal, "POST /tasks"),
			want: []string{"warning: the root serves POST /tasks"},
		},
		{
			reason: "no kind at all", spans: root(tracetree.KindUnspecified, "POST /tasks"),
			want: []string{"warning: the root serves POST /tasks and is of kind UNSPECIFIED"},
		},
		{reason: "a cron job", spans: root(internal, "delete old carts")},
		{reason: "the course's own name of a root", spans: root(internal, "gateway.handle_request")},
		{reason: "a word before a path is no method", spans: root(internal, "scan /tmp")},
		{reason: "a server", spans: root(tracetree.KindServer, "GET /cart", "http.route=/cart")},
		{reason: "a consumer", spans: root(tracetree.KindConsumer, "process order")},
		{reason: "a job that sends a message", spans: root(tracetree.KindProducer, "send orders")},
		{
			reason: "polling a queue",
			spans:  root(client, "orders receive", "messaging.system=aws_sqs", "messaging.operation=receive"),
		},
		{
			reason: "polling with the AWS SDK",
			spans:  root(client, "SQS.ReceiveMessage", "rpc.system=aws-api", "rpc.method=ReceiveMessage"),
		},
		{reason: "the current form of the method", spans: root(client, "SQS.DeleteMessage", "rpc.method=SQS/DeleteMessage")},
		{
			reason: "the AWS SDK's INTERNAL span serves nothing",
			spans:  root(internal, "S3.GetObject", "rpc.system=aws-api", "rpc.service=S3", "rpc.method=GetObject"),
		},
		{
			reason: "its CLIENT span is a call all the same",
			spans:  root(client, "S3.GetObject", "rpc.system=aws-api", "rpc.service=S3", "rpc.method=GetObject"), want: isClient,
		},
		{reason: "a mobile app", spans: from(root(client, "GET", "http.request.method=GET"), "os.name", "iOS")},
		{
			reason: "a device",
			spans:  from(root(client, "GET", "http.request.method=GET"), "device.model.identifier", "SM-S901B"),
		},
		{
			reason: "a server on a desktop's system",
			spans:  from(root(client, "GET", "http.request.method=GET"), "os.name", "macOS"), want: isClient,
		},
		{
			reason: "a load generator",
			spans:  from(root(client, "GET", "http.request.method=GET"), "service.name", "load-generator"),
		},
		{reason: "another", spans: from(root(client, "GET", "http.request.method=GET"), "service.name", "shop_k6")},
		{
			reason: "a synthetic request",
			spans:  root(client, "GET", "http.request.method=GET", "user_agent.synthetic.type=test"),
		},
		{
			reason: "a service that loads",
			spans:  from(root(client, "GET", "http.request.method=GET"), "service.name", "load-balancer"), want: isClient,
		},
		{
			reason: "a service with a name that contains another",
			spans:  from(root(client, "GET", "http.request.method=GET"), "service.name", "k64"), want: isClient,
		},
		{reason: "a client below a server is no root", tree: "shop: GET /cart (root)\n  db: Query (carts table)"},
		{
			reason: "a client that a link puts below another trace is the root of its own",
			spans: []tracetree.Span{
				oneSpan(1, 0, tracetree.KindServer, "shop", "GET /cart", texts("http.route=/cart")),
				oneSpan(1, 0, client, "shop", "GET", inTrace(2), linkedTo(1, 1)),
			},
			want: isClient,
		},
	})
}
