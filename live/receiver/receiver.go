// Package receiver receives spans from other programs: OTLP over gRPC and HTTP (protobuf and JSON,
// plain or gzip), and Zipkin's JSON, version 2. It answers as their specifications have it, and
// keeps to limits of size, memory, connections and time, so that no sender can stop it from serving
// the others.
package receiver

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"tracelab/internal/closing"
	"tracelab/internal/otlpserve"
	"tracelab/live/guard"
	"tracelab/tracetree"
)

// The default limits of [Config].
const (
	DefaultMaxBody     = 16 << 20
	DefaultMemory      = 128 << 20
	DefaultConnections = 1000
	DefaultTimeout     = 15 * time.Second
)

// The ports that exporters use by default.
const (
	GRPCPort = "4317"
	HTTPPort = "4318"
)

// drain is how long requests that have begun may take when the receiver stops.
const drain = 2 * time.Second

// maxHeader is the size of the header of a request in bytes.
const maxHeader = 16 << 10

// Config holds what a receiver is made of. Add is required.
type Config struct {
	// Add takes the spans of a request. It returns how many it didn't keep, and a message that
	// names the first of them and why; the sender gets both. With 0, the message is a warning.
	// [Session] reads the context. It may be called by several goroutines at a time, and keep the
	// spans.
	Add func(ctx context.Context, spans []tracetree.Span) (rejected int, problem string)

	MaxBody     int64         // the largest request in bytes, compressed and not; 0 for DefaultMaxBody
	Memory      int64         // for all requests together, in bytes; 0 for DefaultMemory, never too little for one request
	Connections int           // on each listener; 0 for DefaultConnections
	Timeout     time.Duration // maximum time for a request to arrive; 0 for DefaultTimeout

	// Token is required of every request if it is not empty: see package guard.
	Token string
	// Admit, if it isn't nil, reports whether the requests of a session need no token: see
	// [Session].
	Admit func(session string) bool
	// Hosts are names by which the receiver may be called over HTTP: see package guard.
	Hosts []string
	// TLS is for connections with TLS; nil for those without.
	TLS *tls.Config
	// Log gets a record for requests that are refused, at most one in ten seconds for each kind;
	// nil for none.
	Log *slog.Logger
}

// Receiver receives spans. Create one with [New]; its methods are safe for concurrent use.
type Receiver struct {
	config  Config
	otlp    *otlpserve.Server
	handler http.Handler
	counts  counts
}

// New returns a receiver, which serves when Run is called.
func New(config Config) *Receiver {
	config.MaxBody = cmp.Or(config.MaxBody, DefaultMaxBody)
	config.Memory = max(cmp.Or(config.Memory, DefaultMemory), otlpserve.MemoryFor(config.MaxBody))
	config.Connections = cmp.Or(config.Connections, DefaultConnections)
	config.Timeout = cmp.Or(config.Timeout, DefaultTimeout)
	r := &Receiver{config: config, counts: newCounts(config.Log)}
	r.otlp = otlpserve.New(otlpserve.Config{
		Export:   r.export,
		MaxBody:  config.MaxBody,
		Memory:   semaphore.NewWeighted(config.Memory),
		Timeout:  config.Timeout,
		Answered: r.counts.answered,
	})
	mux := http.NewServeMux()
	mux.Handle(otlpserve.Path, r.otlp)
	mux.HandleFunc(zipkinPath, r.zipkin)
	mux.HandleFunc("/", r.elsewhere)
	r.handler = r.withSessions(guard.Guard{
		Hosts: config.Hosts, Token: config.Token, Refuse: r.refuse,
		Admit: func(req *http.Request) bool { return r.admits(req.Context()) },
	}.Wrap(mux))
	return r
}

func (r *Receiver) export(ctx context.Context, spans []tracetree.Span) otlpserve.Outcome {
	rejected, problem := r.config.Add(ctx, spans)
	if rejected == 0 {
		return otlpserve.Outcome{Message: problem} // a warning, by the specification
	}
	return otlpserve.Outcome{
		Rejected: int64(rejected), Message: fmt.Sprintf("%d of %d spans were not kept: %s", rejected, len(spans), problem),
	}
}

// Handler returns the handler for HTTP.
func (r *Receiver) Handler() http.Handler { return r.handler }

// elsewhere answers requests to other paths. SDKs send metrics and logs too unless they are
// configured not to.
func (r *Receiver) elsewhere(w http.ResponseWriter, req *http.Request) {
	message := "want OTLP traces at " + otlpserve.Path + ", or Zipkin's JSON at " + zipkinPath
	switch {
	case strings.HasPrefix(req.URL.Path, "/test/"):
		message += "; test sessions are opened at the address of the page"
	case req.URL.Path == "/v1/metrics":
		message = "metrics are not received: want traces only, with OTEL_METRICS_EXPORTER=none"
	case req.URL.Path == "/v1/logs":
		message = "logs are not received: want traces only, with OTEL_LOGS_EXPORTER=none"
	}
	r.refuse(w, req, http.StatusNotFound, message)
}

