package gateway_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"

	"tracelab/fakes"
	"tracelab/gateway"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

func TestAttemptsOutOfRangeAreRefused(t *testing.T) {
	for attempts, ok := range map[int]bool{-1: false, 0: false, 1: true, 2: true, 5: true, 6: false} {
		options, err := gateway.DialOptions(telemetry.Service{}, attempts)
		if ok != (err == nil) || ok != (len(options) > 0) {
			t.Errorf("%d attempts: %d options, error %v", attempts, len(options), err)
		}
		if err != nil && !strings.Contains(err.Error(), "want 1 to 5") {
			t.Errorf("error is %v", err)
		}
	}
}

// server answers every call with one code, and counts.
type server struct {
	taskpb.UnimplementedTaskServiceServer
	code codes.Code

	mu    sync.Mutex
	calls int
}

func (s *server) intercept(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	return nil, status.Error(s.code, "no")
}

func TestCallsAreTriedAgainWhenTheServiceIsUnavailable(t *testing.T) {
	get := func(ctx context.Context, c taskpb.TaskServiceClient) error {
		_, err := c.GetTask(ctx, &taskpb.GetTaskRequest{Id: "42"})
		return err
	}
	tests := []struct {
		name     string
		attempts int
		code     codes.Code
		call     func(context.Context, taskpb.TaskServiceClient) error
		want     int
		reason   string
	}{
		{"once", 1, codes.Unavailable, get, 1, "1 never tries again"},
		{"all", 5, codes.Unavailable, get, 5, ""},
		{"internal", 5, codes.Internal, get, 1, "it would fail again"},
		{"deadline", 5, codes.DeadlineExceeded, get, 1, "there is no time left"},
		{"create", 3, codes.Unavailable, func(ctx context.Context, c taskpb.TaskServiceClient) error {
			_, err := c.CreateTask(ctx, &taskpb.CreateTaskRequest{Title: "a", IdempotencyKey: "k"})
			return err
		}, 3, "its key makes a repetition harmless"},
		{"list", 3, codes.Unavailable, func(ctx context.Context, c taskpb.TaskServiceClient) error {
			_, err := c.ListTasks(ctx, &taskpb.ListTasksRequest{})
			return err
		}, 3, ""},
		{"update", 3, codes.Unavailable, func(ctx context.Context, c taskpb.TaskServiceClient) error {
			_, err := c.UpdateTask(ctx, &taskpb.UpdateTaskRequest{})
			return err
		}, 3, "it writes the same again"},
		{"delete", 3, codes.Unavailable, func(ctx context.Context, c taskpb.TaskServiceClient) error {
			_, err := c.DeleteTask(ctx, &taskpb.DeleteTaskRequest{Id: "42"})
			return err
		}, 1, "a second one would not find what the first deleted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the time between attempts
				s := &server{code: test.code}
				client := dial(t, s, test.attempts)
				if err := test.call(t.Context(), client); status.Code(err) != test.code {
					t.Errorf("error is %v, want code %s", err, test.code)
				}
				if s.calls != test.want {
					t.Errorf("%d calls, want %d: %s", s.calls, test.want, test.reason)
				}
			})
		})
	}
}

// A name with several addresses, such as a headless Service of Kubernetes, has all of them called.
func TestCallsAreSpreadOverAllTaskServices(t *testing.T) {
	for _, attempts := range []int{1, 3} {
		t.Run(fmt.Sprint(attempts, " attempts"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := fakes.NewNetwork()
				servers := []*server{{code: codes.NotFound}, {code: codes.NotFound}}
				var state resolver.State
				for i, s := range servers {
					name := fmt.Sprint("tasks", i)
					answerOn(t, network, name, s.intercept)
					state.Addresses = append(state.Addresses, resolver.Address{Addr: name})
				}
				names := manual.NewBuilderWithScheme("tasks")
				names.InitialState(state)
				client := connect(t, network, "tasks:///all", telemetry.Service{}, attempts, grpc.WithResolvers(names))
				for range 5 {
					_, err := client.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "42"})
					if status.Code(err) != codes.NotFound {
						t.Fatal(err)
					}
					synctest.Wait() // for both connections
				}
				if servers[0].calls < 2 || servers[1].calls < 2 {
					t.Errorf("%d and %d calls, want 2 or more of each", servers[0].calls, servers[1].calls)
				}
			})
		})
	}
}

// dial serves s on a network and returns a client of it.
func dial(t *testing.T, s *server, attempts int) taskpb.TaskServiceClient {
	t.Helper()
	return dialTraced(t, telemetry.Service{}, s.intercept, attempts)
}

// dialTraced serves answers on a network and returns a client of them, with spans.
func dialTraced(
	t *testing.T, service telemetry.Service, answer grpc.UnaryServerInterceptor, attempts int,
) taskpb.TaskServiceClient {
	t.Helper()
	network := fakes.NewNetwork()
	answerOn(t, network, "tasks", answer)
	return connect(t, network, "passthrough:///tasks", service, attempts)
}

// answerOn serves answers on a network.
func answerOn(t *testing.T, network *fakes.Network, name string, answer grpc.UnaryServerInterceptor) {
	t.Helper()
	listener, err := network.Listen(name)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(grpc.UnaryInterceptor(answer))
	taskpb.RegisterTaskServiceServer(g, &server{})
	served := make(chan error, 1)
	go func() { served <- g.Serve(listener) }()
	t.Cleanup(func() {
		g.Stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

// connect returns a client of what a network serves.
func connect(
	t *testing.T, network *fakes.Network, target string, service telemetry.Service, attempts int, more ...grpc.DialOption,
) taskpb.TaskServiceClient {
	t.Helper()
	options, err := gateway.DialOptions(service, attempts)
	if err != nil {
		t.Fatal(err)
	}
	options = append(options,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(
			func(ctx context.Context, name string) (net.Conn, error) { return network.Dial(ctx, name) },
		),
	)
	conn, err := grpc.NewClient(target, append(options, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return taskpb.NewTaskServiceClient(conn)
}
