// Command record runs small systems with the instrumentations of go.mod, makes one request, and
// prints every span that they record, as the SDK's stdout exporter writes them. The README lists
// the systems.
//
//	go run . aws        Echo, gRPC, DynamoDB and SQS, each as its instrumentation records it
//	go run . messages   Gin, pgx and Sarama; PostgreSQL is at $POSTGRES_URL
//	go run . kafka      no system: a Kafka broker for the other languages' programs, until standard input ends
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
)

var propagator = propagation.TraceContext{}

func main() {
	commands := map[string]func(context.Context) error{"aws": recordAWS, "messages": recordMessages, "kafka": serveKafka}
	if len(os.Args) != 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: record aws|messages|kafka")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// providers holds a provider for each service, each with an exporter to standard output.
type providers struct {
	made []*sdktrace.TracerProvider
}

func (p *providers) of(service string) *sdktrace.TracerProvider {
	exporter, err := stdouttrace.New()
	if err != nil {
		panic(err) // it has no options
	}
	of, err := resource.Merge(resource.Default(),
		resource.NewSchemaless(semconv.ServiceName(service), semconv.ServiceInstanceID(service+"-1")))
	if err != nil {
		panic(err) // two resources without conflicting schemas
	}
	made := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(of))
	p.made = append(p.made, made)
	return made
}

// flush writes the spans, those of each service together.
func (p *providers) flush(ctx context.Context) error {
	for _, made := range p.made {
		if err := made.Shutdown(ctx); err != nil {
			return err
		}
	}
	return nil
}

// listen returns a listener on a free port of this machine.
func listen() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// serve serves h until the process ends, and returns its address.
func serve(h http.Handler) (string, error) {
	l, err := listen()
	if err != nil {
		return "", err
	}
	go func() { _ = http.Serve(l, h) }()
	return l.Addr().String(), nil
}

// post makes the request of every system.
func post(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/tasks", strings.NewReader(`{"title":"Learn tracing"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		why, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s %s: %s: %s", req.Method, req.URL, answer.Status, why)
	}
	return nil
}
