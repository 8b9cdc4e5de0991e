package telemetry_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"tracelab/telemetry"
)

// received is what a receiver was sent: where to, and the bytes. A span's name
// is a string of the protobuf message, so it is in them unchanged.
type received struct {
	mu    sync.Mutex
	where []string
	bytes strings.Builder
}

func (r *received) add(where string, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.where = append(r.where, where)
	r.bytes.Write(body)
}

func (r *received) want(t *testing.T, where, name string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.where) != 1 || r.where[0] != where {
		t.Errorf("exported to %q, want one call of %s", r.where, where)
	}
	if !strings.Contains(r.bytes.String(), name) {
		t.Errorf("what was exported doesn't have the span's name %s", name)
	}
}

func TestOTLPOverHTTPReachesTheReceiver(t *testing.T) {
	tests := []struct {
		variable, path, want, reason string
	}{
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/traces", "the base URL gets the path of traces"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/x", "/x", "the URL of traces is taken as it is"},
	}
	for _, test := range tests {
		t.Run(test.variable, func(t *testing.T) {
			var got received
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				got.add(r.URL.Path, body)
			}))
			t.Cleanup(server.Close)
			t.Cleanup(http.DefaultClient.CloseIdleConnections)
			setenv(t, test.variable+"="+server.URL+test.path)
			config, err := telemetry.FromEnv(t.Context(), io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			export(t, config, "order over http")
			got.want(t, test.want, "order over http")
		})
	}
}

func TestOTLPOverGRPCReachesTheReceiver(t *testing.T) {
	var got received
	// Any message is a valid empty one with fields that it doesn't know, so
	// the receiver needs nothing of OTLP.
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		request := &emptypb.Empty{}
		if err := stream.RecvMsg(request); err != nil {
			return err
		}
		method, _ := grpc.MethodFromServerStream(stream)
		got.add(method, request.ProtoReflect().GetUnknown())
		return stream.SendMsg(&emptypb.Empty{})
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, server, listener)

	setenv(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+listener.Addr().String(), "OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
	config, err := telemetry.FromEnv(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	export(t, config, "order over grpc")
	got.want(t, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", "order over grpc")
}

// serve runs a gRPC server until the test is over.
func serve(t *testing.T, server *grpc.Server, listener net.Listener) {
	t.Helper()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}
