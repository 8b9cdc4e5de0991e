package fakes_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/fakes"
)

func listen(t *testing.T, n *fakes.Network, name string) net.Listener {
	t.Helper()
	l, err := n.Listen(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestNetworkJoinsDialerAndListenerByName(t *testing.T) {
	n := fakes.NewNetwork()
	l := listen(t, n, "task-service")
	listen(t, n, "api-gateway")
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, err = io.WriteString(c, c.LocalAddr().String()+" to "+c.RemoteAddr().String())
			err = errors.Join(err, c.Close())
		}
		done <- err
	}()
	c, err := n.Dial(t.Context(), "task-service")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err := errors.Join(err, c.Close(), <-done, n.Close()); err != nil {
		t.Fatal(err)
	}
	if string(got) != "task-service to client" {
		t.Errorf("got %q", got)
	}
	if c.RemoteAddr().String() != "task-service" || c.LocalAddr().String() != "client" ||
		l.Addr().String() != "task-service" {
		t.Errorf("got addresses %s, %s and %s", c.RemoteAddr(), c.LocalAddr(), l.Addr())
	}
}

func TestNetworkRefusesWhatItCannotDo(t *testing.T) {
	n := fakes.NewNetwork()
	l := listen(t, n, "a")
	_, err := n.Dial(t.Context(), "b")
	wantText(t, err, "dial bufconn b: nothing listens on this name")
	_, err = n.Listen("a")
	wantText(t, err, "listen bufconn a: name already in use")
	_, err = n.Listen("")
	wantText(t, err, "empty name")
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = n.Dial(t.Context(), "a")
	wantText(t, err, "nothing listens on this name")
	listen(t, n, "a") // the name is free again
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = n.Listen("c")
	wantClosed(t, err)
	_, err = n.Dial(t.Context(), "a")
	wantClosed(t, err)
}

func wantClosed(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("got error %v, want net.ErrClosed", err)
	}
}

func TestNetworkEndsWaitingCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := fakes.NewNetwork()
		l := listen(t, n, "slow")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := n.Dial(ctx, "slow") // nothing accepts
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want %v", err, context.DeadlineExceeded)
		}

		dialled, accepted := make(chan error, 1), make(chan error, 1)
		go func() { _, err := n.Dial(t.Context(), "slow"); dialled <- err }()
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		wantClosed(t, <-dialled)

		l = listen(t, n, "idle")
		go func() { _, err := l.Accept(); accepted <- err }()
		synctest.Wait()
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		wantClosed(t, <-accepted)
	})
}

// net/http sets a deadline in the past and takes it back after every request. A read after that
// must not time out.
func TestDeadlineThatWasTakenBackDoesNotFire(t *testing.T) {
	n := fakes.NewNetwork()
	l, err := n.Listen("server")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	client, err := n.Dial(t.Context(), "server")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server := <-accepted
	defer server.Close()
	go func() { // an echo, so that each read below has to wait
		buf := make([]byte, 1)
		for {
			if _, err := server.Read(buf); err != nil {
				return
			}
			if _, err := server.Write(buf); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 1)
	for i := range 20_000 {
		if err := errors.Join(client.SetDeadline(time.Unix(1, 0)), client.SetDeadline(time.Time{})); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Write(buf); err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
		if _, err := client.Read(buf); err != nil {
			t.Fatalf("read %d: %v", i, err)
		}
	}
	if err := client.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := client.Read(buf); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("read after a deadline: %v, want a timeout", err)
	}
}
