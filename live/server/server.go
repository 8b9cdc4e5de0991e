// Package server puts the live parts together: a receiver, a store, the file and the backend that
// spans are handed on to, and an HTTP server for whatever shows the traces.
package server

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
	"sync/atomic"
	"time"

	"tracelab/internal/closing"
	"tracelab/live/guard"
	"tracelab/live/handon"
	"tracelab/live/problem"
	"tracelab/live/receiver"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
)

// Config holds what a server is made of. The zero Config is for one that only this machine can
// reach.
type Config struct {
	Store store.Config
	// Open are paths that need no token: see [guard.Guard].
	Open []string
	// Take, if it isn't nil, takes spans before anything else gets them. It returns those that it
	// leaves to the store, how many of the others it didn't keep, and a message for their sender as
	// [receiver.Config.Add] has it. It must not change the spans.
	Take func(ctx context.Context, spans []tracetree.Span) (rest []tracetree.Span, rejected int, problem string)
	// Receiver configures the receiver, but for Add, Token, Hosts, TLS and Log, which it has from
	// the server.
	Receiver receiver.Config

	// Save is the name of a file that all spans are appended to, see [handon.File]; empty for none.
	Save string
	// Forward is the URL of a backend that gets all spans, see [handon.ForwardConfig]; empty for
	// none.
	Forward string
	// KeepSecrets saves and forwards spans with their secrets. The store masks them in any case.
	KeepSecrets bool

	// Token and Hosts protect the HTTP server and the receiver: see package guard.
	Token string
	Hosts []string
	// TLS is for connections with TLS; nil for those without.
	TLS *tls.Config
	// Connections is the number of connections to the HTTP server at one time, 0 for
	// [DefaultConnections].
	Connections int
	// Log gets what goes wrong; nil for none.
	Log *slog.Logger
}

// Server serves. Create one with [New], add handlers, then call Run.
type Server struct {
	config    Config
	store     *store.Store
	receiver  *receiver.Receiver
	file      *handon.File      // or nil
	forwarder *handon.Forwarder // or nil
	maskers   sync.Pool         // of *mask.Masker
	mux       *http.ServeMux
	onAdd     []func(ctx context.Context, spans []tracetree.Span) (warning string)
	onStop    []func(context.Context) error
	refused   atomic.Int64 // connections to the HTTP server
}

// New returns a server, with its file open and its backend's client started. Close it, or Run it,
// which closes it.
func New(ctx context.Context, config Config) (*Server, error) {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{config: config, store: store.New(config.Store), mux: http.NewServeMux()}
	s.maskers.New = func() any { return mask.New() }
	if config.Save != "" {
		file, err := handon.OpenFile(config.Save)
		if err != nil {
			return nil, fmt.Errorf("save spans: %w", err)
		}
		s.file = file
	}
	if config.Forward != "" {
		forwarder, err := handon.Forward(ctx, handon.ForwardConfig{URL: config.Forward, Log: config.Log})
		if err != nil {
			return nil, errors.Join(err, s.close(ctx))
		}
		s.forwarder = forwarder
	}
	config.Receiver.Add = s.Add
	config.Receiver.Token, config.Receiver.Hosts = config.Token, config.Hosts
	config.Receiver.TLS, config.Receiver.Log = config.TLS, config.Log
	s.receiver = receiver.New(config.Receiver)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	s.mux.HandleFunc("GET /metrics", s.serveMetrics)
	return s, nil
}

// Store returns the store of the server.
func (s *Server) Store() *store.Store { return s.store }

// Handle adds a handler for a pattern of [http.ServeMux]. A handler that writes for longer than
// [WriteTimeout], as one of server-sent events does, sets a deadline of its own for each write.
func (s *Server) Handle(pattern string, handler http.Handler) { s.mux.Handle(pattern, handler) }

// OnAdd adds what is called with all spans after the store has taken them. It may keep the spans,
// but not change them, and the context is that of [receiver.Session]. The senders of the spans get
// the warning, unless it is empty.
func (s *Server) OnAdd(add func(ctx context.Context, spans []tracetree.Span) (warning string)) {
	s.onAdd = append(s.onAdd, add)
}

// OnStop adds what Run calls when it has stopped serving, before it closes the file and the
// backend's client.
func (s *Server) OnStop(stop func(context.Context) error) { s.onStop = append(s.onStop, stop) }

