package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// cutListener is a listener whose connections can be cut: open ones are reset, and new ones as soon
// as they are made, until it is mended. This is how a service looks from outside whose process is
// stopped behind a balancer, and it keeps its data.
type cutListener struct {
	net.Listener

	mu     sync.Mutex
	cut    bool
	open   map[net.Conn]struct{}
	struck int
}

func listen() (*cutListener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &cutListener{Listener: listener, open: map[net.Conn]struct{}{}}, nil
}

func (l *cutListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		if !l.cut {
			l.open[conn] = struct{}{}
			l.mu.Unlock()
			return &trackedConn{Conn: conn, of: l}, nil
		}
		l.struck++
		l.mu.Unlock()
		reset(conn)
	}
}

// Cut resets all connections from now on.
func (l *cutListener) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for conn := range l.open {
		reset(conn)
		l.struck++
	}
	clear(l.open)
}

// Mend lets connections live again. It returns how many were reset.
func (l *cutListener) Mend() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	struck := l.struck
	l.cut, l.struck = false, 0
	return struck
}

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it is closed either way
	}
	_ = conn.Close()
}

// trackedConn leaves its listener's list when it is closed.
type trackedConn struct {
	net.Conn
	of *cutListener
}

func (c *trackedConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c.Conn)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// A relay hands on TCP connections.
type relay struct {
	*cutListener
	group sync.WaitGroup
}

// newRelay returns a relay to an address.
func newRelay(to string) (*relay, error) {
	listener, err := listen()
	if err != nil {
		return nil, err
	}
	r := &relay{cutListener: listener}
	r.group.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			r.group.Go(func() { relayConn(from, to) })
		}
	})
	return r, nil
}

func relayConn(from net.Conn, address string) {
	defer from.Close()
	to, err := net.Dial("tcp", address)
	if err != nil {
		reset(from.(*trackedConn).Conn)
		return
	}
	defer to.Close()
	var group sync.WaitGroup
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		group.Go(func() {
			_, _ = io.Copy(way[0], way[1]) // either side may end it
			_ = way[0].Close()
			_ = way[1].Close()
		})
	}
	group.Wait()
}

func (r *relay) close() error {
	err := r.Listener.Close()
	r.Cut()
	r.group.Wait()
	return err
}

// A call is what a client asks one of AWS's services for.
type call struct {
	operation string
	body      []byte
}

// A box is an HTTP proxy in front of one of AWS's services. It can be cut off, and it shows every
// call to functions.
type box struct {
	*cutListener
	server *http.Server

	// before is called before a call is handed on. If it returns false, the connection is reset
	// instead. after is called with an answer before the client gets it.
	before func(call) bool
	after  func(call, int, []byte)
}

func newBox(to string, before func(call) bool, after func(call, int, []byte)) (*box, error) {
	target, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	listener, err := listen()
	if err != nil {
		return nil, err
	}
	b := &box{cutListener: listener, before: before, after: after}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(response *http.Response) error {
			body, err := io.ReadAll(response.Body)
			if err != nil {
				return err
			}
			response.Body = io.NopCloser(bytes.NewReader(body))
			made, _ := response.Request.Context().Value(callKey{}).(call)
			b.after(made, response.StatusCode, body)
			return nil
		},
		// The client's connection is gone too, so that it sees no answer of the proxy's own.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	b.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		made := call{operation, body}
		if !b.before(made) {
			panic(http.ErrAbortHandler)
		}
		ctx := context.WithValue(r.Context(), callKey{}, made)
		if operation != "ReceiveMessage" {
			// What was sent is carried out, also when the client is killed meanwhile, and is seen
			// here. The context has to be one that can end: otherwise ReverseProxy cancels the call
			// when the client's connection closes, and an update that was carried out isn't counted.
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(context.WithoutCancel(ctx))
			defer cancel()
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r.WithContext(ctx))
	})}
	go func() { _ = b.server.Serve(listener) }() // until close
	return b, nil
}

type callKey struct{}

func (b *box) url() string { return "http://" + b.Addr().String() }

func (b *box) close() error { return b.server.Close() }
