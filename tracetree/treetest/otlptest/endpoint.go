// Package otlptest asserts the traces of programs in other processes, in any language, in go test:
//
//	endpoint := otlptest.Receive(t)
//	cmd := exec.CommandContext(t.Context(), "python3", "report.py")
//	cmd.Env = append(os.Environ(), endpoint.Environ(otlptest.HTTPProtobuf)...)
//	// run it
//	endpoint.Within(time.Minute).Expect(`
//		report: monthly (root)
//		  report: sum
//	`)
//
// It is apart from package treetest because it links gRPC and the Collector's pdata, which tests of
// spans in the same process don't need.
package otlptest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"

	"tracelab/internal/closing"
	"tracelab/internal/otlpserve"
	"tracelab/tracetree"
	"tracelab/tracetree/treetest"
)

// Endpoint is a recorder that receives spans over OTLP from other processes. It can record spans of
// the test's own process as well, as every [treetest.Recorder], so that one tree shows both sides
// of a call. All methods are safe for concurrent use.
//
// Spans arrive when they have ended and the other process exports them, so an expectation that
// doesn't match fails a second after the last ones came. Use Within for a process that needs longer
// to start, or exports more rarely. A request that can't be read is answered as OTLP specifies, and
// is named in the message of a failed expectation.
type Endpoint struct {
	*treetest.Recorder
	http, grpc net.Listener
}

// Protocol is one of the forms of OTLP, as OTEL_EXPORTER_OTLP_PROTOCOL names them.
type Protocol string

// The protocols, all of which an [Endpoint] accepts.
const (
	HTTPProtobuf Protocol = "http/protobuf"
	HTTPJSON     Protocol = "http/json"
	GRPC         Protocol = "grpc"
)

// maxBody is the largest request in bytes, compressed and not.
const maxBody = 64 << 20

// drain is how long requests that have begun may take after the end of the test.
const drain = 5 * time.Second

// Receive returns an endpoint for one test, on two free ports of 127.0.0.1: one for HTTP, one for
// gRPC. It accepts uncompressed and gzip requests of up to 64 MiB, and stops at the end of the
// test.
func Receive(t treetest.TB) *Endpoint {
	t.Helper()
	e := &Endpoint{Recorder: treetest.Record(t)}
	var err error
	if e.http, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatalf("listen for OTLP over HTTP: %v", err)
		return e
	}
	if e.grpc, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatalf("listen for OTLP over gRPC: %v", errors.Join(err, e.http.Close()))
		return e
	}
	service := e.service()
	web := &http.Server{Handler: service, ReadHeaderTimeout: drain}
	closing.Unused(web)
	rpc := service.GRPC()
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := web.Serve(e.http); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve OTLP over HTTP: %v", err)
		}
	})
	serving.Go(func() {
		if err := rpc.Serve(e.grpc); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			t.Errorf("serve OTLP over gRPC: %v", err)
		}
	})
	t.Cleanup(func() {
		t.Helper()
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), drain)
		defer cancel()
		if err := web.Shutdown(ctx); err != nil {
			t.Errorf("shut down OTLP over HTTP: %v", errors.Join(err, web.Close()))
		}
		rpc.Stop()
		serving.Wait()
	})
	return e
}

// service returns the trace service, which adds spans to the recorder.
func (e *Endpoint) service() *otlpserve.Server {
	return otlpserve.New(otlpserve.Config{
		MaxBody: maxBody,
		Export: func(_ context.Context, spans []tracetree.Span) otlpserve.Outcome {
			e.Add(spans...)
			return otlpserve.Outcome{}
		},
		Answered: func(a otlpserve.Answer) {
			if a.Problem != "" {
				e.Refused(a.Problem)
			}
		},
	})
}

// URL returns the base URL of OTLP over HTTP, as in http://127.0.0.1:4318. Traces are posted to
// /v1/traces below it.
func (e *Endpoint) URL() string { return "http://" + e.http.Addr().String() }

// GRPCAddr returns the host and port of OTLP over gRPC, as in 127.0.0.1:4317. The connection has no
// TLS.
func (e *Endpoint) GRPCAddr() string { return e.grpc.Addr().String() }

// Environ returns environment variables, as in [os/exec.Cmd.Env], that make an OpenTelemetry SDK of
// any language export its traces to the endpoint, ten times a second and without sampling. They win
// over those of the test's own environment when they come after them:
//
//	cmd.Env = append(os.Environ(), endpoint.Environ(otlptest.HTTPProtobuf)...)
//
// Not every SDK has every protocol; HTTPProtobuf is the most common one.
func (e *Endpoint) Environ(p Protocol) []string {
	base := e.URL()
	traces := base + "/v1/traces"
	if p == GRPC {
		base = "http://" + e.GRPCAddr() // without TLS
		traces = base
	}
	return []string{
		"OTEL_SDK_DISABLED=false",
		"OTEL_TRACES_EXPORTER=otlp",
		"OTEL_METRICS_EXPORTER=none",
		"OTEL_LOGS_EXPORTER=none",
		"OTEL_TRACES_SAMPLER=parentbased_always_on",
		"OTEL_BSP_SCHEDULE_DELAY=100",
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + base,
		"OTEL_EXPORTER_OTLP_PROTOCOL=" + string(p),
		// The variables of the one signal would win over those of all.
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + traces,
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=" + string(p),
		// A proxy can not reach 127.0.0.1 of this host, and some clients would use one.
		"NO_PROXY=" + withoutProxy("NO_PROXY"),
		"no_proxy=" + withoutProxy("no_proxy"),
	}
}

func withoutProxy(variable string) string {
	const local = "127.0.0.1"
	if others := os.Getenv(variable); others != "" {
		return others + "," + local
	}
	return local
}
