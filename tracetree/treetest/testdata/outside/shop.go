// Package shop is a service that knows nothing of the module that tests it: an HTTP server that
// asks a gRPC server, both traced by the usual instrumentation.
package shop

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// Dial connects to the stock service.
func Dial(target string, tp trace.TracerProvider) (*grpc.ClientConn, error) {
	return grpc.NewClient(target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler(
			otelgrpc.WithTracerProvider(tp),
			otelgrpc.WithPropagators(propagation.TraceContext{}),
		)))
}

// Handler serves the shop. An order asks whether the goods are in stock.
func Handler(stock *grpc.ClientConn, tp trace.TracerProvider) http.Handler {
	client := healthpb.NewHealthClient(stock)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{goods}", func(w http.ResponseWriter, r *http.Request) {
		_, err := client.Check(r.Context(), &healthpb.HealthCheckRequest{Service: r.PathValue("goods")})
		if err != nil {
			http.Error(w, "not in stock", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	return otelhttp.NewHandler(mux, "shop",
		otelhttp.WithTracerProvider(tp),
		otelhttp.WithPropagators(propagation.TraceContext{}))
}
