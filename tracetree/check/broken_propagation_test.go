package check_test

import (
	"strings"
	"testing"

	"tracelab/tracetree"
)

func TestBrokenPropagationOfMessages(t *testing.T) {
	message := func(id string) func(*tracetree.Span) {
		return texts("messaging.system=aws_sqs", "messaging.destination.name=orders", "messaging.message.id="+id)
	}
	send := func(id byte, message func(*tracetree.Span)) tracetree.Span {
		return oneSpan(id, 0, tracetree.KindProducer, "shop", "send orders", message)
	}
	deliver := func(id, parent byte, message func(*tracetree.Span)) tracetree.Span {
		return oneSpan(id, parent, tracetree.KindClient, "shop", "deliver orders", message)
	}
	process := func(trace byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(1, 0, tracetree.KindConsumer, "mail", "process order", append(more, inTrace(trace))...)
	}
	lost := "error: context was lost between shop and mail: span 0100000000000000 of trace " +
		"01000000000000000000000000000000 sent message "
	inner := strings.Replace(lost, "0100000000000000", "0200000000000000", 1)
	testStructure(t, "broken-propagation", []ruleCase{
		{
			reason: "the same message", spans: []tracetree.Span{send(1, message("m")), process(2, message("m"))},
			want: []string{
				lost + "m to orders, and span 0100000000000000, which processes it, starts trace 02000000000000000000000000000000",
			},
		},
		{
			reason: "the older name of the destination, and a CLIENT that sends", want: []string{lost + "m"},
			spans: []tracetree.Span{
				oneSpan(1, 0, tracetree.KindClient, "shop", "send",
					texts("messaging.system=AmazonSQS", "messaging.destination=orders", "messaging.message.id=m")),
				process(2, message("m")),
			},
		},
		{
			reason: "one message delivered twice, one time with context", want: []string{lost + "m"},
			spans: []tracetree.Span{
				send(1, message("m")), process(2, message("m")),
				oneSpan(2, 1, tracetree.KindConsumer, "mail", "process order", message("m")),
			},
		},
		{
			reason: "Kafka's messages have a place instead of an id", want: []string{lost + "3/77"},
			spans: []tracetree.Span{
				send(1,
					texts("messaging.destination.name=orders", "messaging.kafka.offset=77", "messaging.destination.partition.id=3")),
				process(2,
					texts("messaging.destination.name=orders", "messaging.kafka.message.offset=77",
						"messaging.kafka.destination.partition=3")),
			},
		},
		{reason: "another message", spans: []tracetree.Span{send(1, message("m")), process(2, message("n"))}},
		{
			reason: "another queue",
			spans: []tracetree.Span{
				send(1, message("m")),
				process(2, texts("messaging.destination.name=bills", "messaging.message.id=m")),
			},
		},
		{
			reason: "no ids: any message could be meant",
			spans: []tracetree.Span{
				send(1, texts("messaging.destination.name=orders")),
				process(2, texts("messaging.destination.name=orders")),
			},
		},
		{
			reason: "two senders of one id",
			spans:  []tracetree.Span{send(1, message("m")), send(2, message("m")), process(3, message("m"))},
		},
		{
			reason: "two senders of one id in one trace, side by side",
			spans: []tracetree.Span{
				send(1, message("m")), send(2, message("m")), send(3, message("m")),
				process(3, message("m")),
			},
		},
		{
			reason: "a PRODUCER and the CLIENT of its call: the inner one sent it", want: []string{inner},
			spans: []tracetree.Span{send(1, message("m")), deliver(2, 1, message("m")), process(3, message("m"))},
		},
		{
			reason: "the inner one is exported first, as it ends first", want: []string{inner},
			spans: []tracetree.Span{deliver(2, 1, message("m")), send(1, message("m")), process(3, message("m"))},
		},
		{
			reason: "another span is between the two", want: []string{inner},
			spans: []tracetree.Span{
				send(1, message("m")), oneSpan(4, 1, tracetree.KindInternal, "shop", "serialize"), deliver(2, 4, message("m")),
				process(3, message("m")),
			},
		},
		{
			reason: "three, one below the other, in any order", want: []string{inner},
			spans: []tracetree.Span{
				send(1, message("m")), deliver(2, 3, message("m")), deliver(3, 1, message("m")),
				process(3, message("m")),
			},
		},
		{
			reason: "two below one: each of them may have sent it",
			spans: []tracetree.Span{
				send(1, message("m")), deliver(2, 1, message("m")), deliver(3, 1, message("m")),
				process(3, message("m")),
			},
		},
		{
			reason: "a link is enough",
			spans:  []tracetree.Span{send(1, message("m")), process(2, message("m"), linkedTo(1, 1))},
		},
		{
			reason: "its parent is not in the capture: a platform's",
			spans: []tracetree.Span{
				send(1, message("m")),
				oneSpan(2, 9, tracetree.KindConsumer, "mail", "process", message("m"), inTrace(2)),
			},
			want: []string{lost +
				"m to orders, and span 0200000000000000, which processes it, starts trace 02000000000000000000000000000000 " +
				"below a parent that the capture lacks (0900000000000000)"},
		},
		{
			reason: "the old names of SQS instrumentations", want: []string{lost + "m"},
			spans: []tracetree.Span{
				send(1, texts("messaging.system=aws.sqs", "messaging.destination=orders", "messaging.message_id=m")),
				process(2, texts("messaging.destination=orders", "messaging.message_id=m")),
			},
		},
		{
			reason: "the old names of Kafka", want: []string{lost + "3/77"},
			spans: []tracetree.Span{
				send(1, texts("messaging.destination=orders", "messaging.kafka.offset=77", "messaging.kafka.partition=3")),
				process(2, texts("messaging.destination=orders", "messaging.kafka.offset=77", "messaging.kafka.partition=3")),
			},
		},
		{
			reason: "another partition", spans: []tracetree.Span{
				send(1, texts("messaging.destination=orders", "messaging.kafka.offset=77", "messaging.kafka.partition=4")),
				process(2, texts("messaging.destination=orders", "messaging.kafka.offset=77", "messaging.kafka.partition=3")),
			},
		},
		{
			reason: "below the consumer's own receive", want: []string{lost + "m"},
			spans: []tracetree.Span{
				send(1, message("m")),
				oneSpan(5, 0, tracetree.KindConsumer, "mail", "receive orders", inTrace(2),
					texts("messaging.operation.type=receive")),
				oneSpan(6, 5, tracetree.KindConsumer, "mail", "process order", inTrace(2), message("m")),
			},
		},
		{
			reason: "below the function that the platform invokes", want: []string{lost + "m"},
			spans: []tracetree.Span{
				send(1, message("m")), oneSpan(5, 0, tracetree.KindServer, "mail", "handler", inTrace(2)),
				oneSpan(6, 5, tracetree.KindConsumer, "mail", "process order", inTrace(2), message("m")),
			},
		},
	})
}

