package fakes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"google.golang.org/grpc/test/bufconn"
)

// connBuffer is the size in bytes of a connection's buffer in each direction, that of a usual
// socket.
const connBuffer = 64 << 10

// Network is an in-memory network of named listeners over bufconn. Its connections are in-process
// pipes without ports, latency or loss, and they work inside a testing/synctest bubble.
//
// A Network is safe for concurrent use.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	closed    bool
}

// NewNetwork returns a network with no listeners.
func NewNetwork() *Network { return &Network{listeners: map[string]*listener{}} }

// Listen makes a listener that Dial finds by name until it is closed. A name that is in use is an
// error, as is a closed network.
func (n *Network) Listen(name string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.closed:
		return nil, opError("listen", name, net.ErrClosed)
	case name == "":
		return nil, opError("listen", name, errors.New("empty name"))
	case n.listeners[name] != nil:
		return nil, opError("listen", name, errors.New("name already in use"))
	}
	l := &listener{Listener: bufconn.Listen(connBuffer), network: n, name: addr(name)}
	n.listeners[name] = l
	return l, nil
}

// Dial connects to the listener called name. It waits until the listener accepts, or until ctx
// ends. A name without a listener is an error, as a refused connection would be.
func (n *Network) Dial(ctx context.Context, name string) (net.Conn, error) {
	n.mu.Lock()
	l, closed := n.listeners[name], n.closed
	n.mu.Unlock()
	switch {
	case closed:
		return nil, opError("dial", name, net.ErrClosed)
	case l == nil:
		return nil, opError("dial", name, errors.New("nothing listens on this name"))
	}
	c, err := l.DialContext(ctx)
	if err != nil && ctx.Err() == nil {
		err = net.ErrClosed // bufconn has no error value of its own for a closed listener
	}
	if err != nil {
		return nil, opError("dial", name, err)
	}
	return newConn(c, addr("client"), l.name), nil
}

// Close closes every listener and refuses new ones. Connections stay open: they belong to their two
// ends.
func (n *Network) Close() error {
	n.mu.Lock()
	listeners := n.listeners
	n.listeners, n.closed = nil, true
	n.mu.Unlock()
	var errs []error
	for _, l := range listeners {
		errs = append(errs, l.Listener.Close())
	}
	return errors.Join(errs...)
}

func opError(op, name string, err error) error {
	return &net.OpError{Op: op, Net: addr("").Network(), Addr: addr(name), Err: err}
}

type listener struct {
	*bufconn.Listener
	network *Network
	name    addr
}

// Accept's error after Close is net.ErrClosed, which servers know as the end.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, opError("accept", string(l.name), net.ErrClosed)
	}
	return newConn(c, l.name, addr("client")), nil
}

func (l *listener) Addr() net.Addr { return l.name }

func (l *listener) Close() error {
	l.network.mu.Lock()
	if l.network.listeners[string(l.name)] == l {
		delete(l.network.listeners, string(l.name))
	}
	l.network.mu.Unlock()
	if err := l.Listener.Close(); err != nil {
		return fmt.Errorf("close listener %s: %w", l.name, err)
	}
	return nil
}

// addr is a name on a Network.
type addr string

func (addr) Network() string  { return "bufconn" }
func (a addr) String() string { return string(a) }
