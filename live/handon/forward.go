package handon

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"tracelab/internal/redact"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// The bounds of a [Forwarder], in spans.
const (
	DefaultQueue = 1 << 16
	maxBatch     = 2048
)

// ForwardConfig holds what a forwarder is made of. Only URL is required.
type ForwardConfig struct {
	// URL is the backend's OTLP endpoint: http:// or https:// for HTTP, grpc:// or grpcs:// for
	// gRPC. The variables OTEL_EXPORTER_OTLP_HEADERS and the like hold for it as for any exporter.
	URL string
	// Queue is the largest number of spans that wait, 0 for [DefaultQueue].
	Queue int
	// Log gets what goes wrong; nil for none.
	Log *slog.Logger
}

// Forwarder hands spans on to a backend over OTLP. Add never waits: spans for which the queue has
// no room are dropped and counted. Uploads that fail are repeated for about a minute. It is safe
// for concurrent use.
type Forwarder struct {
	config ForwardConfig
	client otlptrace.Client

	mu      sync.Mutex
	queue   [][]tracetree.Span
	stats   ForwardStats
	wake    chan struct{} // has room for one
	closing chan struct{}
	done    chan struct{}
	stop    context.CancelFunc // of what is under way
}

// ForwardStats are the figures of a forwarder: numbers of spans.
type ForwardStats struct {
	Sent    int64
	Waiting int64
	// Dropped spans did not fit into the queue; Failed ones could not be sent.
	Dropped, Failed int64
}

// Forward returns a forwarder that runs until Close.
func Forward(ctx context.Context, config ForwardConfig) (*Forwarder, error) {
	config.Queue = cmp.Or(config.Queue, DefaultQueue)
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	client, err := clientOf(config.URL)
	if err != nil {
		return nil, err
	}
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("forward to %s: %w", config.URL, err)
	}
	f := &Forwarder{
		config: config, client: client,
		wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
	}
	ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	go f.run(ctx)
	return f, nil
}

// clientOf returns the client for a URL.
func clientOf(text string) (otlptrace.Client, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("forward to %.200q: want a URL such as http://localhost:4318 or grpc://localhost:4317", text)
	}
	retry := otlptracehttp.RetryConfig{
		Enabled: true, InitialInterval: 500 * time.Millisecond, MaxInterval: 10 * time.Second, MaxElapsedTime: time.Minute,
	}
	switch u.Scheme {
	case "http", "https":
		if strings.Trim(u.Path, "/") == "" {
			u.Path = "/v1/traces"
		}
		return otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(u.String()), otlptracehttp.WithRetry(retry),
			otlptracehttp.WithCompression(otlptracehttp.GzipCompression)), nil
	case "grpc", "grpcs":
		u.Scheme = map[string]string{"grpc": "http", "grpcs": "https"}[u.Scheme]
		return otlptracegrpc.NewClient(otlptracegrpc.WithEndpointURL(u.String()),
			otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig(retry)), otlptracegrpc.WithCompressor("gzip")), nil
	default:
		return nil, fmt.Errorf("forward to %.200q: found the scheme %q, want http, https, grpc or grpcs", text, u.Scheme)
	}
}

// Add puts spans into the queue, and keeps them until they are sent.
func (f *Forwarder) Add(spans []tracetree.Span) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if int(f.stats.Waiting)+len(spans) > f.config.Queue {
		f.stats.Dropped += int64(len(spans))
		return
	}
	f.queue = append(f.queue, spans)
	f.stats.Waiting += int64(len(spans))
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Stats returns the figures as they are now.
func (f *Forwarder) Stats() ForwardStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats
}

// Close sends what waits, until ctx ends, and returns an error if spans were lost. Close it once.
func (f *Forwarder) Close(ctx context.Context) error {
	close(f.closing)
	select {
	case <-f.done:
	case <-ctx.Done():
		f.stop()
		<-f.done
	}
	f.stop()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err := f.client.Stop(stopping)
	s := f.Stats()
	if lost := s.Dropped + s.Failed + s.Waiting; lost > 0 {
		return fmt.Errorf("forward to %s: %d of %d spans were not sent: %d had no room in the queue, %d could not be sent",
			f.config.URL, lost, lost+s.Sent, s.Dropped, s.Failed+s.Waiting)
	}
	return err
}

func (f *Forwarder) run(ctx context.Context) {
	defer close(f.done)
	for {
		for batch := f.take(); len(batch) > 0; batch = f.take() {
			f.upload(ctx, batch)
		}
		select {
		case <-f.wake:
			continue
		case <-f.closing:
		}
		select {
		case <-f.wake: // spans came at the same time
		default:
			return
		}
	}
}

// take returns the next spans, without taking them out of the count of those that wait.
func (f *Forwarder) take() []tracetree.Span {
	f.mu.Lock()
	defer f.mu.Unlock()
	var batch []tracetree.Span
	n := 0
	for ; n < len(f.queue) && (n == 0 || len(batch)+len(f.queue[n]) <= maxBatch); n++ {
		batch = append(batch, f.queue[n]...)
		f.queue[n] = nil
	}
	f.queue = f.queue[n:]
	return batch
}

func (f *Forwarder) upload(ctx context.Context, batch []tracetree.Span) {
	traces, err := toProto(batch)
	if err == nil {
		err = f.client.UploadTraces(ctx, traces)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats.Waiting -= int64(len(batch))
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "OTLP partial success"): // its type is internal
		f.config.Log.Warn("the backend didn't take all spans", "backend", f.config.URL, "error", redact.Text(err.Error()))
	default:
		f.stats.Failed += int64(len(batch))
		f.config.Log.Error("spans were not forwarded", "backend", f.config.URL, "spans", len(batch),
			"error", redact.Text(err.Error()))
		return
	}
	f.stats.Sent += int64(len(batch))
}

// toProto converts spans to the messages of the exporters' clients.
func toProto(spans []tracetree.Span) ([]*tracepb.ResourceSpans, error) {
	body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(codec.ToPData(spans))
	if err != nil {
		return nil, err
	}
	var data tracepb.TracesData
	if err := proto.Unmarshal(body, &data); err != nil {
		return nil, err
	}
	return data.ResourceSpans, nil
}