func TestBrokenPropagationOfCalls(t *testing.T) {
	client, server := tracetree.KindClient, tracetree.KindServer
	rpc := texts("rpc.system=grpc", "rpc.service=stock.Stock", "rpc.method=Take")
	call := func(id byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(id, 0, client, "shop", "Take", append([]func(*tracetree.Span){during(0, 10), rpc}, more...)...)
	}
	serve := func(trace byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(1, 0, server, "stock", "Take",
			append([]func(*tracetree.Span){during(2, 8), inTrace(trace), rpc}, more...)...)
	}
	get := func(attrs ...string) tracetree.Span {
		return oneSpan(1, 0, client, "shop", "GET", during(0, 10), texts("http.request.method=GET"), texts(attrs...))
	}
	got := func(attrs ...string) tracetree.Span {
		return oneSpan(1, 0, server, "stock", "GET /items/:id", during(2, 8), inTrace(2), texts("http.request.method=GET"),
			texts(attrs...))
	}
	lost := []string{
		"error: context was lost between shop and stock: span 0100000000000000 of trace 01000000000000000000000000000000 " +
			"makes this call",
	}
	testStructure(t, "broken-propagation", []ruleCase{
		{reason: "the same method, inside the call's time", spans: []tracetree.Span{call(1), serve(2)}, want: lost},
		{
			reason: "the current form of the method", want: lost,
			spans: []tracetree.Span{
				call(1),
				oneSpan(1, 0, server, "stock", "Take", during(2, 8), inTrace(2),
					texts("rpc.system.name=grpc", "rpc.method=stock.Stock/Take")),
			},
		},
		{
			reason: "two calls at the same time that are told apart by their ends",
			spans:  []tracetree.Span{call(1), serve(2), call(3, inTrace(3), during(3, 12)), serve(4, during(4, 11))},
			want:   append(lost, "error: context was lost between shop and stock: span 0300000000000000"),
		},
		{
			reason: "it has a code of its own",
			spans: []tracetree.Span{
				call(1, texts("rpc.response.status_code=OK")),
				serve(2, texts("rpc.response.status_code=INTERNAL")),
			},
		},
		{
			reason: "one code by name and by number", want: lost,
			spans: []tracetree.Span{call(1, texts("rpc.response.status_code=OK")), serve(2, texts("rpc.grpc.status_code=0"))},
		},
		{
			reason: "another host of RPC",
			spans:  []tracetree.Span{call(1, texts("server.address=billing.thirdparty.com")), serve(2)},
		},
		{
			reason: "another host of RPC than the one that the server is at, by the older name",
			spans: []tracetree.Span{
				call(1, texts("net.peer.name=billing.thirdparty.com:443")),
				serve(2, texts("server.address=stock.local")),
			},
		},
		{
			reason: "the host of RPC is the service",
			spans:  []tracetree.Span{call(1, texts("server.address=stock.shop.svc")), serve(2)}, want: lost,
		},
		{
			reason: "the host of RPC is the server's", want: lost,
			spans: []tracetree.Span{
				call(1, texts("server.address=inventory.local")),
				serve(2, texts("server.address=inventory.local")),
			},
		},
		{
			reason: "an IP address may be anybody's",
			spans:  []tracetree.Span{call(1, texts("server.address=10.0.0.7")), serve(2)}, want: lost,
		},
		{
			reason: "this machine may be anybody", spans: []tracetree.Span{call(1, texts("server.address=localhost")), serve(2)},
			want: lost,
		},
		{
			reason: "a socket may be anybody's",
			spans:  []tracetree.Span{call(1, texts("server.address=/run/stock.sock")), serve(2)}, want: lost,
		},
		{reason: "it began before the call", spans: []tracetree.Span{call(1), serve(2, during(-1, 8))}},
		{
			reason: "it ended a moment after the call had its answer",
			spans:  []tracetree.Span{call(1), serve(2, during(2, 10), func(s *tracetree.Span) { s.End += 800_000 })}, want: lost,
		},
		{reason: "it ended after the call", spans: []tracetree.Span{call(1), serve(2, during(2, 11))}},
		{
			reason: "times are not known",
			spans: []tracetree.Span{
				oneSpan(1, 0, client, "shop", "Take", rpc),
				oneSpan(1, 0, server, "stock", "Take", inTrace(2), rpc),
			},
		},
		{reason: "two calls come into question", spans: []tracetree.Span{call(1), call(2), serve(2)}},
		{reason: "two servers come into question", spans: []tracetree.Span{call(1), serve(2), serve(3)}},
		{
			reason: "the call was served",
			spans:  []tracetree.Span{call(1), oneSpan(2, 1, server, "stock", "Take", during(2, 8), rpc), serve(2)},
		},
		{
			reason: "its parent is not in the capture: a mesh's", want: lost,
			spans: []tracetree.Span{call(1), oneSpan(2, 9, server, "stock", "Take", during(2, 8), inTrace(2), rpc)},
		},
		{
			reason: "this call works between these two otherwise: the second request is another caller's",
			spans: []tracetree.Span{
				call(1), serve(2), call(5, inTrace(5), during(50, 60)),
				oneSpan(6, 5, server, "stock", "Take", inTrace(5), during(52, 58), rpc),
			},
		},
		{
			reason: "another route below the same first segment works", want: lost,
			spans: []tracetree.Span{
				get("url.full=http://stock/api/orders/7"), got("url.path=/api/orders/7", "http.route=/api/orders/:id"),
				oneSpan(5, 0, client, "shop", "GET", inTrace(5), during(50, 60),
					texts("http.request.method=GET", "url.full=http://stock/api/users/1")),
				oneSpan(6, 5, server, "stock", "GET", inTrace(5), during(52, 58),
					texts("http.request.method=GET", "url.path=/api/users/1", "http.route=/api/users/:id")),
			},
		},
		{
			reason: "another path works, and routes are not known", want: lost,
			spans: []tracetree.Span{
				get("url.full=http://stock/api/orders"), got("url.path=/api/orders"),
				oneSpan(5, 0, client, "shop", "GET", inTrace(5), during(50, 60),
					texts("http.request.method=GET", "url.full=http://stock/api/users")),
				oneSpan(6, 5, server, "stock", "GET", inTrace(5), during(52, 58),
					texts("http.request.method=GET", "url.path=/api/users")),
			},
		},
		{
			reason: "this route works with another id",
			spans: []tracetree.Span{
				get("url.full=http://stock/api/orders/7"), got("url.path=/api/orders/7", "http.route=/api/orders/:id"),
				oneSpan(5, 0, client, "shop", "GET", inTrace(5), during(50, 60),
					texts("http.request.method=GET", "url.full=http://stock/api/orders/8")),
				oneSpan(6, 5, server, "stock", "GET", inTrace(5), during(52, 58),
					texts("http.request.method=GET", "url.path=/api/orders/8", "http.route=/api/orders/:id")),
			},
		},
		{
			reason: "it works at another instance", want: lost,
			spans: []tracetree.Span{
				call(1, ofInstance("1")), serve(2), call(5, inTrace(5), during(50, 60), ofInstance("2")),
				oneSpan(6, 5, server, "stock", "Take", inTrace(5), during(52, 58), rpc),
			},
		},
		{
			reason: "path and host", want: lost,
			spans: []tracetree.Span{
				get("url.full=http://stock.local:8080/items/7?x=1", "server.address=stock.local"),
				got("url.path=/items/7", "server.address=stock.local"),
			},
		},
		{
			reason: "the older names", want: lost,
			spans: []tracetree.Span{
				get("http.url=http://10.0.0.7:8080/items/7"),
				got("http.target=/items/7?x=1", "http.host=10.0.0.7:8080"),
			},
		},
		{
			reason: "route and the service's name", want: lost,
			spans: []tracetree.Span{get("url.full=http://stock.shop.svc/items/7"), got("http.route=/items/{id}")},
		},
		{reason: "another path", spans: []tracetree.Span{get("url.full=http://stock/items/8"), got("url.path=/items/7")}},
		{
			reason: "another route",
			spans:  []tracetree.Span{get("url.full=http://stock/items/8/size"), got("http.route=/items/:id")},
		},
		{
			reason: "another host",
			spans: []tracetree.Span{
				get("url.full=http://partner.example/items/7"),
				got("url.path=/items/7", "server.address=stock.local"),
			},
		},
		{reason: "no host", spans: []tracetree.Span{get("http.target=/items/7"), got("http.target=/items/7")}},
		{
			reason: "another port of the same machine",
			spans: []tracetree.Span{
				get("url.full=http://localhost:8081/items/7", "server.address=localhost", "server.port=8081"),
				got("url.path=/items/7", "server.address=localhost", "server.port=8082"),
			},
		},
		{
			reason: "another code",
			spans: []tracetree.Span{
				get("url.full=http://stock/items/7", "http.response.status_code=404"),
				got("url.path=/items/7", "http.response.status_code=200"),
			},
		},
		{
			reason: "no path that anybody knows",
			spans:  []tracetree.Span{get("server.address=stock"), got("url.path=/items/7")},
		},
	})
}