// Add takes spans from any source: it saves and forwards them, and adds them to the store. It may
// change the spans, and keeps them. It returns how many were not stored, and a message about the
// first of them. It is safe for concurrent use.
func (s *Server) Add(ctx context.Context, spans []tracetree.Span) (rejected int, problem string) {
	if s.config.Take != nil {
		if spans, rejected, problem = s.config.Take(ctx, spans); len(spans) == 0 {
			return rejected, problem
		}
	}
	if !s.config.KeepSecrets && (s.file != nil || s.forwarder != nil) {
		masker := s.maskers.Get().(*mask.Masker)
		masker.Spans(spans)
		s.maskers.Put(masker)
	}
	added := s.store.Add(spans)
	if s.file != nil {
		if err := s.file.Add(spans); err != nil {
			s.config.Log.Error("spans were not saved", "spans", len(spans), "error", err)
		}
	}
	if s.forwarder != nil {
		s.forwarder.Add(spans)
	}
	for _, add := range s.onAdd {
		if warning := add(ctx, spans); added.Problem == "" {
			added.Problem = warning
		}
	}
	return rejected + added.Dropped, cmp.Or(problem, added.Problem)
}

// Listeners are where a server listens. One that is nil is not served.
type Listeners struct {
	HTTP net.Listener
	OTLP receiver.Listeners
}

// The limits of the HTTP server.
const (
	// WriteTimeout is how long a handler may take to read a request and write the response.
	WriteTimeout = 30 * time.Second
	maxHeader    = 64 << 10
	// DefaultConnections is for forty people with a page each: a browser opens up to six.
	DefaultConnections = 256
)

// drain is how long requests that have begun may take when the server stops, and again how long
// waiting spans may take to be forwarded.
const drain = 2 * time.Second

// Run serves until ctx ends. Then it finishes what has begun, within a bounded time, and returns an
// error if spans could not be saved or forwarded.
func (s *Server) Run(ctx context.Context, l Listeners) error {
	var serving sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	run := func(serve func() error) {
		serving.Go(func() {
			if err := serve(); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
				cancel()
			}
		})
	}
	if l.OTLP != (receiver.Listeners{}) {
		run(func() error { return s.receiver.Run(ctx, l.OTLP) })
	}
	if l.HTTP != nil {
		run(func() error { return s.serveHTTP(ctx, l.HTTP) })
	}
	<-ctx.Done()
	serving.Wait()
	return errors.Join(append(errs, s.close(context.WithoutCancel(ctx)))...)
}

// Handler returns the handler of the HTTP server, protected as it is served.
func (s *Server) Handler() http.Handler {
	return guard.Guard{
		Hosts: s.config.Hosts, Token: s.config.Token, Refuse: refuse,
		Open: append([]string{"/healthz"}, s.config.Open...),
	}.Wrap(s.mux)
}

// refuse answers a request that the guard refuses: a browser that opens a page gets text,
// everything else an error as the APIs have it.
func refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Error(w, message, status)
		return
	}
	problem.Write(w, problem.New(status, "%s", message))
}

func (s *Server) serveHTTP(ctx context.Context, l net.Listener) error {
	l = guard.LimitConnections(l, cmp.Or(s.config.Connections, DefaultConnections), func() { s.refused.Add(1) })
	if s.config.TLS != nil {
		l = tls.NewListener(l, s.config.TLS)
	}
	// Requests end with the server: streams of events would not end by themselves.
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: s.Handler(), MaxHeaderBytes: maxHeader, BaseContext: func(net.Listener) context.Context { return requests },
		ReadTimeout: WriteTimeout, WriteTimeout: WriteTimeout, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(s.config.Log.Handler(), slog.LevelDebug),
	}
	closing.Unused(server)
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(drain/4, cancel)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		err := server.Shutdown(ctx)
		if err != nil {
			err = server.Close() // of clients that don't read, which are dropped
		}
		stopped <- err
	})
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve HTTP: %w", errors.Join(err, server.Close()))
	}
	return <-stopped
}

// Close lets go of what New opened, if Run is not called.
func (s *Server) Close(ctx context.Context) error { return s.close(ctx) }

func (s *Server) close(ctx context.Context) error {
	var errs []error
	for _, stop := range s.onStop {
		ctx, cancel := context.WithTimeout(ctx, drain)
		errs = append(errs, stop(ctx))
		cancel()
	}
	s.onStop = nil
	if s.forwarder != nil {
		ctx, cancel := context.WithTimeout(ctx, drain)
		defer cancel()
		errs = append(errs, s.forwarder.Close(ctx))
	}
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(errs...)
}
