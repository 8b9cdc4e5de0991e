package lab_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/telemetry"
)

// backend is an exporter whose backend takes its time, or fails.
type backend struct {
	delay time.Duration
	hangs bool // until the export's time is up
	err   error
}

func (e backend) ExportSpans(ctx context.Context, _ []sdktrace.ReadOnlySpan) error {
	if e.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if e.delay > 0 {
		select {
		case <-time.After(e.delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return e.err
}

func (backend) Shutdown(context.Context) error { return nil }

// taken counts the spans that an exporter exports.
type taken struct {
	sdktrace.SpanExporter
	spans atomic.Int64
}

func (e *taken) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		e.spans.Add(int64(len(spans)))
	}
	return err
}

// onNetwork returns an exporter over OTLP and gRPC to a backend that handles each export by a
// function, without a port. Without a function, nothing listens.
func onNetwork(answer func(context.Context) error) func(*testing.T) sdktrace.SpanExporter {
	return func(t *testing.T) sdktrace.SpanExporter {
		network := fakes.NewNetwork()
		if answer != nil {
			listener, err := network.Listen("backend")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(serveOTLP(listener, answer))
		}
		conn, err := grpc.NewClient("passthrough:///backend", grpc.WithContextDialer(network.Dial),
			grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithGRPCConn(conn))
		if err != nil {
			t.Fatal(err)
		}
		return exporter
	}
}

// overHTTP returns an exporter over OTLP and HTTP to a backend that answers with a status, and with
// the time to come back if there is one.
func overHTTP(status int, retryAfter string) func(*testing.T) sdktrace.SpanExporter {
	return func(t *testing.T) sdktrace.SpanExporter {
		network := fakes.NewNetwork()
		listener, err := network.Listen("backend")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if retryAfter != "" {
					w.Header().Set("Retry-After", retryAfter)
				}
				w.WriteHeader(status)
			}),
			ReadHeaderTimeout: time.Minute,
		}
		go func() { _ = server.Serve(listener) }() // until Close
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return network.Dial(ctx, "backend")
		}}
		t.Cleanup(func() {
			transport.CloseIdleConnections()
			_ = server.Close()
		})
		exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint("backend"), otlptracehttp.WithInsecure(),
			otlptracehttp.WithHTTPClient(&http.Client{Transport: transport, Timeout: 10 * time.Second}))
		if err != nil {
			t.Fatal(err)
		}
		return exporter
	}
}

// In a bubble, time passes only when something waits. Requests wait for nothing but each other,
// whatever the backend does, also when the queue is full; what it loses is counted, to the last
// span, and logged once a minute.
func TestBackendNeverSlowsARequest(t *testing.T) {
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "256")
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "64")
	const requests, minutes = 60, 3 // of seven spans
	stub := func(b backend) func(*testing.T) sdktrace.SpanExporter {
		return func(*testing.T) sdktrace.SpanExporter { return b }
	}
	for _, tt := range []struct {
		reason  string
		backend func(*testing.T) sdktrace.SpanExporter
		losses  bool
	}{
		{"it takes everything", stub(backend{}), false},
		{"it is slow", stub(backend{delay: 20 * time.Second}), true},
		{"it hangs", stub(backend{hangs: true}), true},
		{"it is down", stub(backend{err: errors.New("connection refused")}), true},
		{"nothing listens", onNetwork(nil), true},
		{"it never answers", onNetwork(hang), true},
		{"it is unavailable", onNetwork(refuse(codes.Unavailable, 0)), true},
		{"it is unavailable, and says for how long", onNetwork(refuse(codes.Unavailable, 20*time.Second)), true},
		{"it has no room", onNetwork(refuse(codes.ResourceExhausted, 0)), true},
		{"it has no room, and says for how long", onNetwork(refuse(codes.ResourceExhausted, 20*time.Second)), true},
		{"429", overHTTP(http.StatusTooManyRequests, ""), true},
		{"429, and says for how long", overHTTP(http.StatusTooManyRequests, "20"), true},
		{"503", overHTTP(http.StatusServiceUnavailable, ""), true},
		{"503, and says for how long", overHTTP(http.StatusServiceUnavailable, "3600"), true},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				exporter, ended := &taken{SpanExporter: tt.backend(t)}, tracetest.NewSpanRecorder()
				l := start(t, lab.Config{SkipRecording: true, Telemetry: telemetry.Config{
					Exporters:   []sdktrace.SpanExporter{exporter},
					Processors:  []sdktrace.SpanProcessor{ended},
					ErrorLogger: slog.New(slog.NewTextHandler(&log, nil)),
				}})
				for range minutes {
					for range requests {
						began := time.Now()
						r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/tasks", strings.NewReader(`{"title":"x"}`))
						r.Header.Set("Content-Type", "application/json")
						w := httptest.NewRecorder()
						l.Handler().ServeHTTP(w, r)
						if took := time.Since(began); took > 0 || w.Code != http.StatusCreated {
							t.Fatalf("status %d after %s, want 201 at once", w.Code, took)
						}
						synctest.Wait() // for the exporter, which may lack a processor
					}
					time.Sleep(time.Minute) // of the bubble
				}
				// Not a multiple of what a backend takes, or an export ends at the same instant.
				ctx, cancel := context.WithTimeout(t.Context(), 47*time.Second)
				defer cancel()
				err := l.Close(ctx)
				if (err != nil) != tt.losses {
					t.Errorf("close: %v, want losses: %t", err, tt.losses)
				}
				if got, all := exporter.spans.Load()+lossesIn(t, err), int64(len(ended.Ended())); got != all {
					t.Errorf("of %d spans, %d were exported or are in %q", all, got, err)
				}
				time.Sleep(10 * time.Minute) // the SDK goes on by itself with what is in its queue
				synctest.Wait()              // for the race detector: the log is complete
				if records := wantMinutesApart(t, log.String()); (records > 0) != tt.losses {
					t.Errorf("%d log records, want some: %t", records, tt.losses)
				}
			})
		})
	}
}

