package cli_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// A service answers its requests whatever its backend does. It keeps as many spans as its queue
// holds, logs the loss of the rest once, and its last message has the number of all. That no
// request is slower is a test of package lab, in virtual time.
func TestServiceWorksWithoutItsBackend(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be interrupted from outside on Windows")
	}
	const requests, spans, queue = 50, 2, 16 // of a request: the server's and the client's
	for _, tt := range []struct {
		reason  string
		backend func(t *testing.T) string
		grpc    bool
	}{
		{"nothing listens for HTTP", nowhere, false},
		{"nothing listens for gRPC", nowhere, true},
		{"it never answers over HTTP", overHTTP(0), false},
		{"it never answers over gRPC", overGRPC(nil), true},
		{"it limits the rate over HTTP", overHTTP(http.StatusTooManyRequests), false},
		{"it limits the rate over gRPC", overGRPC(status.New(codes.ResourceExhausted, "slowly")), true},
		{"it is unavailable over HTTP", overHTTP(http.StatusServiceUnavailable), false},
		{"it is unavailable over gRPC", overGRPC(status.New(codes.Unavailable, "later")), true},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			protocol := "http/protobuf"
			if tt.grpc {
				protocol = "grpc"
			}
			gateway, url := startLoneGateway(t, []string{
				"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + tt.backend(t), "OTEL_EXPORTER_OTLP_PROTOCOL=" + protocol,
				"OTEL_BSP_MAX_QUEUE_SIZE=" + strconv.Itoa(queue), "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=" + strconv.Itoa(queue/2),
			}, "--drain", "1s")
			transport := &http.Transport{}
			client := &http.Client{Transport: transport, Timeout: time.Minute}
			for range requests {
				answer, err := client.Get(url + "/tasks")
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if answer.StatusCode != http.StatusServiceUnavailable { // there is no task service
					t.Fatalf("status %d, want 503", answer.StatusCode)
				}
			}
			transport.CloseIdleConnections()
			var exit *exec.ExitError
			if err := gateway.interrupt(t); !errors.As(err, &exit) || exit.ExitCode() != 130 {
				t.Errorf("the gateway ended with %v, want 130, as an interrupt has lost spans", err)
			}
			wantLosses(t, gateway.stderr.String(), requests*spans)
		})
	}
}

// wantLosses checks what the errors of a service that ran for less than a minute have about lost
// spans: a log record of each kind at most, and then their number.
func wantLosses(t *testing.T, text string, want int) {
	t.Helper()
	log, last, found := strings.Cut(text, "export spans: ")
	if !found {
		t.Fatalf("the last message has no lost spans:\n%s", text)
	}
	dropped, failed := strings.Count(log, "spans are dropped"), strings.Count(log, "spans were not exported")
	if dropped > 1 || failed > 1 || dropped+failed == 0 {
		t.Errorf("%d log records of dropped spans, %d of failed exports, want one of each at most:\n%s", dropped, failed, log)
	}
	lost := 0
	for _, number := range regexp.MustCompile(`(\d+) were (dropped|not exported)`).FindAllStringSubmatch(last, -1) {
		n, err := strconv.Atoi(number[1])
		if err != nil {
			t.Fatal(err)
		}
		lost += n
	}
	if lost != want {
		t.Errorf("the last message has %d lost spans, want %d: %s", lost, want, last)
	}
}

// nowhere returns an address where nothing listens.
func nowhere(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}

// overHTTP returns the address of a backend that answers with a status, and with the time to come
// back; with the status 0, it never answers.
func overHTTP(code int) func(*testing.T) string {
	return func(t *testing.T) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if code == 0 {
				<-r.Context().Done()
				return
			}
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(code)
		}))
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
}

// overGRPC returns the address of a backend that answers with a status, and with the time to come
// back; with nil, it never answers.
func overGRPC(refusal *status.Status) func(*testing.T) string {
	return func(t *testing.T) string {
		var answer error
		if refusal != nil {
			detailed, err := refusal.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)})
			if err != nil {
				t.Fatal(err)
			}
			answer = detailed.Err()
		}
		server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			if answer == nil {
				<-stream.Context().Done()
			}
			return answer
		}))
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Stop)
		go func() { _ = server.Serve(listener) }() // until Stop
		return listener.Addr().String()
	}
}