func TestBrokenPropagationWithoutAClientSpan(t *testing.T) {
	server := tracetree.KindServer
	edge := func(trace byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(1, 0, server, "shop", "GET /cart",
			append([]func(*tracetree.Span){inTrace(trace), during(0, 10), texts("http.request.method=GET", "http.route=/cart")},
				more...)...)
	}
	take := func(trace byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(1, 0, server, "stock", "Take",
			append([]func(*tracetree.Span){inTrace(trace), during(2, 8), texts("rpc.service=stock.Stock", "rpc.method=Take")},
				more...)...)
	}
	const hop = "between shop and stock: span 0100000000000000 of trace 01000000000000000000000000000000 has no " +
		"call below it"
	may, lost := []string{"warning: context may have been lost " + hop}, []string{"error: context was lost " + hop}
	testStructure(t, "broken-propagation", []ruleCase{
		{reason: "one request, one call: that may be a coincidence", spans: []tracetree.Span{edge(1), take(2)}, want: may},
		{
			reason: "each request has its call", want: append(lost, "error: context was lost between shop and stock"),
			spans: []tracetree.Span{edge(1), take(2), edge(3, during(20, 30)), take(4, during(22, 28))},
		},
		{
			reason: "a request that was refused needs no call", want: may,
			spans: []tracetree.Span{edge(1), take(2), edge(3, during(20, 30), texts("http.response.status_code=400"))},
		},
		{
			reason: "two calls of two methods, each seen once",
			want:   append(may, "warning: context may have been lost between shop and stock"),
			spans: []tracetree.Span{
				edge(1), take(2), edge(3, during(20, 30), func(s *tracetree.Span) { s.Name = "GET /bill" }),
				take(4, during(22, 28), func(s *tracetree.Span) { s.Name, s.Attributes[1].Value = "Put", tracetree.String("Put") }),
			},
		},
		{
			reason: "a request without a call: it was a coincidence",
			spans:  []tracetree.Span{edge(1), take(2), edge(3, during(20, 30))},
		},
		{
			reason: "a call at another time: somebody else calls this method",
			spans:  []tracetree.Span{edge(1), take(2), take(3, during(22, 28))},
		},
		{reason: "two calls inside one request", spans: []tracetree.Span{edge(1), take(2), take(3)}},
		{reason: "one call inside two requests", spans: []tracetree.Span{edge(1), edge(3), take(2)}},
		{reason: "it ends after the request", spans: []tracetree.Span{edge(1), take(2, during(2, 11))}},
		{
			reason: "one service",
			spans: []tracetree.Span{
				edge(1),
				take(2, func(s *tracetree.Span) { s.Origin.Resource[0].Value = tracetree.String("shop") }),
			},
		},
		{
			reason: "the request does something that is seen",
			spans:  []tracetree.Span{edge(1), oneSpan(2, 1, tracetree.KindInternal, "shop", "render"), take(2)},
		},
		{
			reason: "the service's calls are seen",
			spans: []tracetree.Span{
				edge(1), take(2),
				oneSpan(5, 4, tracetree.KindClient, "shop", "Get", texts("rpc.system=grpc", "rpc.service=a.B", "rpc.method=Get")),
			},
		},
		{
			reason: "an HTTP server may well be called from outside",
			spans: []tracetree.Span{
				edge(1),
				oneSpan(1, 0, server, "stock", "GET /items", inTrace(2), during(2, 8),
					texts("http.request.method=GET", "http.route=/items")),
			},
		},
	})
}

