package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/live/server"
)

// pipes is a listener in memory, so that time is the test's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// dial returns the client's side of a new connection.
func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// inBubble runs a test with a server whose time is virtual.
func inBubble(t *testing.T, config server.Config, test func(t *testing.T, s *server.Server, p *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := server.New(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		p := newPipes()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, server.Listeners{HTTP: p}) }()
		test(t, s, p)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// ask writes a request and returns the status of the response.
func ask(t *testing.T, conn net.Conn, request string) int {
	t.Helper()
	go func() { _, _ = io.WriteString(conn, request) }() // the server may close the connection before it has read all
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

const healthz = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"

func TestConnectionsAreLimited(t *testing.T) {
	inBubble(t, server.Config{Connections: 2}, func(t *testing.T, s *server.Server, p *pipes) {
		first, second, third := p.dial(), p.dial(), p.dial()
		if _, err := third.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the third connection: %v, want it closed", err)
		}
		for _, conn := range []net.Conn{first, second} {
			if got := ask(t, conn, healthz+"\r\n"); got != http.StatusOK {
				t.Errorf("status %d on a connection within the limit", got)
			}
			_ = conn.Close()
		}
		synctest.Wait()
		again := p.dial()
		if got := ask(t, again, healthz+"Connection: close\r\n\r\n"); got != http.StatusOK {
			t.Errorf("status %d after others have gone", got)
		}
		if got := get(t, s, "/metrics"); !strings.Contains(got, "\ntracelab_http_refused_connections_total 1\n") {
			t.Errorf("the refused connection is not counted:\n%s", got)
		}
	})
}

func TestLargeHeadersAreRefused(t *testing.T) {
	for size, want := range map[int]int{60 << 10: http.StatusOK, 70 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		inBubble(t, server.Config{}, func(t *testing.T, _ *server.Server, p *pipes) {
			conn := p.dial()
			defer conn.Close()
			if got := ask(t, conn, healthz+"X-Large: "+strings.Repeat("x", size)+"\r\n\r\n"); got != want {
				t.Errorf("a header of %d bytes: %d, want %d", size, got, want)
			}
		})
	}
}

// A client that sends a request byte by byte, or doesn't read the response, is dropped, and the
// others are served meanwhile.
func TestSlowClientsAreDropped(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, s *server.Server, p *pipes) {
		written := make(chan error, 1)
		s.Handle("GET /large", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, err := io.Copy(w, strings.NewReader(strings.Repeat("x", 1<<20)))
			written <- err
		}))
		began := time.Now()
		slow, stuck := p.dial(), p.dial()
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for _, err := io.WriteString(slow, healthz); err == nil; _, err = io.WriteString(slow, "x") {
				time.Sleep(time.Second)
			}
		}()
		if _, err := io.WriteString(stuck, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		other := p.dial()
		if got := ask(t, other, healthz+"Connection: close\r\n\r\n"); got != http.StatusOK || time.Since(began) != 0 {
			t.Errorf("another client: status %d after %v, want 200 at once", got, time.Since(began))
		}
		if err := <-written; err == nil || time.Since(began) != server.WriteTimeout {
			t.Errorf("the stuck client: %v after %v, want it dropped after %v", err, time.Since(began), server.WriteTimeout)
		}
		if _, err := io.ReadAll(slow); err != nil {
			t.Errorf("the slow client: %v, want a closed connection", err)
		}
		if got := time.Since(began); got > server.WriteTimeout+time.Second {
			t.Errorf("the slow client was dropped after %v", got)
		}
		<-sent
	})
}

// FuzzRequest sends any request line and header: only requests with a name of this machine and
// without a foreign origin reach a handler.
func FuzzRequest(f *testing.F) {
	s, err := server.New(f.Context(), server.Config{})
	if err != nil {
		f.Fatal(err)
	}
	reached := false
	s.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached = true
		fmt.Fprintln(w, r.Host)
	}))
	hosts := []string{"localhost:1", "127.0.0.1", "[::1]:80", "evil.example", "localhost.evil.example", "", "[", "::1"}
	for _, host := range hosts {
		f.Add("GET", "/", host, "")
		f.Add("POST", "/metrics", host, "http://"+host)
	}
	f.Add("GET", "//evil.example/healthz?token=x", "localhost", "null")
	f.Fuzz(func(t *testing.T, method, target, host, origin string) {
		text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\n\r\n", method, target, host, origin)
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return
		}
		reached = false
		w := &response{header: make(http.Header)}
		s.Handler().ServeHTTP(w, r)
		if w.status >= 500 {
			t.Errorf("%q: status %d", text, w.status)
		}
		name := strings.ToLower(r.Host)
		local := strings.HasSuffix(strings.TrimRight(name, ".:0123456789"), "localhost")
		if reached && strings.Contains(name, "evil") && !local {
			t.Errorf("%q reached a handler", text)
		}
		if from := r.Header.Get("Origin"); reached && from != "" && !strings.Contains(strings.ToLower(from), "//"+name) {
			t.Errorf("%q reached a handler from another origin", text)
		}
	})
}

// response takes a response without the checks of a recorder, which has no status for some methods.
type response struct {
	header http.Header
	status int
}

func (r *response) Header() http.Header         { return r.header }
func (r *response) Write(p []byte) (int, error) { return len(p), nil }
func (r *response) WriteHeader(status int)      { r.status = status }
