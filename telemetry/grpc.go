package telemetry

import (
	"context"
	"path"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"tracelab/internal/redact"
)

// GRPCServer returns the options that give each call of a gRPC server a SERVER
// span, child of the caller's. Calls of the gRPC services in except, such as grpc.health.v1.Health,
// have none: probes come every few seconds and are no part of a request. An untraced service gets
// nil.
func GRPCServer(s Service, except ...string) []grpc.ServerOption {
	if !s.Traced() {
		return nil
	}
	return []grpc.ServerOption{grpc.StatsHandler(&grpcHandler{
		Handler: otelgrpc.NewServerHandler(append(grpcOptions(s), otelgrpc.WithFilter(func(info *stats.RPCTagInfo) bool {
			return !slices.Contains(except, strings.TrimPrefix(path.Dir(info.FullMethodName), "/"))
		}))...), failed: serverFailed,
	})}
}

// GRPCClient returns the options that give each attempt at a call of a gRPC
// client a CLIENT span and send its context along. With retries, they also
// number the attempts of one call. An untraced service gets nil.
func GRPCClient(s Service, retries bool) []grpc.DialOption {
	if !s.Traced() {
		return nil
	}
	handler := &grpcHandler{Handler: otelgrpc.NewClientHandler(grpcOptions(s)...), failed: clientFailed, retries: retries}
	options := []grpc.DialOption{grpc.WithStatsHandler(handler)}
	if retries {
		options = append(options, grpc.WithChainUnaryInterceptor(countAttempts))
	}
	return options
}

func grpcOptions(s Service) []otelgrpc.Option {
	s = s.Defaults()
	return []otelgrpc.Option{
		otelgrpc.WithTracerProvider(s.TracerProvider),
		otelgrpc.WithPropagators(s.Propagator),
		otelgrpc.WithMeterProvider(noop.NewMeterProvider()),
	}
}

// grpcHandler adds to otelgrpc's what the conventions ask for and it leaves
// out: error.type on failed calls. It also masks secrets in the status
// message, which otelgrpc copies as the peer sent it, and counts retries.
type grpcHandler struct {
	stats.Handler
	failed  func(codes.Code) bool
	retries bool
}

func (h *grpcHandler) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	ctx = h.Handler.TagRPC(ctx, info)
	if h.retries {
		tagAttempt(ctx)
	}
	return ctx
}

func (h *grpcHandler) HandleRPC(ctx context.Context, rs stats.RPCStats) {
	end, ok := rs.(*stats.End)
	if !ok || end.Error == nil {
		h.Handler.HandleRPC(ctx, rs)
		return
	}
	s, _ := status.FromError(end.Error)
	if span := trace.SpanFromContext(ctx); h.failed(s.Code()) && span.IsRecording() {
		span.SetAttributes(errorType(end.Error))
	}
	masked := *end
	masked.Error = status.Error(s.Code(), truncate(redact.Text(s.Message()), maxStatus))
	h.Handler.HandleRPC(ctx, &masked)
}

// clientFailed reports whether a code is a failure for the client: every code but OK.
func clientFailed(c codes.Code) bool { return c != codes.OK }

// A server's call failed when that is the server's own fault, by the
// conventions for gRPC server spans.
func serverFailed(c codes.Code) bool {
	switch c {
	case codes.Unknown, codes.DeadlineExceeded, codes.Unimplemented, codes.Internal, codes.Unavailable, codes.DataLoss:
		return true
	default:
		return false
	}
}