// With that many at once it can't be known who called whom, which must not take long to see.
func TestBrokenPropagationPairsNobodyInACrowd(t *testing.T) {
	rpc := texts("rpc.system=grpc", "rpc.service=stock.Stock", "rpc.method=Take")
	var spans []tracetree.Span
	for i := range 5000 {
		spans = append(spans,
			oneSpan(1, 0, tracetree.KindClient, "shop", "Take", during(0, 10_000), rpc, numbered(i, 1)),
			oneSpan(1, 0, tracetree.KindServer, "stock", "Take", during(i, i+2), rpc, numbered(i, 2)))
	}
	testStructure(t, "broken-propagation", []ruleCase{{
		reason: "5,000 long calls", spans: spans,
		want: []string{
			"error: context was lost between shop and stock: 5000 calls of stock.Stock/Take have no server below them, and " +
				"5000 servers",
		},
	}})
}

//go:noinline
func numbered(i int, sort byte) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.TraceID = tracetree.TraceID{sort, byte(i >> 8), byte(i), 1} }
}

func TestBrokenPropagationWhereTheTraceIDWasReplaced(t *testing.T) {
	client, server, internal := tracetree.KindClient, tracetree.KindServer, tracetree.KindInternal
	id := func(high, low byte) func(*tracetree.Span) {
		return func(s *tracetree.Span) { s.TraceID = tracetree.TraceID{0: high, 15: low} }
	}
	call := oneSpan(7, 0, client, "shop", "call", id(0xa, 1), during(0, 10))
	const seen = "error: context was lost between shop and stock: span 0800000000000000 of trace "
	testStructure(t, "broken-propagation", []ruleCase{
		{
			reason: "cut to 64 bits, whatever the receiver is",
			spans:  []tracetree.Span{call, oneSpan(8, 7, internal, "stock", "serve", id(0, 1))},
			want: []string{
				seen +
					"00000000000000000000000000000001 names the parent 0700000000000000, which is a span of trace " +
					"0a000000000000000000000000000001: the trace ID was cut",
			},
		},
		{
			reason: "replaced: a call and its server",
			spans:  []tracetree.Span{call, oneSpan(8, 7, server, "stock", "serve", id(0xb, 2), during(2, 8))},
			want: []string{
				seen +
					"0b000000000000000000000000000002 names the parent 0700000000000000, which is a span of trace " +
					"0a000000000000000000000000000001",
			},
		},
		{
			reason: "replaced: a message and its consumer", want: []string{seen},
			spans: []tracetree.Span{
				oneSpan(7, 0, tracetree.KindProducer, "shop", "send", id(0xa, 1), during(0, 10)),
				oneSpan(8, 7, tracetree.KindConsumer, "stock", "process", id(0xb, 2), during(500, 510)),
			},
		},
		{
			reason: "two traces have a span of this id",
			spans: []tracetree.Span{
				call, oneSpan(7, 0, client, "shop", "call", id(0xc, 3), during(0, 10)),
				oneSpan(8, 7, server, "stock", "serve", id(0xb, 2), during(2, 8)),
			},
		},
		{
			reason: "spans are numbered from 1 in each trace: another time",
			spans:  []tracetree.Span{call, oneSpan(8, 7, server, "stock", "serve", id(0xb, 2), during(20, 28))},
		},
		{
			reason: "spans are numbered from 1 in each trace: not a call",
			spans: []tracetree.Span{
				oneSpan(7, 0, internal, "shop", "load", id(0xa, 1), during(0, 10)),
				oneSpan(8, 7, server, "stock", "serve", id(0xb, 2), during(2, 8)),
			},
		},
		{
			reason: "the call was served", spans: []tracetree.Span{
				call, oneSpan(9, 7, server, "bank", "serve", id(0xa, 1), during(1, 9)),
				oneSpan(8, 7, server, "stock", "serve", id(0xb, 2), during(2, 8)),
			},
		},
		{reason: "the message was processed before it was sent", spans: []tracetree.Span{
			oneSpan(7, 0, tracetree.KindProducer, "shop", "send", id(0xa, 1), during(100, 110)),
			oneSpan(8, 7, tracetree.KindConsumer, "stock", "process", id(0xb, 2), during(5, 10)),
		}},
		{reason: "other low halves", spans: []tracetree.Span{call, oneSpan(8, 7, internal, "stock", "serve", id(0, 2))}},
	})
}

