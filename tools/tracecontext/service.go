package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/metric/noop"

	"tracelab/telemetry"
)

// What a request may ask for. The suite asks for three calls at most, each a request of a second or
// less.
const (
	maxBody  = 64 << 10 // bytes; also bounds how deep calls of the service to itself nest
	maxCalls = 100
	within   = 10 * time.Second
)

// A call is what the suite wants the service to do: POST the arguments to the URL.
type call struct {
	URL       string          `json:"url"`
	Arguments json.RawMessage `json:"arguments"`
}

// newService returns the handler of POST /test, with the tracing of the gateway. It calls only this
// machine, unless it may call any host.
func newService(anyHost bool) http.Handler {
	tracing := telemetry.NewPipeline(telemetry.Config{}).Service("tracecontext")
	traced := []otelhttp.Option{
		otelhttp.WithTracerProvider(tracing.TracerProvider),
		otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(telemetry.HTTPEdge(tracing.Propagator)),
	}
	dialer := &net.Dialer{Control: onlyLoopback}
	if anyHost {
		dialer.Control = nil
	}
	s := service{&http.Client{
		// A proxy would be called in place of the URL, and would be another one to pass on the headers.
		Transport:     otelhttp.NewTransport(&http.Transport{DialContext: dialer.DialContext}, traced...),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /test", s.test)
	return otelhttp.NewMiddleware("", traced...)(mux)
}

// onlyLoopback refuses to connect to another machine. It sees the address that a name has been
// resolved to.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err != nil || !to.Addr().IsLoopback() {
		return fmt.Errorf("%s is another machine: start with -any-host to call it", address)
	}
	return nil
}

type service struct{ client *http.Client }

// test makes the calls one after the other, and answers when all have been made. The first that
// fails is the last.
func (s service) test(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), within)
	defer cancel()
	calls, err := readCalls(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		status := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, err.Error(), status)
		return
	}
	for i, c := range calls {
		if err := s.call(ctx, c); err != nil {
			http.Error(w, fmt.Sprintf("call %d of %d: %v", i+1, len(calls), err), http.StatusBadGateway)
			return
		}
	}
	fmt.Fprintf(w, "made %d calls\n", len(calls))
}

// readCalls reads a JSON list of calls.
func readCalls(body io.Reader) ([]call, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	var calls []call
	if err := json.Unmarshal(text, &calls); err != nil || calls == nil {
		return nil, errors.Join(errors.New(`want a JSON list of {"url": …, "arguments": […]}`), err)
	}
	if len(calls) > maxCalls {
		return nil, fmt.Errorf("%d calls, want at most %d", len(calls), maxCalls)
	}
	for i, c := range calls {
		to, err := url.Parse(c.URL)
		if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
			return nil, fmt.Errorf("url of call %d is %q, want an absolute one of HTTP", i+1, c.URL)
		}
		if len(c.Arguments) == 0 {
			calls[i].Arguments = json.RawMessage("[]")
		}
	}
	return calls, nil
}

// call posts the arguments of one call. Any answer but a failure is good: the suite looks at what
// it was sent.
func (s service) call(ctx context.Context, c call) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(c.Arguments))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	// The rest of a body is read so that the connection can be used again.
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxBody))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("POST %s: %s", c.URL, response.Status)
	}
	return nil
}
