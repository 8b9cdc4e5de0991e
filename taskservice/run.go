package taskservice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// probes are the gRPC services whose calls have no spans.
var probes = []string{"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"}

// Run answers calls on the listener, and sweeps, until ctx ends. Then it lets the calls under way
// finish, for Config.Drain at most. The server has gRPC's health and reflection services too. Run
// closes the listener and returns what went wrong, nil if nothing did.
func (s *Service) Run(ctx context.Context, listener net.Listener) error {
	server := grpc.NewServer(slices.Concat(telemetry.GRPCServer(s.config.Telemetry, probes...), s.config.ServerOptions,
		[]grpc.ServerOption{grpc.ChainUnaryInterceptor(s.recoverPanic, endAtDeadline)})...)
	taskpb.RegisterTaskServiceServer(server, s)
	state := health.NewServer()
	healthpb.RegisterHealthServer(server, state)
	reflection.RegisterV1(server)

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			return fmt.Errorf("serve gRPC: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		forced := time.AfterFunc(s.config.Drain, server.Stop)
		defer forced.Stop()
		state.Shutdown() // balancers choose another server for new calls
		server.GracefulStop()
		return nil
	})
	group.Go(func() error {
		s.sweepEvery(ctx, s.config.ResendAfter)
		return nil
	})
	return group.Wait()
}

func (s *Service) sweepEvery(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.logger.LogAttrs(ctx, slog.LevelError, "could not sweep pending tasks", slog.Any("error", err))
			}
		}
	}
}

// recoverPanic turns a panic into INTERNAL, so that one call doesn't take the others down. The
// stack goes to the log: the caller has no use for it.
func (s *Service) recoverPanic(
	ctx context.Context,
	req any,
	info *grpc.UnaryServerInfo,
	handle grpc.UnaryHandler,
) (_ any, err error) {
	defer func() {
		if p := telemetry.Recovered(recover()); p != nil {
			s.logger.LogAttrs(ctx, slog.LevelError, "panic", slog.String("method", info.FullMethod),
				slog.Any("panic", p.Value), slog.String("stack", string(p.Stack)))
			err = status.Error(codes.Internal, "internal error")
		}
	}()
	return handle(ctx, req)
}
