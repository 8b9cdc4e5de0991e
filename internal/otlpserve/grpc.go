package otlpserve

import (
	"context"
	"errors"
	"fmt"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // lets clients compress
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// GRPC returns a gRPC server of the trace service, with further options. Requests are taken
// as bytes, so nothing of gRPC's own codecs is needed.
func (s *Server) GRPC(options ...grpc.ServerOption) *grpc.Server {
	server := grpc.NewServer(append(options,
		grpc.ForceServerCodecV2(BytesCodec{}), grpc.MaxRecvMsgSize(int(s.config.MaxBody)), grpc.WaitForHandlers(true))...)
	// As a stream, the method can limit the time and the memory of a request before it is read. A
	// call of one message in each direction looks the same to clients.
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "opentelemetry.proto.collector.trace.v1.TraceService",
		Streams: []grpc.StreamDesc{
			{StreamName: "Export", Handler: s.exportGRPC, ClientStreams: true, ServerStreams: true},
		},
	}, nil)
	return server
}

func (s *Server) exportGRPC(_ any, stream grpc.ServerStream) error {
	response, size, err := s.receiveGRPC(stream)
	answer := Answer{Protocol: "grpc", Code: status.Code(err).String(), Bytes: size}
	if err != nil {
		answer.Problem = fmt.Sprintf("gRPC Export: %v", err)
	}
	s.answered(answer)
	if err != nil {
		return err
	}
	return stream.SendMsg(response)
}

// receiveGRPC returns the response to a request, or a status.
func (s *Server) receiveGRPC(stream grpc.ServerStream) (response []byte, size int, err error) {
	ctx := stream.Context()
	memory := memory{of: s.config.Memory}
	defer memory.release()
	if err := memory.reserve(ctx, s.expected(0)); err != nil {
		return nil, 0, grpcStatus(err)
	}
	body, err := s.receiveMessage(stream)
	if err != nil {
		return nil, 0, err // a status already
	}
	if err := memory.reserve(ctx, MemoryFor(int64(len(body)))); err != nil {
		return nil, len(body), grpcStatus(err)
	}
	outcome, err := s.export(ctx, body, (*Server).decodeProto)
	if err != nil {
		return nil, len(body), grpcStatus(err)
	}
	if outcome.Rejected == 0 && outcome.Message == "" {
		return nil, len(body), nil // an ExportTraceServiceResponse without fields
	}
	partial := &collector.ExportTracePartialSuccess{
		RejectedSpans: outcome.Rejected, ErrorMessage: valid(outcome.Message),
	}
	response, err = proto.Marshal(&collector.ExportTraceServiceResponse{PartialSuccess: partial})
	return response, len(body), err
}

// receiveMessage reads the message of a request, for no longer than the time limit.
func (s *Server) receiveMessage(stream grpc.ServerStream) ([]byte, error) {
	if s.config.Timeout == 0 {
		var body []byte
		err := stream.RecvMsg(&body)
		return body, err
	}
	type message struct {
		body []byte
		err  error
	}
	received := make(chan message, 1)
	go func() { // it ends when the method returns, at the latest
		var m message
		m.err = stream.RecvMsg(&m.body)
		received <- m
	}()
	timer := time.NewTimer(s.config.Timeout)
	defer timer.Stop()
	select {
	case m := <-received:
		return m.body, m.err
	case <-timer.C:
		return nil, status.Errorf(codes.DeadlineExceeded, "the request didn't arrive within %v", s.config.Timeout)
	}
}

// grpcStatus returns an error as a status, with the time after which a client may try again.
func grpcStatus(err error) error {
	if errors.Is(err, context.Canceled) {
		return status.FromContextError(err).Err()
	}
	refused := asRefusal(err)
	s := status.New(refused.code, valid(err.Error()))
	if refused.retry > 0 {
		detailed, err := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(refused.retry)})
		if err == nil {
			s = detailed
		}
	}
	return s.Err()
}

// BytesCodec is a codec of gRPC that passes messages on as bytes.
type BytesCodec struct{}

// Name returns the name of the codec that it replaces.
func (BytesCodec) Name() string { return "proto" }

// Marshal returns the bytes that v is.
func (BytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	raw, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("marshal %T: want bytes", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
}

// Unmarshal puts the bytes into v, a *[]byte.
func (BytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	raw, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("unmarshal into %T: want bytes", v)
	}
	*raw = data.Materialize()
	return nil
}
