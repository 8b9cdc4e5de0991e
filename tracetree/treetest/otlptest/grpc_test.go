package otlptest

import (
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"tracelab/internal/otlpserve"
	"tracelab/tracetree/treetest/internal/faketb"
)

func TestEndpointRefusesBadRequestsOverGRPC(t *testing.T) {
	t.Parallel()
	const export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	tests := []struct {
		reason, method string
		body           []byte
		code           codes.Code
		want           string
	}{
		{"bytes that are no protobuf", export, []byte("\xff\xff"), codes.InvalidArgument, "read traces"},
		{"a request that is too large", export, make([]byte, maxBody+1), codes.ResourceExhausted, "larger than max"},
		{
			"another signal",
			"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
			nil,
			codes.Unimplemented,
			"unknown service",
		},
		{"another method", strings.TrimSuffix(export, "Export") + "Import", nil, codes.Unimplemented, "unknown method"},
		{"nothing is fine", export, nil, codes.OK, ""},
	}
	tb := faketb.New(t)
	endpoint := Receive(tb)
	conn, err := grpc.NewClient("passthrough:///"+endpoint.GRPCAddr(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(otlpserve.BytesCodec{}), grpc.MaxCallSendMsgSize(2*maxBody)))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		var response []byte
		got := status.Convert(conn.Invoke(t.Context(), test.method, test.body, &response))
		if got.Code() != test.code || !strings.Contains(got.Message(), test.want) || len(response) > 0 {
			t.Errorf("%s: got %v, %q, want %v and %q", test.reason, got, response, test.code, test.want)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	endpoint.Within(0).Expect("shop: order (root)")
	tb.Want(t, "refused:\n  gRPC Export: ")
	if n := strings.Count(tb.Failures[0], "gRPC Export: "); n != 2 {
		t.Errorf("the failure names %d requests, want the first two:\n%s", n, tb.Failures[0])
	}
	tb.End()
}