func TestBrokenPropagationOfHTTPWithoutEqualHosts(t *testing.T) {
	get := func(trace byte, from, to int, attrs ...string) tracetree.Span {
		return oneSpan(1, 0, tracetree.KindClient, "shop", "GET", inTrace(trace), during(from, to),
			texts("http.request.method=GET", "http.response.status_code=200"), texts(attrs...))
	}
	got := func(trace byte, from, to int, attrs ...string) tracetree.Span {
		return oneSpan(1, 0, tracetree.KindServer, "stock", "GET /items/:id", inTrace(trace), during(from, to),
			texts("http.request.method=GET", "http.route=/items/:id", "http.response.status_code=200"), texts(attrs...))
	}
	other := func(s tracetree.Span, service string) tracetree.Span {
		s.Origin = &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String(service)}}}
		return s
	}
	const ip, path = "url.full=http://10.0.0.7/items/7", "url.path=/items/7"
	may := []string{
		"warning: context may have been lost between shop and stock: span 0100000000000000 of trace " +
			"01000000000000000000000000000000 makes a call of this method, path and status",
	}
	below := got(2, 2, 8, path)
	below.Parent = tracetree.SpanID{9}
	testStructure(t, "broken-propagation", []ruleCase{
		{reason: "an address", spans: []tracetree.Span{get(1, 0, 10, ip), got(2, 2, 8, path)}, want: may},
		{
			reason: "an address of IPv6, with a port",
			spans: []tracetree.Span{
				get(1, 0, 10, "url.full=http://[::1]:8080/items/7", "server.address=::1"),
				got(2, 2, 8, path),
			}, want: may,
		},
		{
			reason: "a name that has the service's in it",
			spans:  []tracetree.Span{get(1, 0, 10, "url.full=http://stock-svc.prod/items/7"), got(2, 2, 8, path)}, want: may,
		},
		{reason: "the route alone", spans: []tracetree.Span{get(1, 0, 10, ip), got(2, 2, 8)}, want: may},
		{reason: "a server with an absent parent", spans: []tracetree.Span{get(1, 0, 10, ip), below}, want: may},
		{
			reason: "two requests, one after the other",
			want:   append(may, "warning: context may have been lost between shop and stock"),
			spans:  []tracetree.Span{get(1, 0, 10, ip), got(2, 2, 8, path), get(3, 20, 30, ip), got(4, 22, 28, path)},
		},

		{
			reason: "near miss: another method",
			spans: []tracetree.Span{
				get(1, 0, 10, "http.request.method=GET", ip),
				oneSpan(1, 0, tracetree.KindServer, "stock", "POST", inTrace(2), during(2, 8),
					texts("http.request.method=POST", "http.route=/items/:id", "http.response.status_code=200", path)),
			},
		},
		{
			reason: "near miss: another path of the route",
			spans:  []tracetree.Span{get(1, 0, 10, "url.full=http://10.0.0.7/items/8"), got(2, 2, 8, path)},
		},
		{
			reason: "near miss: another route",
			spans:  []tracetree.Span{get(1, 0, 10, "url.full=http://10.0.0.7/items/7/size"), got(2, 2, 8)},
		},
		{
			reason: "near miss: no path of the client",
			spans:  []tracetree.Span{get(1, 0, 10, "server.address=10.0.0.7"), got(2, 2, 8, path)},
		},
		{reason: "near miss: the status of the client isn't known", spans: []tracetree.Span{
			oneSpan(1, 0, tracetree.KindClient, "shop", "GET", during(0, 10), texts("http.request.method=GET", ip)),
			got(2, 2, 8, path),
		}},
		{reason: "near miss: the status of the server isn't known", spans: []tracetree.Span{
			get(1, 0, 10, ip),
			oneSpan(1, 0, tracetree.KindServer, "stock", "GET", inTrace(2), during(2, 8),
				texts("http.request.method=GET", path)),
		}},
		{reason: "near miss: another status", spans: []tracetree.Span{
			get(1, 0, 10, ip),
			oneSpan(1, 0, tracetree.KindServer, "stock", "GET", inTrace(2), during(2, 8),
				texts("http.request.method=GET", path, "http.response.status_code=404")),
		}},
		{reason: "near miss: it begins before the call", spans: []tracetree.Span{get(1, 0, 10, ip), got(2, -2, 8, path)}},
		{reason: "near miss: it ends after the call", spans: []tracetree.Span{get(1, 0, 10, ip), got(2, 2, 18, path)}},
		{reason: "near miss: it begins after the call", spans: []tracetree.Span{get(1, 0, 10, ip), got(2, 12, 18, path)}},
		{
			reason: "near miss: two calls at the same time",
			spans:  []tracetree.Span{get(1, 0, 10, ip), get(3, 0, 10, ip), got(2, 2, 8, path)},
		},
		{
			reason: "near miss: two servers at the same time",
			spans:  []tracetree.Span{get(1, 0, 10, ip), got(2, 2, 8, path), got(3, 3, 7, path)},
		},
		{
			reason: "near miss: another service serves the same",
			spans:  []tracetree.Span{get(1, 0, 10, ip), got(2, 2, 8, path), other(got(3, 3, 7, path), "bank")},
		},
		{
			reason: "near miss: somebody else calls it at other times",
			spans:  []tracetree.Span{get(1, 0, 10, ip), got(2, 2, 8, path), got(3, 50, 55, path)},
		},
		{
			reason: "near miss: such calls go elsewhere at other times",
			spans:  []tracetree.Span{get(1, 0, 10, ip), got(2, 2, 8, path), get(3, 50, 60, ip)},
		},
		{
			reason: "near miss: a host of another name",
			spans:  []tracetree.Span{get(1, 0, 10, "url.full=http://partner.example/items/7"), got(2, 2, 8, path)},
		},
		{
			reason: "near miss: a name in common that many services have",
			spans: []tracetree.Span{
				get(1, 0, 10, "url.full=http://bank-api.prod/items/7"),
				other(got(2, 2, 8, path), "stock-api"),
			},
		},
		{reason: "near miss: no host", spans: []tracetree.Span{get(1, 0, 10, "http.target=/items/7"), got(2, 2, 8, path)}},
		{reason: "near miss: one service", spans: []tracetree.Span{get(1, 0, 10, ip), other(got(2, 2, 8, path), "shop")}},
		{
			reason: "near miss: one trace",
			spans: []tracetree.Span{
				get(1, 0, 10, ip),
				func() tracetree.Span { s := got(1, 2, 8, path); s.SpanID = tracetree.SpanID{5}; return s }(),
			},
		},
		{reason: "near miss: the call was served", spans: []tracetree.Span{
			get(1, 0, 10, ip),
			oneSpan(2, 1, tracetree.KindServer, "bank", "GET", during(1, 9), texts("http.request.method=GET", path)),
			got(2, 2, 8, path),
		}},
		{reason: "near miss: times are not known", spans: []tracetree.Span{
			oneSpan(1, 0, tracetree.KindClient, "shop", "GET",
				texts("http.request.method=GET", "http.response.status_code=200", ip)),
			oneSpan(1, 0, tracetree.KindServer, "stock", "GET", inTrace(2),
				texts("http.request.method=GET", "http.response.status_code=200", path)),
		}},
	})
}
