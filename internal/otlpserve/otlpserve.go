// Package otlpserve answers the trace service of OTLP over HTTP and gRPC, as the OTLP specification
// has it. The endpoint of tests and the live receiver share it; they decide what becomes of the
// spans, and within which limits.
package otlpserve

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc/codes"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// Path is where traces are posted.
const Path = "/v1/traces"

// Config holds what the server of a trace service is made of.
type Config struct {
	// Export takes the spans of a request, and may keep them. It is required, and may be called by
	// several goroutines at a time.
	Export func(ctx context.Context, spans []tracetree.Span) Outcome
	// MaxBody is the largest request in bytes, compressed and not. It is required.
	MaxBody int64
	// Memory limits the bytes that all requests take together until Export returns. If nil, there
	// is no limit. It needs room for one request of MaxBody, see [MemoryFor].
	Memory *semaphore.Weighted
	// Timeout is how long a request over gRPC may take to arrive, 0 for no limit. For HTTP, set it
	// on the [http.Server].
	Timeout time.Duration
	// Answered, if it isn't nil, is called after each request. It may be called by several
	// goroutines at a time.
	Answered func(Answer)
}

// Outcome is what became of the spans of a request. The zero Outcome is for success.
type Outcome struct {
	Rejected int64  // the number of spans that were not taken
	Message  string // why, for people
	// Unavailable is set if nothing was taken because there is no room now: the client tries again
	// later.
	Unavailable error
}

// Answer describes how a request was answered.
type Answer struct {
	Protocol string // http/protobuf, http/json, http or grpc
	Code     string // the HTTP status, or the gRPC code
	Bytes    int    // of the request after decompression, if it was read
	// Problem describes the request and why it was refused; "" if it was not.
	Problem string
}

// Server answers requests. Its methods are safe for concurrent use.
type Server struct {
	config   Config
	buffers  sync.Pool // of *bytes.Buffer
	unzips   sync.Pool // of *gzip.Reader
	decoders sync.Pool // of *codec.RequestDecoder
}

// New returns a server.
func New(config Config) *Server {
	return &Server{
		config:   config,
		buffers:  sync.Pool{New: func() any { return new(bytes.Buffer) }},
		unzips:   sync.Pool{New: func() any { return new(gzip.Reader) }},
		decoders: sync.Pool{New: func() any { return codec.NewRequestDecoder() }},
	}
}

// decoded is how much memory decoding a request takes, as a multiple of its bytes.
const decoded = 6

// MemoryFor returns the memory that a request of the given size takes.
func MemoryFor(bytes int64) int64 { return bytes * (1 + decoded) }

// refusal is an error with the codes of the answer.
type refusal struct {
	status int
	code   codes.Code
	retry  time.Duration // after which the client may try again; 0 if that is no use
	cause  error
}

func (r *refusal) Error() string { return r.cause.Error() }

func (r *refusal) Unwrap() error { return r.cause }

func refuse(status int, code codes.Code, format string, args ...any) error {
	return &refusal{status: status, code: code, cause: fmt.Errorf(format, args...)}
}

// asRefusal returns the refusal that an error is, by default that of a request that can't be read.
func asRefusal(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	return &refusal{status: http.StatusBadRequest, code: codes.InvalidArgument, cause: err}
}

// retryAfter is when a client should try again after an overload.
const retryAfter = time.Second

func overloaded(err error) error {
	return &refusal{http.StatusServiceUnavailable, codes.Unavailable, retryAfter, err}
}

// memory is what one request takes of [Config.Memory].
type memory struct {
	of    *semaphore.Weighted
	taken int64
}

// patience is how long a request waits for memory. Others are usually done sooner.
const patience = time.Second

var errMemory = errors.New("too many requests at a time: try again later")

// reserve takes memory up to a total, or returns an overload. Only the first call of a request
// waits: requests that have some and wait for more would wait for each other.
func (m *memory) reserve(ctx context.Context, total int64) error {
	n := total - m.taken
	if m.of == nil || n <= 0 {
		return nil
	}
	if !m.of.TryAcquire(n) {
		if m.taken > 0 {
			return overloaded(errMemory)
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if m.of.Acquire(ctx, n) != nil {
			return overloaded(errMemory)
		}
	}
	m.taken += n
	return nil
}

func (m *memory) release() {
	if m.of != nil {
		m.of.Release(m.taken)
	}
	m.taken = 0
}

// export decodes a request and hands its spans on.
func (s *Server) export(ctx context.Context, body []byte,
	decode func(*Server, []byte) ([]tracetree.Span, error),
) (Outcome, error) {
	spans, err := decode(s, body)
	if err != nil {
		return Outcome{}, fmt.Errorf("read traces: %w", err)
	}
	outcome := s.config.Export(ctx, spans)
	if outcome.Unavailable != nil {
		return Outcome{}, overloaded(outcome.Unavailable)
	}
	return outcome, nil
}

func (s *Server) answered(a Answer) {
	if s.config.Answered != nil {
		s.config.Answered(a)
	}
}

// expected is the memory to reserve for a request before it is read, by its likely size: a
// reservation that turns out to be too small may not be extended.
func (s *Server) expected(size int64) int64 {
	const usual = 256 << 10
	return MemoryFor(min(s.config.MaxBody, max(size, usual)))
}
