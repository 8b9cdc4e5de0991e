package shop

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"tracelab/tracetree"
	"tracelab/tracetree/treetest"
	"tracelab/tracetree/treetest/otlptest"
)

// newShop starts the shop and its stock, which has books only, and returns the shop's URL.
func newShop(t *testing.T, rec *treetest.Recorder) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stock := health.NewServer()
	stock.SetServingStatus("book", healthpb.HealthCheckResponse_SERVING)
	server := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler(
		otelgrpc.WithTracerProvider(rec.TracerProvider("stock")),
		otelgrpc.WithPropagators(propagation.TraceContext{}),
	)))
	healthpb.RegisterHealthServer(server, stock)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)

	tp := rec.TracerProvider("shop")
	conn, err := Dial(listener.Addr().String(), tp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	shop := httptest.NewServer(Handler(conn, tp))
	t.Cleanup(shop.Close)
	return shop.URL
}

func order(t *testing.T, url, goods string) {
	t.Helper()
	response, err := http.Post(url+"/orders/"+goods, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOrderAsksTheStock(t *testing.T) {
	t.Parallel()
	rec := treetest.Record(t)
	order(t, newShop(t, rec), "book")
	rec.Expect(`
		shop: POST /orders/{goods} (root) {http.response.status_code=201}
		  stock: /grpc.health.v1.Health/Check
	`)
	rec.Expect(`
		shop: POST /orders/{goods} (root)
		  shop: grpc.client.Check {@kind=client}
		    stock: /grpc.health.v1.Health/Check {@kind=server}
	`, tracetree.Full)
}

func TestOrderOfWhatIsNotInStockFails(t *testing.T) {
	t.Parallel()
	rec := treetest.Record(t)
	order(t, newShop(t, rec), "pen")
	rec.Expect(`
		shop: POST /orders/{goods} (root) !error {http.response.status_code=503}
		  stock: /grpc.health.v1.Health/Check
	`)
}

func TestReportIsTracedFromAnotherProcess(t *testing.T) {
	t.Parallel()
	endpoint := otlptest.Receive(t)
	cmd := exec.CommandContext(t.Context(), "go", "run", "./report")
	cmd.Env = append(os.Environ(), endpoint.Environ(otlptest.HTTPProtobuf)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	endpoint.Within(time.Minute).Expect(`
		report: monthly (root)
		  report: sum
	`)
}
