package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestMissingClientSpan(t *testing.T) {
	server, client, internal := tracetree.KindServer, tracetree.KindClient, tracetree.KindInternal
	producer, consumer := tracetree.KindProducer, tracetree.KindConsumer
	edge := func(upper, lower tracetree.Kind, more ...func(*tracetree.Span)) []tracetree.Span {
		return []tracetree.Span{oneSpan(1, 0, upper, "shop", "a"), oneSpan(2, 1, lower, "stock", "b", more...)}
	}
	below := func(kind string) []string {
		return []string{"warning: stock works directly below a span of shop of kind " + kind}
	}
	far, near := parentIs(tracetree.RemoteYes), parentIs(tracetree.RemoteNo)
	testStructure(t, "missing-client-span", []ruleCase{
		{reason: "INTERNAL above SERVER", spans: edge(internal, server), want: below("INTERNAL")},
		{reason: "INTERNAL above CONSUMER", spans: edge(internal, consumer, far), want: below("INTERNAL")},
		{reason: "INTERNAL above INTERNAL", spans: edge(internal, internal, far), want: below("INTERNAL")},
		{reason: "INTERNAL above CLIENT, known to be remote", spans: edge(internal, client, far), want: below("INTERNAL")},
		{reason: "SERVER above CONSUMER", spans: edge(server, consumer), want: below("SERVER")},
		{reason: "SERVER above INTERNAL", spans: edge(server, internal), want: below("SERVER")},
		{reason: "SERVER above PRODUCER, known to be remote", spans: edge(server, producer, far), want: below("SERVER")},
		{reason: "CONSUMER above SERVER", spans: edge(consumer, server), want: below("CONSUMER")},

		{
			reason: "a call of AWS's API, whose kind Rust's SDK doesn't set",
			spans: []tracetree.Span{
				oneSpan(1, 0, internal, "shop", "SQS.SendMessage",
					texts("rpc.system=aws-api", "rpc.service=SQS", "rpc.method=SendMessage")),
				oneSpan(2, 1, consumer, "stock", "b"),
			},
		},
		{
			reason: "an INTERNAL span with other RPC attributes",
			spans: []tracetree.Span{
				oneSpan(1, 0, internal, "shop", "a", texts("rpc.system=grpc", "rpc.method=C")),
				oneSpan(2, 1, consumer, "stock", "b"),
			},
			want: below("INTERNAL"),
		},
		{reason: "SERVER above SERVER is kind-edge's finding", spans: edge(server, server)},
		{reason: "a call", spans: edge(client, server)},
		{reason: "a call whose server makes no SERVER span", spans: edge(client, internal)},
		{reason: "a message", spans: edge(producer, consumer)},
		{reason: "a consumer that hands a message on", spans: edge(consumer, consumer)},
		{reason: "two names in one process", spans: edge(server, internal, near)},
		{reason: "a cache's client has a name of its own, as Zipkin's libraries do", spans: edge(server, client)},
		{reason: "no kinds, as in older formats", spans: edge(tracetree.KindUnspecified, tracetree.KindUnspecified)},
		{reason: "a lower span without a kind", spans: edge(server, tracetree.KindUnspecified)},
		{
			reason: "one service",
			spans:  []tracetree.Span{oneSpan(1, 0, server, "shop", "a"), oneSpan(2, 1, internal, "shop", "b")},
		},
		{
			reason: "a link is no call",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop", "a"),
				oneSpan(1, 0, consumer, "stock", "b", inTrace(2), linkedTo(1, 1)),
			},
		},
	})
}
