package lab_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

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

// In a bubble, time passes only when something waits. Requests wait for nothing but each other,
// whatever the backend does, also when the queue is full; what it loses is counted, and logged once
// a minute.
func TestBackendNeverSlowsARequest(t *testing.T) {
	const requests, minutes = 400, 2 // of seven spans, for a queue of 2048
	for _, tt := range []struct {
		reason  string
		backend backend
		losses  bool
	}{
		{"it takes everything", backend{}, false},
		{"it is slow", backend{delay: 20 * time.Second}, true},
		{"it hangs", backend{hangs: true}, true},
		{"it is down", backend{err: errors.New("connection refused")}, true},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				l := start(t, lab.Config{SkipRecording: true, Telemetry: telemetry.Config{
					Exporters:   []sdktrace.SpanExporter{tt.backend},
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
					}
					time.Sleep(time.Minute) // of the bubble
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := l.Close(ctx)
				if (err != nil) != tt.losses {
					t.Errorf("close: %v, want losses: %t", err, tt.losses)
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
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&emptypb.Empty{}); err != nil { // its fields are unknown
			return err
		}
		if err := answer(stream.Context()); err != nil {
			return err
		}
		return stream.SendMsg(&emptypb.Empty{})
	}))
	b.Cleanup(server.Stop)
	go func() { _ = server.Serve(listener) }() // until Stop
	return listener.Addr().String()
}

func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func refuse(context.Context) error { return status.Error(codes.Unavailable, "later") }

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
		overGRPC(b, "refusing", receive(b, refuse), true),
	})
}
