package telemetry_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	otelcodes "go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"tracelab/fakes"
	"tracelab/telemetry"
)

// health answers each Check with the next of its errors, then with success.
type health struct {
	healthpb.UnimplementedHealthServer
	errs []error
	span trace.SpanContext // that the last call was handled in
}

func (h *health) Check(ctx context.Context, _ *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	h.span = trace.SpanContextFromContext(ctx)
	if len(h.errs) > 0 {
		err := h.errs[0]
		h.errs = h.errs[1:]
		return nil, err
	}
	return &healthpb.HealthCheckResponse{}, nil
}

// check makes one call between two services, and returns its error and the
// spans of both sides.
func check(t *testing.T, h *health, server, client telemetry.Service, opts ...grpc.DialOption) error {
	t.Helper()
	network := fakes.NewNetwork()
	listener, err := network.Listen("health")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(telemetry.GRPCServer(server)...)
	healthpb.RegisterHealthServer(s, h)
	serve(t, s, listener)
	conn, err := grpc.NewClient("passthrough:///health", append(append(telemetry.GRPCClient(client, true), opts...),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(
			func(ctx context.Context, name string) (net.Conn, error) { return network.Dial(ctx, name) }))...,
	)
	if err != nil {
		t.Fatal(err)
	}
	_, callErr := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	s.GracefulStop() // the server's span is over after that
	return callErr
}

// both returns a server's and a client's telemetry, and what records them.
func both(t testing.TB) (server, client telemetry.Service, recorder *tracetest.SpanRecorder) {
	t.Helper()
	t.Setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "") // otelgrpc reads it
	recorder = tracetest.NewSpanRecorder()
	pipeline := telemetry.NewPipeline(telemetry.Config{Processors: []sdktrace.SpanProcessor{recorder}})
	return pipeline.Service("server"), pipeline.Service("client"), recorder
}

func ofKind(t testing.TB, recorder *tracetest.SpanRecorder, kind trace.SpanKind) []sdktrace.ReadOnlySpan {
	t.Helper()
	var spans []sdktrace.ReadOnlySpan
	for _, span := range recorder.Ended() {
		if span.SpanKind() == kind {
			spans = append(spans, span)
		}
	}
	if len(spans) == 0 {
		t.Fatalf("no span is a %v", kind)
	}
	return spans
}

func TestGRPCErrorsAreFailuresByRole(t *testing.T) {
	// The codes that are the server's own fault, by the conventions.
	serverFault := map[codes.Code]bool{
		codes.Unknown: true, codes.DeadlineExceeded: true, codes.Unimplemented: true,
		codes.Internal: true, codes.Unavailable: true, codes.DataLoss: true,
	}
	for code := codes.OK; code <= codes.Unauthenticated; code++ {
		t.Run(code.String(), func(t *testing.T) {
			server, client, recorder := both(t)
			h := &health{}
			if code != codes.OK {
				h.errs = []error{status.Error(code, "refused: password=hunter22 "+strings.Repeat("x", 600))}
			}
			if err := check(t, h, server, client, grpc.WithDisableRetry()); status.Code(err) != code {
				t.Fatalf("error is %v", err)
			}
			for kind, failed := range map[trace.SpanKind]bool{
				trace.SpanKindClient: code != codes.OK,
				trace.SpanKindServer: serverFault[code],
			} {
				span := ofKind(t, recorder, kind)[0]
				attrs := textOf(span.Attributes())
				want := ""
				if failed {
					want = telemetry.CodeName(code)
				}
				if attrs["error.type"] != want {
					t.Errorf("the %v's error.type is %q, want %q", kind, attrs["error.type"], want)
				}
				if got := span.Status().Code == otelcodes.Error; got != failed {
					t.Errorf("the %v's status is %v, failed: %v", kind, span.Status(), failed)
				}
				if attrs["rpc.response.status_code"] != telemetry.CodeName(code) {
					t.Errorf("the %v's rpc.response.status_code is %q", kind, attrs["rpc.response.status_code"])
				}
				description := span.Status().Description
				if failed && (!strings.HasPrefix(description, "refused: password=[redacted]") || len(description) > 512) {
					t.Errorf("the %v's status is %q", kind, description)
				}
				wantNoSecret(t, span, "hunter22")
			}
		})
	}
}

func TestCallerIsToldWhatTheSpanMasks(t *testing.T) {
	server, client, _ := both(t)
	err := check(t, &health{errs: []error{status.Error(codes.NotFound, "password=hunter22")}}, server, client)
	if got := status.Convert(err).Message(); got != "password=hunter22" {
		t.Errorf("the message is %q: tracing must not change what is sent", got)
	}
}

func TestServerSpanIsAChildOfTheClientsAndAroundTheHandler(t *testing.T) {
	server, client, recorder := both(t)
	h := &health{}
	if err := check(t, h, server, client); err != nil {
		t.Fatal(err)
	}
	clientSpan, serverSpan := ofKind(t, recorder, trace.SpanKindClient)[0], ofKind(t, recorder, trace.SpanKindServer)[0]
	if serverSpan.Parent().SpanID() != clientSpan.SpanContext().SpanID() || !serverSpan.Parent().IsRemote() {
		t.Errorf("the server span's parent is %v", serverSpan.Parent())
	}
	if !h.span.Equal(serverSpan.SpanContext()) {
		t.Error("the handler doesn't run inside the server's span")
	}
	for _, span := range []sdktrace.ReadOnlySpan{clientSpan, serverSpan} {
		if span.Name() != "grpc.health.v1.Health/Check" {
			t.Errorf("name is %s", span.Name())
		}
	}
}

func TestEveryAttemptSaysHowManyWentBeforeIt(t *testing.T) {
	server, client, recorder := both(t)
	unavailable := status.Error(codes.Unavailable, "not yet")
	err := check(t, &health{errs: []error{unavailable, unavailable}}, server, client, grpc.WithDefaultServiceConfig(`{"methodConfig":[{
		"name": [{"service":"grpc.health.v1.Health"}],
		"retryPolicy": {"maxAttempts":4, "initialBackoff":"0.001s", "maxBackoff":"0.001s", "backoffMultiplier":1,
			"retryableStatusCodes":["UNAVAILABLE"]}
	}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, span := range ofKind(t, recorder, trace.SpanKindClient) {
		attrs := textOf(span.Attributes())
		got = append(got, attrs[string(telemetry.RetryCountKey)]+" "+attrs["rpc.response.status_code"])
	}
	if diff := cmp.Diff([]string{" UNAVAILABLE", "1 UNAVAILABLE", "2 OK"}, got); diff != "" {
		t.Errorf("retry_count and code of each attempt (-want +got):\n%s", diff)
	}
}

func TestUntracedSidesMakeNoSpans(t *testing.T) {
	server, client, recorder := both(t)
	h := &health{}
	if err := check(t, h, telemetry.Service{}, telemetry.Service{}); err != nil {
		t.Fatal(err)
	}
	if n := len(recorder.Started()); n != 0 || h.span.IsValid() {
		t.Errorf("%d spans, and the handler's is %v", n, h.span)
	}
	if err := check(t, h, server, telemetry.Service{}); err != nil {
		t.Fatal(err)
	}
	if err := check(t, h, telemetry.Service{}, client); err != nil {
		t.Fatal(err)
	}
	for _, span := range recorder.Ended() {
		if span.Parent().IsValid() {
			t.Errorf("%v %s has the parent %v, but its other side is untraced", span.SpanKind(), span.Name(), span.Parent())
		}
	}
}
