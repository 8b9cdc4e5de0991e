package receiver

import (
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"tracelab/internal/otlpserve"
	"tracelab/internal/redact"
)

// Requests are a kind of answered requests.
type Requests struct {
	Protocol string // http/protobuf, http/json, http, grpc or zipkin
	Code     string // the status over HTTP, the name of the code over gRPC
}

// Stats are the figures of a receiver.
type Stats struct {
	Requests map[Requests]int64
	Bytes    int64 // of the requests that were read, without compression
	// RefusedConnections is the number of connections that were closed because there were too many.
	RefusedConnections int64
}

// Stats returns the figures as they are now.
func (r *Receiver) Stats() Stats {
	r.counts.mu.Lock()
	defer r.counts.mu.Unlock()
	return Stats{maps.Clone(r.counts.requests), r.counts.bytes, r.counts.connections}
}

// logEvery is how often problems of one kind are logged: senders repeat their mistakes.
const logEvery = 10 * time.Second

// maxProblem is the length in bytes of what is logged about a request.
const maxProblem = 500

// counts counts requests, and logs those that are refused.
type counts struct {
	log *slog.Logger

	mu          sync.Mutex
	requests    map[Requests]int64
	bytes       int64
	connections int64
	logged      map[Requests]time.Time
}

func newCounts(log *slog.Logger) counts {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return counts{log: log, requests: make(map[Requests]int64), logged: make(map[Requests]time.Time)}
}

func (c *counts) answered(a otlpserve.Answer) {
	kind := Requests{a.Protocol, a.Code}
	c.mu.Lock()
	c.requests[kind]++
	c.bytes += int64(a.Bytes)
	c.mu.Unlock()
	if a.Problem != "" {
		c.warn(kind, "request refused", a.Problem)
	}
}

func (c *counts) refused(protocol string, code int, problem string) {
	c.answered(otlpserve.Answer{Protocol: protocol, Code: strconv.Itoa(code), Problem: problem})
}

func (c *counts) refusedConnection() {
	c.mu.Lock()
	c.connections++
	c.mu.Unlock()
	c.warn(Requests{Protocol: "connection"}, "connection refused", "there are too many open connections")
}

func (c *counts) warn(kind Requests, message, problem string) {
	c.mu.Lock()
	now := time.Now()
	quiet := now.Sub(c.logged[kind]) < logEvery
	if !quiet {
		c.logged[kind] = now
	}
	c.mu.Unlock()
	if !quiet {
		// A problem may quote the request, which may have secrets, and can be long.
		problem = redact.Text(strings.ToValidUTF8(problem[:min(len(problem), maxProblem)], "\uFFFD"))
		c.log.Warn(message, "protocol", kind.Protocol, "code", kind.Code, "problem", problem)
	}
}
