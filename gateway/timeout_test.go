package gateway_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/codes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"tracelab/fakes"
	"tracelab/gateway"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// transport is how the parts of a system are connected.
type transport struct {
	listen func(name string) (net.Listener, error)
	dial   func(ctx context.Context, name string) (net.Conn, error)
}

func inMemory() transport {
	network := fakes.NewNetwork()
	return transport{network.Listen, network.Dial}
}

func overTCP() transport {
	addresses := map[string]string{}
	return transport{
		func(name string) (net.Listener, error) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err == nil {
				addresses[name] = listener.Addr().String()
			}
			return listener, err
		},
		func(ctx context.Context, name string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", addresses[name])
		},
	}
}

// serve runs a gateway before a task service whose calls take until their context ends, and returns
// a client of it.
func serve(t *testing.T, network transport, config gateway.Config) *http.Client {
	t.Helper()
	calls, err := network.listen("tasks")
	if err != nil {
		t.Fatal(err)
	}
	var services sync.WaitGroup
	hang := func(ctx context.Context, _ any, _ *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	tasks := grpc.NewServer(grpc.UnaryInterceptor(hang))
	taskpb.RegisterTaskServiceServer(tasks, taskpb.UnimplementedTaskServiceServer{})
	services.Go(func() {
		if err := tasks.Serve(calls); err != nil {
			t.Errorf("serve gRPC: %v", err)
		}
	})
	options, err := gateway.DialOptions(telemetry.Service{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient("passthrough:///tasks", append(options,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithContextDialer(network.dial))...)
	if err != nil {
		t.Fatal(err)
	}
	config.Tasks = taskpb.NewTaskServiceClient(conn)
	requests, err := network.listen("gateway")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: newGateway(t, config)}
	services.Go(func() { _ = server.Serve(requests) })
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return network.dial(ctx, "gateway") },
	}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		_ = server.Close()
		_ = conn.Close()
		tasks.Stop()
		services.Wait()
	})
	return client
}

// send returns the status of a response, or the error of a request without one.
func send(ctx context.Context, client *http.Client, method, target, body string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://gateway"+target, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// The client waits. Sixty requests, because what arrives first at a deadline is different each
// time.
func TestSlowRequestsAre504WhileTheClientIsThere(t *testing.T) {
	const requests = 60
	test := func(t *testing.T, network transport, timeout time.Duration) {
		service, recorder := traced(t, telemetry.Config{})
		client := serve(t, network, gateway.Config{Telemetry: service, Timeout: timeout})
		var group sync.WaitGroup
		for i := range requests {
			group.Go(func() {
				method, target, body := "GET", "/tasks/42", ""
				if i%2 == 1 {
					method, target, body = "POST", "/tasks", `{"title":"Buy milk"}`
				}
				if got, err := send(t.Context(), client, method, target, body); err != nil || got != http.StatusGatewayTimeout {
					t.Errorf("%s %s is %d, error %v, want %d", method, target, got, err, http.StatusGatewayTimeout)
				}
			})
		}
		group.Wait()
		ended := recorder.Ended()
		if len(ended) != requests {
			t.Errorf("%d spans, want %d", len(ended), requests)
		}
		for _, span := range ended {
			if got := attributesOf(span)["error.type"]; got != "504" || span.Status().Code != codes.Error {
				t.Errorf("%s has status %v and error.type %q, want Error and 504", span.Name(), span.Status(), got)
			}
		}
	}
	t.Run("in memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, inMemory(), 0) })
	})
	t.Run("over TCP", func(t *testing.T) { test(t, overTCP(), 100*time.Millisecond) })
}

func TestClientThatLeavesIs499AndNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, recorder := traced(t, telemetry.Config{})
		client := serve(t, inMemory(), gateway.Config{Telemetry: service})
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		for _, body := range []string{"", `{"title":"Buy milk"}`} {
			method := map[bool]string{true: "GET", false: "POST"}[body == ""]
			if _, err := send(ctx, client, method, "/tasks", body); err == nil {
				t.Errorf("%s was answered", method)
			}
		}
		synctest.Wait()
		for _, span := range recorder.Ended() {
			got := attributesOf(span)
			if got["http.response.status_code"] != "499" || got["error.type"] != "" || span.Status().Code == codes.Error {
				t.Errorf("%s has status %v and attributes %v, want 499 without an error", span.Name(), span.Status(), got)
			}
		}
	})
}

// The body never ends. That is the client's fault, and no time-out of ours.
func TestBodyThatDoesNotComeIs408(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, inMemory(), gateway.Config{})
		body, more := net.Pipe()
		defer func() { _, _ = body.Close(), more.Close() }()
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://gateway/tasks", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusRequestTimeout {
			t.Errorf("status %d, want %d", response.StatusCode, http.StatusRequestTimeout)
		}
		_ = response.Body.Close()
	})
}
