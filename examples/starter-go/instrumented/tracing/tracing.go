// Package tracing instruments the three services. Each of its functions is a piece of the
// instrumentation, and Start sets up what they have in common.
package tracing

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
)

// The pieces that the variable WITHOUT can leave out, to see which items of the checklist need
// them: WITHOUT=grpc,link.
const (
	pieceHTTP       = "http"       // the gateway's SERVER span
	pieceGRPC       = "grpc"       // the spans of the calls between gateway and task service
	pieceAWS        = "aws"        // the spans of the calls of DynamoDB and SQS
	pieceInject     = "inject"     // the context in the message
	pieceAttributes = "attributes" // the request for the message's attributes
	pieceProcess    = "process"    // the span of processing
	pieceKind       = "kind"       // its kind, CONSUMER
	pieceLink       = "link"       // its link to the send
)

var pieces = []string{
	pieceHTTP, pieceGRPC, pieceAWS, pieceInject, pieceAttributes, pieceProcess, pieceKind, pieceLink,
}

// without reports whether a piece is left out.
func without(piece string) bool { return slices.Contains(leftOut(), piece) }

func leftOut() []string {
	return strings.FieldsFunc(os.Getenv("WITHOUT"), func(r rune) bool { return r == ',' })
}

// Start sets up the exporter, the SDK and the propagator. OTEL_SERVICE_NAME is the name of the
// service, and OTEL_EXPORTER_OTLP_ENDPOINT where its spans go. Call the function that it returns at
// the end: it exports the spans that are left.
func Start(ctx context.Context) (stop func(), err error) {
	for _, piece := range leftOut() {
		if !slices.Contains(pieces, piece) {
			return nil, fmt.Errorf("WITHOUT: unknown piece %q: want some of %s", piece, strings.Join(pieces, ","))
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return func() {
		// The context of the program has ended by now.
		if err := provider.Shutdown(context.Background()); err != nil {
			otel.Handle(err)
		}
	}, nil
}

// Handler returns a handler with a SERVER span for each request, named after the route.
func Handler(next http.Handler) http.Handler {
	if without(pieceHTTP) {
		return next
	}
	return otelhttp.NewHandler(next, "gateway")
}

// Client returns the option of a gRPC client that has a CLIENT span for each call, and sends the
// context along.
func Client() grpc.DialOption { return grpc.WithStatsHandler(handler(otelgrpc.NewClientHandler)) }

// Server returns the option of a gRPC server that has a SERVER span for each call.
func Server() grpc.ServerOption { return grpc.StatsHandler(handler(otelgrpc.NewServerHandler)) }

// handler returns a stats handler; gRPC ignores one that is nil.
func handler(make func(...otelgrpc.Option) stats.Handler) stats.Handler {
	if without(pieceGRPC) {
		return nil
	}
	return make()
}
