package main

import (
	"context"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"tracelab/tools/system"
)

// backends returns the modes, with backends that run until stop is called.
func backends() (modes []mode, stop func(), err error) {
	var servers []*grpc.Server
	stop = func() {
		for _, server := range servers {
			server.Stop()
		}
	}
	serve := func(answer func(context.Context) error) (string, error) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			if err := stream.RecvMsg(&emptypb.Empty{}); err != nil { // its fields are not decoded
				return err
			}
			if err := answer(stream.Context()); err != nil {
				return err
			}
			return stream.SendMsg(&emptypb.Empty{})
		}))
		servers = append(servers, server)
		go func() { _ = server.Serve(listener) }() // until Stop
		return listener.Addr().String(), nil
	}
	up, err := serve(func(context.Context) error { return nil })
	if err != nil {
		return nil, stop, err
	}
	hanging, err := serve(func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if err != nil {
		return nil, stop, err
	}
	refusing, err := serve(func(context.Context) error { return status.Error(codes.Unavailable, "later") })
	if err != nil {
		return nil, stop, err
	}
	down, err := system.FreeAddress()
	if err != nil {
		return nil, stop, err
	}
	return []mode{
		{untraced, []string{"OTEL_SDK_DISABLED=true"}},
		{dropped, append(system.SpansTo(up), "OTEL_TRACES_SAMPLER=always_off")},
		{exported, system.SpansTo(up)},
		{"backend down", system.SpansTo(down)},
		{"backend hangs", system.SpansTo(hanging)},
		{"backend refuses", system.SpansTo(refusing)},
	}, stop, nil
}
