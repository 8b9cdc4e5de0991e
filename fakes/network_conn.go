package fakes

import (
	"errors"
	"net"
	"sync"
	"time"
)

// conn is a bufconn connection with the addresses of its two ends, and with deadlines that can be
// changed safely.
//
// A deadline of bufconn can fire after it was cleared: its timer's function may already be waiting
// for the lock when the new deadline is set. net/http clears one for every request, and would treat
// the next request as aborted. So a timeout is reported only if the current deadline has passed.
type conn struct {
	net.Conn
	local, remote addr
	read, write   deadline
}

func newConn(c net.Conn, local, remote addr) *conn {
	return &conn{Conn: c, local: local, remote: remote}
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if !c.read.stale(err, c.Conn.SetReadDeadline) {
			return n, err
		}
	}
}

func (c *conn) Write(b []byte) (int, error) {
	written := 0
	for {
		n, err := c.Conn.Write(b[written:])
		written += n
		if !c.write.stale(err, c.Conn.SetWriteDeadline) {
			return written, err
		}
	}
}

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error  { return c.read.set(t, c.Conn.SetReadDeadline) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.write.set(t, c.Conn.SetWriteDeadline) }

// deadline is the one in force; the zero time means no deadline.
type deadline struct {
	mu sync.Mutex
	at time.Time
}

func (d *deadline) set(t time.Time, apply func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = t
	return apply(t)
}

// stale reports whether err is the timeout of a deadline that is no longer in force. It then sets
// the one that is.
func (d *deadline) stale(err error, apply func(time.Time) error) bool {
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.at.IsZero() && !time.Now().Before(d.at) {
		return false
	}
	return apply(d.at) == nil
}