// refuse answers a request that gets no further.
func (r *Receiver) refuse(w http.ResponseWriter, req *http.Request, code int, message string) {
	if code == http.StatusUnauthorized {
		message = r.unauthenticated(req.Context())
	}
	r.counts.refused("http", code, fmt.Sprintf("%s %s: %s", req.Method, req.URL.Path, message))
	grpcCode := map[int]codes.Code{
		http.StatusUnauthorized: codes.Unauthenticated, http.StatusForbidden: codes.PermissionDenied,
		http.StatusNotFound: codes.Unimplemented,
	}[code]
	otlpserve.WriteError(w, req, otlpserve.Refusal(code, grpcCode, message))
}

// Listeners are where a receiver listens. One that is nil is not served.
type Listeners struct{ HTTP, GRPC net.Listener }

// Run serves until ctx ends. Then it takes no further connections, finishes the requests that have
// begun, for at most two seconds, and closes the listeners.
func (r *Receiver) Run(ctx context.Context, l Listeners) error {
	var serving sync.WaitGroup
	errs := make(chan error, 2)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	run := func(serve func(context.Context) error) {
		serving.Go(func() {
			if err := serve(ctx); err != nil {
				errs <- err
				cancel() // the other one is of no use alone
			}
		})
	}
	if l.HTTP != nil {
		run(func(ctx context.Context) error { return r.serveHTTP(ctx, l.HTTP) })
	}
	if l.GRPC != nil {
		run(func(ctx context.Context) error { return r.serveGRPC(ctx, l.GRPC) })
	}
	<-ctx.Done()
	serving.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

func (r *Receiver) serveHTTP(ctx context.Context, l net.Listener) error {
	l = guard.LimitConnections(l, r.config.Connections, r.counts.refusedConnection)
	if r.config.TLS != nil {
		l = tls.NewListener(l, r.config.TLS)
	}
	server := &http.Server{
		Handler: r.handler, MaxHeaderBytes: maxHeader,
		ReadTimeout: r.config.Timeout, WriteTimeout: 2 * r.config.Timeout, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // broken connections are the senders' business
	}
	closing.Unused(server)
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		err := server.Shutdown(ctx)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		stopped <- err
	})
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("receive OTLP over HTTP: %w", errors.Join(err, server.Close()))
	}
	return <-stopped
}

func (r *Receiver) serveGRPC(ctx context.Context, l net.Listener) error {
	options := []grpc.ServerOption{
		grpc.MaxConcurrentStreams(100), grpc.MaxHeaderListSize(maxHeader), grpc.ConnectionTimeout(r.config.Timeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: 2 * time.Minute, Timeout: r.config.Timeout}),
		grpc.StreamInterceptor(r.authenticate),
	}
	if r.config.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(r.config.TLS)))
	}
	server := r.otlp.GRPC(options...)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		late := time.AfterFunc(drain, server.Stop)
		defer late.Stop()
		server.GracefulStop()
	})
	if err := server.Serve(guard.LimitConnections(l, r.config.Connections, r.counts.refusedConnection)); err != nil {
		if stop() {
			server.Stop()
			return fmt.Errorf("receive OTLP over gRPC: %w", err)
		}
	}
	<-stopped
	return nil
}

// admits reports whether a request needs no token because of its session.
func (r *Receiver) admits(ctx context.Context) bool {
	return r.config.Admit != nil && r.config.Admit(Session(ctx))
}

// unauthenticated returns the message to a sender without the token. One that names a session may
// have meant another session, which needs no token.
func (r *Receiver) unauthenticated(ctx context.Context) string {
	if name := Session(ctx); r.config.Admit != nil && name != "" {
		return fmt.Sprintf("%s, or the name of a session that needs none: found %.80q", guard.Unauthenticated, name)
	}
	return guard.Unauthenticated
}

// authenticate requires the token over gRPC.
func (r *Receiver) authenticate(
	srv any,
	stream grpc.ServerStream,
	_ *grpc.StreamServerInfo,
	handler grpc.StreamHandler,
) error {
	if r.config.Token != "" && !r.admits(stream.Context()) {
		md, _ := metadata.FromIncomingContext(stream.Context())
		header := md.Get("authorization")
		if len(header) != 1 || !guard.Bearer(header[0], r.config.Token) {
			err := status.Error(codes.Unauthenticated, r.unauthenticated(stream.Context()))
			r.counts.answered(otlpserve.Answer{Protocol: "grpc", Code: codes.Unauthenticated.String(), Problem: err.Error()})
			return err
		}
	}
	return handler(srv, stream)
}
