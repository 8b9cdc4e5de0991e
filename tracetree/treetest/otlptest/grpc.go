package otlptest

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // lets clients compress
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"tracelab/tracetree/codec"
)

// grpcServer serves the OTLP trace service. Requests have the wire form of ptrace.Traces, so they are taken as bytes,
// and nothing of gRPC's own codecs is needed.
func (e *Endpoint) grpcServer() *grpc.Server {
	server := grpc.NewServer(grpc.ForceServerCodecV2(rawCodec{}), grpc.MaxRecvMsgSize(maxBody), grpc.WaitForHandlers(true))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "opentelemetry.proto.collector.trace.v1.TraceService",
		Methods:     []grpc.MethodDesc{{MethodName: "Export", Handler: e.exportGRPC}},
	}, nil)
	return server
}

func (e *Endpoint) exportGRPC(
	_ any,
	_ context.Context,
	decode func(any) error,
	_ grpc.UnaryServerInterceptor,
) (any, error) {
	err := e.receiveGRPC(decode)
	if err != nil {
		e.Refused(fmt.Sprintf("gRPC Export: %v", err))
	}
	return []byte(nil), err // an ExportTraceServiceResponse without fields
}

func (e *Endpoint) receiveGRPC(decode func(any) error) error {
	var body []byte
	if err := decode(&body); err != nil {
		return err // a status already
	}
	traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
	if err != nil {
		return status.Errorf(codes.InvalidArgument, "read traces: %v", err)
	}
	e.Add(codec.FromPData(traces)...)
	return nil
}

// rawCodec passes messages on as bytes.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	raw, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("marshal %T: want bytes", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	raw, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("unmarshal into %T: want bytes", v)
	}
	*raw = data.Materialize()
	return nil
}