// lossesIn returns how many spans are lost by the error of a shutdown.
func lossesIn(t *testing.T, err error) (lost int64) {
	t.Helper()
	if err == nil {
		return 0
	}
	for _, match := range regexp.MustCompile(`export spans: (\d+) were`).FindAllStringSubmatch(err.Error(), -1) {
		n, err := strconv.ParseInt(match[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		lost += n
	}
	return lost
}

// wantMinutesApart checks that equal messages of a log are a minute apart, and returns how many it
// has.
func wantMinutesApart(t *testing.T, log string) (records int) {
	t.Helper()
	last := map[string]time.Time{}
	for line := range strings.Lines(log) {
		records++
		var at, message string
		if _, err := fmt.Sscanf(line, "time=%s level=ERROR msg=%q", &at, &message); err != nil {
			t.Fatalf("read %q: %v", line, err)
		}
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if before, found := last[message]; found && now.Sub(before) < time.Minute {
			t.Errorf("%q comes again after %s", message, now.Sub(before))
		}
		last[message] = now
	}
	return records
}

// overGRPC returns a mode in which spans are exported over OTLP to an address.
func overGRPC(b *testing.B, name, address string, lossy bool) benchMode {
	return benchMode{name: name, lossy: lossy, config: func() lab.Config {
		exporter, err := otlptracegrpc.New(b.Context(), otlptracegrpc.WithEndpoint(address), otlptracegrpc.WithInsecure())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = exporter.Shutdown(context.Background()) }) // which ends its exports
		return lab.Config{
			SkipRecording: true, Telemetry: telemetry.Config{Exporters: []sdktrace.SpanExporter{exporter}},
		}
	}}
}

// receive returns the address of a backend that handles each export by a function.
func receive(b *testing.B, answer func(context.Context) error) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(serveOTLP(listener, answer))
	return listener.Addr().String()
}

// serveOTLP serves a backend that handles each export by a function, until stop is called.
func serveOTLP(listener net.Listener, answer func(context.Context) error) (stop func()) {
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&emptypb.Empty{}); err != nil { // its fields are unknown
			return err
		}
		if err := answer(stream.Context()); err != nil {
			return err
		}
		return stream.SendMsg(&emptypb.Empty{})
	}))
	go func() { _ = server.Serve(listener) }() // until Stop
	return server.Stop
}

func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// refuse returns an answer that is an error, with the time to come back if there is one.
func refuse(code codes.Code, retryAfter time.Duration) func(context.Context) error {
	refusal := status.New(code, "later")
	if retryAfter > 0 {
		var err error
		refusal, err = refusal.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)})
		if err != nil {
			panic(err) // the code is OK
		}
	}
	return func(context.Context) error { return refusal.Err() }
}

// BenchmarkBackend reports what requests cost when spans go to a backend over OTLP and gRPC, and
// when that is down, never answers, or refuses, as ratios to a system whose spans go nowhere.
func BenchmarkBackend(b *testing.B) {
	down, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	if err := down.Close(); err != nil {
		b.Fatal(err)
	}
	none := benchModes[len(benchModes)-1]
	none.name = "none"
	compareModes(b, []benchMode{
		none,
		overGRPC(b, "up", receive(b, func(context.Context) error { return nil }), false),
		overGRPC(b, "down", down.Addr().String(), true),
		overGRPC(b, "hanging", receive(b, hang), true),
		overGRPC(b, "refusing", receive(b, refuse(codes.Unavailable, 0)), true),
	})
}
