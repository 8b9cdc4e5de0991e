package lab

import (
	"bufio"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// A client that stops in the middle of a body holds its connection no longer than any other
// request.
func TestStalledBodyIsAnsweredInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, Config{})
		conn, err := l.network.Dial(t.Context(), Gateway)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		began := time.Now()
		fmt.Fprintf(conn,
			"POST /tasks HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", Gateway)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusRequestTimeout {
			t.Errorf("status %d, want 408", response.StatusCode)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s, want no more than the gateway's 10s", took)
		}
	})
}
