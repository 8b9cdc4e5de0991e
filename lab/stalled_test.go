package lab_test

import (
	"bufio"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/fakes"
	"tracelab/lab"
)

// A request whose body stalls is answered within the gateway's timeout.
func TestStalledBodyIsAnsweredInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, lab.Config{})
		network := fakes.NewNetwork()
		listener, err := network.Listen(lab.Gateway)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: l.Handler()} // nothing but the handler limits how long a body may take
		go server.Serve(listener)
		defer server.Close()
		conn, err := network.Dial(t.Context(), lab.Gateway)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		began := time.Now()
		fmt.Fprintf(conn,
			"POST /tasks HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", lab.Gateway)
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
