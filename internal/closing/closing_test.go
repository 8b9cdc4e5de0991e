package closing_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"tracelab/internal/closing"
)

// A connection that a client has opened in reserve doesn't hold up the end of a server. A request
// under way is still answered.
func TestUnused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	began, stopped := make(chan struct{}), make(chan struct{})
	server := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(began)
			<-stopped
			_, _ = io.WriteString(w, "done")
		}),
	}
	server.RegisterOnShutdown(func() { close(stopped) })
	closing.Unused(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	answered := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		answered <- string(text)
	}()
	<-began // and so the connection before it was accepted, too
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown returns %v", err)
	}
	if text := <-answered; text != "done" {
		t.Errorf("the request under way got %q", text)
	}
	if err := <-served; err != http.ErrServerClosed {
		t.Errorf("Serve returns %v", err)
	}
}
