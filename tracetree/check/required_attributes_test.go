package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestRequiredAttributesThatAreMissing(t *testing.T) {
	const (
		server, client     = tracetree.KindServer, tracetree.KindClient
		producer, consumer = tracetree.KindProducer, tracetree.KindConsumer
	)
	lacks := func(of string, keys ...string) []string {
		var seen []string
		for _, key := range keys {
			seen = append(seen, "the "+of+" span has no "+key)
		}
		return seen
	}
	for _, tt := range []struct {
		reason string
		kind   tracetree.Kind
		attrs  []any
		edit   func(*tracetree.Span)
		want   []string
	}{
		{
			"a server's new names", server,
			[]any{"http.request.method", "GET"},
			nil,
			lacks("http server", "url.path", "url.scheme", "http.response.status_code"),
		},
		{
			"a route is no path", server,
			[]any{"http.request.method", "GET", "http.route", "/", "url.scheme", "http", "http.response.status_code", 200},
			nil,
			lacks("http server", "url.path"),
		},
		{"but in the old conventions it was enough", server, []any{"http.method", "GET", "http.route", "/"}, nil, nil},
		{
			"the old names do for the new ones", server,
			[]any{"http.request.method", "GET", "http.target", "/", "http.scheme", "http", "http.status_code", 200},
			nil, nil,
		},
		{"an old server that says nothing", server, []any{"http.method", "GET"}, nil, lacks("http server", "url.path")},
		{
			"a failed request may have no code", server,
			[]any{"http.request.method", "GET", "url.path", "/", "url.scheme", "http"},
			failed, nil,
		},
		{
			"nor has one that goes on", server,
			[]any{"http.request.method", "GET", "url.path", "/", "url.scheme", "http"},
			unended, nil,
		},
		{
			"a client's new names", client,
			[]any{"http.request.method", "GET"},
			nil,
			lacks("http client", "url.full", "server.address", "http.response.status_code"),
		},
		{"an old client", client, []any{"http.method", "GET"}, nil, lacks("http client", "url.full")},
		{"an old client that names its peer", client, []any{"http.method", "GET", "peer.service", "stock"}, nil, nil},
		{
			"a code without a method, server", server,
			[]any{"http.status_code", 200},
			nil,
			lacks("SERVER", "http.request.method"),
		},
		{
			"a code without a method, client", client,
			[]any{"http.response.status_code", 200},
			nil,
			lacks("CLIENT", "http.request.method"),
		},
		{"a URL alone may be another protocol's", client, []any{"url.full", "ws://x"}, nil, nil},
		{"a server of another protocol", server, []any{"ldap.base", "dc=x"}, nil, nil},
		{"work inside", tracetree.KindInternal, []any{"http.status_code", 200}, nil, nil},
		{"no kind", tracetree.KindUnspecified, []any{"db.statement", "SELECT"}, nil, nil},
		{"an RPC without a system", server, []any{"rpc.method", "a.B/C"}, nil, lacks("rpc server", "rpc.system.name")},
		{"an RPC without a method", client, []any{"rpc.system", "java_rmi"}, nil, lacks("rpc client", "rpc.method")},
		{
			"gRPC without a code", server,
			[]any{"rpc.system.name", "grpc", "rpc.method", "a.B/C"},
			nil,
			lacks("rpc server", "rpc.response.status_code"),
		},
		{"gRPC that failed", server, []any{"rpc.system.name", "grpc", "rpc.method", "a.B/C"}, failed, nil},
		{
			"gRPC's new client", client,
			[]any{"rpc.system.name", "grpc", "rpc.method", "a.B/C", "rpc.response.status_code", "OK"},
			nil,
			lacks("rpc client", "server.address"),
		},
		{"gRPC's old client", client, []any{"rpc.system", "grpc", "rpc.method", "C", "rpc.grpc.status_code", 0}, nil, nil},
		{
			"AWS has neither code nor address", client,
			[]any{"rpc.system.name", "aws-api", "rpc.method", "S3/GetObject"},
			nil,
			nil,
		},
		{
			"AWS's service is the system, and the queue's URL the destination", client,
			[]any{
				"rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method", "SendMessage", "aws.queue_url",
				"https://sqs/1/q",
			},
			nil, nil,
		},
		{
			"in Go's names, with the URL for the address", client,
			[]any{"rpc.system.name", "aws-api", "rpc.method", "SQS/SendMessage", "server.address", "https://sqs/1/q"},
			nil, nil,
		},
		{
			"a queue that AWS's SDK for Rust leaves out", tracetree.KindInternal,
			[]any{"rpc.system", "aws-api", "rpc.service", "SQS", "rpc.method", "SendMessage"},
			nil, lacks("sending", "messaging.destination.name"),
		},
		{
			"another RPC that sends a message isn't of a known system", producer,
			[]any{"rpc.system", "grpc", "rpc.service", "google.pubsub.v1.Publisher", "rpc.method", "Publish"},
			nil, lacks("sending", "messaging.system", "messaging.destination.name"),
		},
		{
			"the system of a database is an attribute that AWS's calls have too", client,
			[]any{"rpc.system", "aws-api", "rpc.service", "DynamoDB", "rpc.method", "PutItem"},
			nil, lacks("database", "db.system.name"),
		},
		{
			"gRPC as ASP.NET Core records it", server,
			[]any{"http.request.method", "POST", "http.route", "/a.B/C", "grpc.method", "/a.B/C", "grpc.status_code", "0"},
			nil, nil,
		},
		{"a statement without a system", client, []any{"db.query.text", "SELECT"}, nil, lacks("database", "db.system.name")},
		{"an operation without a system", client, []any{"db.operation", "SELECT"}, nil, lacks("database", "db.system.name")},
		{"a connection has no operation", client, []any{"db.system", "redis"}, nil, nil},
		{
			"DynamoDB always has one", client,
			[]any{"db.system.name", "aws.dynamodb"},
			nil,
			lacks("database", "db.operation.name"),
		},
		{"by its old name", client, []any{"db.system", "dynamodb"}, nil, lacks("database", "db.operation.name")},
		{"which is the RPC's method", client, []any{"db.system", "dynamodb", "rpc.method", "Query"}, nil, nil},
		{"a producer", producer, nil, nil, lacks("sending", "messaging.system", "messaging.destination.name")},
		{"a consumer", consumer, nil, nil, lacks("processing", "messaging.system", "messaging.destination.name")},
		{
			"an operation is required since 1.17", producer,
			[]any{"messaging.system", "kafka", "messaging.destination.name", "x"},
			nil,
			lacks("sending", "messaging.operation.name"),
		},
		{"and was not before", producer, []any{"messaging.system", "kafka", "messaging.destination", "x"}, nil, nil},
		{
			"of a consumer too", consumer,
			[]any{"messaging.system", "kafka", "messaging.destination.name", "x"},
			nil,
			lacks("processing", "messaging.operation.name"),
		},
		{
			"a batch may have many destinations", consumer,
			[]any{"messaging.system", "kafka", "messaging.batch.message_count", 2},
			nil, nil,
		},
		{
			"a temporary queue has no name", consumer,
			[]any{"messaging.system", "jms", "messaging.destination.temporary", true},
			nil, nil,
		},
		{"a client that sends", client, []any{"messaging.destination.name", "x"}, nil, lacks("CLIENT", "messaging.system")},
		{
			"a consumer that receives", consumer,
			[]any{"messaging.operation", "receive"},
			nil,
			lacks("CONSUMER", "messaging.system"),
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			s := tracetree.Span{Name: "x", Kind: tt.kind, Origin: shop, Attributes: attrs(t, tt.attrs...)}
			if tt.edit != nil {
				tt.edit(&s)
			}
			wantWords(t, tt.reason, tt.want, seenBy(t, "required-attributes", renumbered([]tracetree.Span{s})...))
		})
	}
}

func failed(s *tracetree.Span)  { s.Status = tracetree.StatusError }
func unended(s *tracetree.Span) { s.Unended = true }

func TestWhatManySpansLackIsOneFinding(t *testing.T) {
	s := tracetree.Span{Name: "x", Kind: tracetree.KindServer, Origin: shop, Attributes: attrs(t, "http.method", "GET")}
	other := s
	other.Origin = &tracetree.Origin{}
	wantWords(t, "one for each program", []string{
		"the http server span has no url.path (and on 2 other spans)",
		"the http server span has no url.path (and on 1 other span)",
	}, seenBy(t, "required-attributes", renumbered([]tracetree.Span{s, other, s, s, other})...))
}
