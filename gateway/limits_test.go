package gateway_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/gateway"
)

func TestBodiesAreLimited(t *testing.T) {
	const body = `{"title":"Buy milk"}`
	tests := []struct {
		max    int64
		length int
		status int
		reason string
	}{
		{100, 100, http.StatusCreated, "exactly at the limit"},
		{100, 101, http.StatusRequestEntityTooLarge, "one byte over it"},
		{0, 64 << 10, http.StatusCreated, "exactly at the default"},
		{0, 64<<10 + 1, http.StatusRequestEntityTooLarge, "one byte over it"},
	}
	for _, test := range tests {
		for _, declared := range []bool{true, false} {
			stub := &tasks{}
			r := create(t)
			r.Body = io.NopCloser(strings.NewReader(body + strings.Repeat(" ", test.length-len(body))))
			r.ContentLength = -1
			if declared {
				r.ContentLength = int64(test.length)
			}
			response := ask(newGateway(t, gateway.Config{Tasks: stub, MaxBody: test.max}), r)
			if response.Code != test.status || (stub.asked != nil) != (test.status == http.StatusCreated) {
				t.Errorf(
					"%d bytes (declared: %v): status %d, want %d: %s",
					test.length,
					declared,
					response.Code,
					test.status,
					test.reason,
				)
			}
			if test.status != http.StatusCreated {
				if p := wantProblem(t, response, test.status); !strings.Contains(p.Detail, "bytes") {
					t.Errorf("detail is %q", p.Detail)
				}
			}
		}
	}
}

func TestBodyThatBreaksOffIsTheClientsFault(t *testing.T) {
	r := create(t)
	r.Body = io.NopCloser(iotest.ErrReader(errors.New("connection reset")))
	p := wantProblem(t, ask(newGateway(t, gateway.Config{Tasks: &tasks{}}), r), http.StatusBadRequest)
	if p.Detail != "the body could not be read to its end" {
		t.Errorf("detail is %q", p.Detail)
	}
}

// hanging is a task service that answers when its caller gives up, as gRPC does.
func hanging() *tasks {
	return &tasks{do: func(ctx context.Context) error {
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	}}
}

func TestRequestsThatTakeTooLongAreGivenUp(t *testing.T) {
	tests := []struct {
		timeout, want time.Duration
		reason        string
	}{
		{3 * time.Second, 3 * time.Second, ""},
		{0, 10 * time.Second, "the default"},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			response := ask(newGateway(t, gateway.Config{Tasks: hanging(), Timeout: test.timeout}), create(t))
			wantProblem(t, response, http.StatusGatewayTimeout)
			if took := time.Since(started); took != test.want {
				t.Errorf("given up after %s, want %s: %s", took, test.want, test.reason)
			}
		})
	}
}

func TestTimeoutOfTheServicesOwnIsOneToo(t *testing.T) {
	for _, err := range []error{context.DeadlineExceeded, status.Error(codes.DeadlineExceeded, "slow table")} {
		p := wantProblem(t, ask(newGateway(t, gateway.Config{Tasks: failing(err)}), create(t)), http.StatusGatewayTimeout)
		if p.Detail != "" {
			t.Errorf("detail is %q", p.Detail)
		}
	}
}

func TestClientThatWentAwayIsNoFailureOfOurs(t *testing.T) {
	r := create(t)
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	p := wantProblem(t, ask(newGateway(t, gateway.Config{Tasks: hanging()}), r.WithContext(ctx)), 499)
	if p.Title != "Client Closed Request" {
		t.Errorf("title is %q", p.Title)
	}
}
