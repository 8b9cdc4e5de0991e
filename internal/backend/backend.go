// Package backend reads traces from the programs that store them: Jaeger, Grafana Tempo, and
// tracelab serve.
//
// Requests that fail because the backend is overloaded or can't be reached are repeated a few
// times. Credentials are sent to the host of the source only, and are not part of any error.
package backend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// Kind is a kind of source.
type Kind string

// The kinds of sources.
const (
	Jaeger   Kind = "jaeger"    // Jaeger's query service, version 1 or 2
	Tempo    Kind = "tempo"     // Grafana Tempo
	Tracelab Kind = "tracelab"  // tracelab serve
	OTLPFile Kind = "otlp-file" // a trace file, such as the Collector's file exporter writes
)

// Source is where traces are read from.
type Source struct {
	Kind Kind
	URL  *url.URL // of a backend; nil for a file
	Path string   // of a file
}

const wantSource = "want jaeger=URL, tempo=URL, tracelab=URL or otlp-file=PATH"

// ParseSource parses KIND=URL or otlp-file=PATH.
//
// The path of a URL is the prefix of the backend's API. That of Jaeger may end in /api/v3 or /api,
// which selects one of its APIs.
func ParseSource(text string) (Source, error) {
	kind, where, found := strings.Cut(text, "=")
	s := Source{Kind: Kind(kind)}
	switch s.Kind {
	case OTLPFile:
		if s.Path = where; where == "" {
			return s, fmt.Errorf("%.80q has no path: want otlp-file=PATH", text)
		}
		return s, nil
	case Jaeger, Tempo, Tracelab:
	default:
		// The text may be a URL with a password.
		if !found || strings.ContainsAny(kind, ":/@") {
			return s, errors.New("the source has no kind: " + wantSource)
		}
		return s, fmt.Errorf("unknown kind %.40q: %s", kind, wantSource)
	}
	u, err := url.Parse(where)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return s, fmt.Errorf("the URL of %s is not one: want http://HOST:PORT or https://HOST:PORT", kind)
	case u.User != nil:
		return s, fmt.Errorf("the URL of %s has a password or user name, which others can see: put them into %s or %s",
			kind, TokenVariable, HeadersVariable)
	case u.RawQuery != "" || u.Fragment != "":
		return s, fmt.Errorf("the URL of %s has a query or fragment: want its address alone", kind)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	s.URL = u
	return s, nil
}

// IsSource reports whether a text has the form of a source, and is not the name of a file.
func IsSource(text string) bool {
	kind, _, found := strings.Cut(text, "=")
	return found && slices.Contains([]Kind{Jaeger, Tempo, Tracelab, OTLPFile}, Kind(kind))
}

// IsFile reports whether the source is a file, which [Client.Fetch] doesn't read.
func (s Source) IsFile() bool { return s.Kind == OTLPFile }

// String returns the text that [ParseSource] reads.
func (s Source) String() string {
	if s.IsFile() {
		return string(s.Kind) + "=" + s.Path
	}
	return string(s.Kind) + "=" + s.URL.String()
}

// Query selects traces of a backend.
type Query struct {
	// TraceID selects one trace. The other fields are ignored then.
	TraceID tracetree.TraceID

	// Service and Operation select traces with a span of this service and name. Jaeger requires
	// Service.
	Service, Operation string
	// TraceQL selects the traces of Tempo, in place of Service and Operation.
	TraceQL string
	// Since and Until bound the time of the traces. Both are required.
	Since, Until time.Time
	// Limit is the largest number of traces, the newest ones; at least 1.
	Limit int
}

// Result is what was found.
type Result struct {
	// Spans are those of the traces, with their secrets, in no particular order.
	Spans []tracetree.Span
	// Warnings are about what could not be read as it is.
	Warnings []codec.Warning
	// Hint lists known names if no trace was found, or reports that the result is incomplete.
	Hint string
}

// The bounds of requests.
const (
	// requestTimeout is for one request with its answer.
	requestTimeout = 30 * time.Second
	// maxTries is the number of times that a request is sent.
	maxTries = 4
	// maxWait bounds the time for all tries of a request and the waits between them.
	maxWait = 90 * time.Second
	// maxAnswer is the largest answer in bytes, uncompressed.
	maxAnswer = 256 << 20
	// pageSize is the number of traces that are asked for at once.
	pageSize = 200
	// maxPage is the number of traces that backends return at most.
	maxPage = 1500
	// parallel is the number of requests at one time, where each trace needs one.
	parallel = 4
)

// Client reads traces from backends. It is safe for concurrent use.
type Client struct {
	config Config
	http   *http.Client
}

// Config configures a client. The zero Config is one without credentials.
type Config struct {
	Auth
	// Strict makes every bad value in an answer an error, see [codec.Reader].
	Strict bool
	// Transport sends the requests; nil for a new [http.Transport] with the usual proxies.
	Transport http.RoundTripper
}

// New returns a client. Close it after use.
func New(config Config) *Client {
	if config.Transport == nil {
		config.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: parallel,
		}
	}
	c := &Client{config: config}
	c.http = &http.Client{Transport: config.Transport, CheckRedirect: sameHost}
	return c
}

// Close closes the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// sameHost refuses redirects to other hosts: they must not get the credentials. The next try would
// be redirected too.
func sameHost(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > 5:
		return backoff.Permanent(errors.New("redirected more than five times"))
	case r.URL.Host != first.Host || r.URL.Scheme != first.Scheme:
		return backoff.Permanent(
			fmt.Errorf("redirected to another address, %s://%s: use that one", r.URL.Scheme, r.URL.Host))
	}
	return nil
}

// Fetch returns the traces of a backend that match the query. No match is not an error.
func (c *Client) Fetch(ctx context.Context, s Source, q Query) (result Result, err error) {
	switch s.Kind {
	case Jaeger:
		result, err = c.jaeger(ctx, s, q)
	case Tempo:
		result, err = c.tempo(ctx, s, q)
	case Tracelab:
		result, err = c.tracelab(ctx, s, q)
	default:
		err = errors.New("is not a backend")
	}
	if err != nil {
		return result, fmt.Errorf("%s: %w", s, err)
	}
	return result, nil
}
