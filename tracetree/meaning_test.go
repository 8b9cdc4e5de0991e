package tracetree_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

func TestMeaningOf(t *testing.T) {
	attrs := func(pairs ...string) []tracetree.Attr {
		var a []tracetree.Attr
		for i := 0; i < len(pairs); i += 2 {
			a = append(a, tracetree.Attr{Key: pairs[i], Value: tracetree.String(pairs[i+1])})
		}
		return a
	}
	tests := []struct {
		reason string
		kind   tracetree.Kind
		attrs  []tracetree.Attr
		want   tracetree.Meaning
	}{
		{
			"messaging goes before RPC", tracetree.KindProducer,
			attrs("rpc.system.name", "aws-api", "rpc.method", "SQS/SendMessage", "messaging.system", "aws_sqs",
				"messaging.operation.name", "send", "messaging.destination.name", "q", "messaging.message.id", "7"),
			tracetree.Meaning{
				Class: tracetree.ClassSend, System: "aws_sqs", Operation: "send", Step: "send", Destination: "q", MessageID: "7",
				RPCSystem: "aws-api", RPCService: "SQS", RPCMethod: "SendMessage",
			},
		},
		{
			"database goes before RPC, current names before older ones", tracetree.KindClient,
			attrs("db.operation", "Put", "db.operation.name", "PutItem", "db.system", "dynamodb", "db.collection.name", "tasks",
				"rpc.method", "DynamoDB/PutItem", "server.address", "db.local", "error.type", "Throttled"),
			tracetree.Meaning{
				Class: tracetree.ClassDatabase, System: "dynamodb", Operation: "PutItem", Collection: "tasks",
				RPCService: "DynamoDB", RPCMethod: "PutItem", Host: "db.local", ErrorType: "Throttled",
			},
		},
		{
			"older gRPC attributes", tracetree.KindServer,
			attrs("rpc.system", "grpc", "rpc.service", "a.B", "rpc.method", "C", "rpc.grpc.status_code", "5"),
			tracetree.Meaning{
				Class: tracetree.ClassRPCServer, System: "grpc", RPCSystem: "grpc", RPCService: "a.B",
				RPCMethod: "C", RPCStatus: "5",
			},
		},
		{
			"an HTTP client's host may stand in its URL", tracetree.KindClient,
			attrs("http.method", "GET", "http.url", "http://shop/x", "http.status_code", "503"),
			tracetree.Meaning{Class: tracetree.ClassHTTPClient, HTTPMethod: "GET", HTTPStatus: "503", Host: "shop"},
		},
		{
			"a consumer that receives processes nothing", tracetree.KindConsumer,
			attrs("messaging.operation.type", "receive", "messaging.destination.name", "q"),
			tracetree.Meaning{Step: "receive", Destination: "q"},
		},
		{
			"older names identify a message", tracetree.KindConsumer,
			attrs("messaging.system", "kafka", "messaging.message_id", "7", "messaging.kafka.partition", "3",
				"messaging.kafka.message.offset", "9"),
			tracetree.Meaning{
				Class: tracetree.ClassProcess, System: "kafka", Step: "process", MessageID: "7", Partition: "3", Offset: "9",
			},
		},
		{"nothing is known", tracetree.KindInternal, nil, tracetree.Meaning{}},
	}
	for _, test := range tests {
		got := tracetree.MeaningOf(&tracetree.Span{Kind: test.kind, Attributes: test.attrs})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
}
