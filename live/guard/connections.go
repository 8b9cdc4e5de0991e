package guard

import (
	"net"
	"sync"
	"sync/atomic"
)

// LimitConnections returns a listener with at most n open connections. Further ones are closed at
// once, and refused is called for each: a client that waited in the queue would look like a slow
// server, and would not try again.
func LimitConnections(l net.Listener, n int, refused func()) net.Listener {
	return &limitedListener{Listener: l, free: int64(n), refused: refused}
}

type limitedListener struct {
	net.Listener
	free    int64
	open    atomic.Int64
	refused func()
}

func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= l.free {
			return &limitedConn{Conn: conn, close: sync.OnceFunc(func() { l.open.Add(-1) })}, nil
		}
		l.open.Add(-1)
		l.refused()
		_ = conn.Close() // the client notices, whatever this returns
	}
}

type limitedConn struct {
	net.Conn
	close func()
}

func (c *limitedConn) Close() error {
	c.close()
	return c.Conn.Close()
}
