package fakes_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"tracelab/fakes"
)

func TestNetworkCarriesGRPCInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := fakes.NewNetwork()
		server := grpc.NewServer()
		grpc_health_v1.RegisterHealthServer(server, health.NewServer())
		served := make(chan error, 1)
		l := listen(t, n, "task-service")
		go func() { served <- server.Serve(l) }()

		client, err := grpc.NewClient("passthrough:///task-service",
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(n.Dial))
		if err != nil {
			t.Fatal(err)
		}
		got, err := grpc_health_v1.NewHealthClient(client).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Errorf("got status %s, want SERVING", got.GetStatus())
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		server.GracefulStop()
		if err := errors.Join(<-served, n.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestNetworkCarriesHTTP(t *testing.T) {
	n := fakes.NewNetwork()
	l := listen(t, n, "api-gateway")
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.WriteString(w, r.Host+" "+r.RemoteAddr)
		if err != nil {
			t.Error(err)
		}
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()

	transport := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return n.Dial(ctx, host)
	}}
	client := &http.Client{Transport: transport}
	for range 2 { // the second request uses the first one's connection
		response, err := client.Get("http://api-gateway/tasks")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if string(body) != "api-gateway client" {
			t.Errorf("got %q", body)
		}
	}
	transport.CloseIdleConnections()
	if err := errors.Join(server.Shutdown(t.Context()), n.Close()); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("got error %v, want %v", err, http.ErrServerClosed)
	}
}
