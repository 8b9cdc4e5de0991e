package receiver_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"

	"tracelab/live/receiver"
	"tracelab/live/store"
	"tracelab/tracetree"
)

// An exporter that tries again delivers all its spans over a restart of the receiver. Go's gRPC
// exporter tries again when nothing listens, the HTTP one when a proxy answers so.
func TestExportersDeliverOverARestart(t *testing.T) {
	for _, protocol := range []string{"http", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel() // an exporter waits before it tries again
			kept := store.New(store.Config{})
			r := receiver.New(receiver.Config{Add: func(_ context.Context, spans []tracetree.Span) (int, string) {
				added := kept.Add(spans)
				return added.Dropped, added.Problem
			}})
			l := listen(t)
			address := l.Addr().String()
			stop := serveOn(t, r, protocol, l)

			failed := make(chan struct{})
			var once sync.Once
			dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
				conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
				if err != nil {
					once.Do(func() { close(failed) })
				}
				return conn, err
			}
			proxy := httptest.NewServer(&httputil.ReverseProxy{
				Rewrite:      func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", address },
				Transport:    &http.Transport{DialContext: dial, DisableKeepAlives: true},
				ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
			})
			defer proxy.Close()
			exporter, err := otlptrace.New(t.Context(), retryingClient(protocol, proxy.URL, address, dial))
			if err != nil {
				t.Fatal(err)
			}
			if err := exporter.ExportSpans(t.Context(), numbered(1, 10)); err != nil {
				t.Fatal(err)
			}
			stop()
			exported := make(chan error, 1)
			go func() { exported <- exporter.ExportSpans(t.Context(), numbered(11, 20)) }()
			<-failed // the exporter has noticed that the receiver is gone
			l, err = net.Listen("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			stop = serveOn(t, r, protocol, l)
			if err := errors.Join(<-exported, exporter.Shutdown(t.Context())); err != nil {
				t.Error(err)
			}
			stop()
			seen := map[tracetree.SpanID]bool{}
			tree, _ := kept.Trace(tracetree.TraceID{1})
			for _, s := range tree.Forest.Spans() {
				seen[s.SpanID] = true
			}
			if len(seen) != 20 {
				t.Errorf("%d spans arrived, want 20", len(seen))
			}
		})
	}
}

func serveOn(t *testing.T, r *receiver.Receiver, protocol string, l net.Listener) (stop func()) {
	t.Helper()
	listeners := receiver.Listeners{HTTP: l}
	if protocol == "grpc" {
		listeners = receiver.Listeners{GRPC: l}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, listeners) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func retryingClient(
	protocol, proxy, address string,
	dial func(ctx context.Context, network, address string) (net.Conn, error),
) otlptrace.Client {
	retry := otlptracehttp.RetryConfig{
		Enabled: true, InitialInterval: 5 * time.Millisecond, MaxInterval: 20 * time.Millisecond, MaxElapsedTime: time.Minute,
	}
	if protocol == "grpc" {
		return otlptracegrpc.NewClient(otlptracegrpc.WithEndpoint(address), otlptracegrpc.WithInsecure(),
			otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig(retry)),
			otlptracegrpc.WithDialOption(grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
				return dial(ctx, "", "")
			})))
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(proxy+"/v1/traces"),
		otlptracehttp.WithRetry(retry), otlptracehttp.WithHTTPClient(client))
}

// numbered returns spans with the IDs from first to last.
func numbered(first, last byte) []sdktrace.ReadOnlySpan {
	var stubs tracetest.SpanStubs
	for id := first; id <= last; id++ {
		stubs = append(stubs, tracetest.SpanStub{Name: "x", SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{id}, TraceFlags: trace.FlagsSampled,
		})})
	}
	return stubs.Snapshots()
}
