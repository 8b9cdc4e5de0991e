// Package closing helps HTTP servers to end in order.
package closing

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// grace is how long a connection that was opened may wait for its first request when its server
// ends.
const grace = 250 * time.Millisecond

// Unused lets [http.Server.Shutdown] close the connections on which no request has come. Clients
// open some in reserve, and Shutdown would wait five seconds for their first request, which is
// longer than most programs wait for Shutdown. It is called before the server serves, and takes the
// server's ConnState.
func Unused(server *http.Server) {
	u := &conns{unused: make(map[net.Conn]struct{})}
	server.ConnState = u.note
	server.RegisterOnShutdown(func() { time.AfterFunc(grace, u.close) })
}

type conns struct {
	mu     sync.Mutex
	unused map[net.Conn]struct{}
}

func (u *conns) note(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if state == http.StateNew {
		u.unused[conn] = struct{}{}
	} else {
		delete(u.unused, conn)
	}
}

func (u *conns) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for conn := range u.unused {
		_ = conn.Close() // its client sees that the server has ended
	}
}
