package otlptest_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree/treetest/otlptest"
)

// exampleT replaces the *testing.T of a test.
type exampleT struct{ cleanups []func() }

func (*exampleT) Helper() {}

func (*exampleT) Errorf(format string, args ...any) { fmt.Printf(format, args...) }

func (*exampleT) Fatalf(format string, args ...any) { fmt.Printf(format, args...) }

func (t *exampleT) Cleanup(do func()) { t.cleanups = append(t.cleanups, do) }

func (*exampleT) Context() context.Context { return context.Background() }

func (t *exampleT) end() {
	for _, do := range t.cleanups {
		do()
	}
}

// takeOrder is the code that the examples test.
func takeOrder(ctx context.Context, tp trace.TracerProvider) {
	tracer := tp.Tracer("shop")
	ctx, order := tracer.Start(ctx, "order")
	defer order.End()
	_, pay := tracer.Start(ctx, "pay")
	pay.End()
}

// program replaces another process that exports its spans.
func program(t *exampleT, exporter sdktrace.SpanExporter) {
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))))
	takeOrder(t.Context(), tp)
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Fatalf("shut down: %v", err)
	}
}

func ExampleReceive() {
	t := &exampleT{}
	defer t.end()
	endpoint := otlptest.Receive(t)
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(endpoint.URL()+"/v1/traces"))
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	program(t, exporter)
	endpoint.Within(time.Minute).Expect(`
		shop: order (root)
		  shop: pay
	`)
	fmt.Println("as expected")
	// Output: as expected
}

func ExampleEndpoint_GRPCAddr() {
	t := &exampleT{}
	defer t.end()
	endpoint := otlptest.Receive(t)
	exporter, err := otlptracegrpc.New(
		t.Context(),
		otlptracegrpc.WithEndpoint(endpoint.GRPCAddr()),
		otlptracegrpc.WithInsecure(),
	)
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	program(t, exporter)
	endpoint.Within(time.Minute).Golden("testdata/order.tree")
	fmt.Println("as in the file")
	// Output: as in the file
}

func ExampleEndpoint_URL() {
	t := &exampleT{}
	defer t.end()
	endpoint := otlptest.Receive(t)
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(endpoint.URL()+"/v1/traces"))
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	program(t, exporter)
	for _, span := range endpoint.Spans() {
		fmt.Println(span.Service(), span.Kind)
	}
	// Output:
	// shop internal
	// shop internal
}

func ExampleEndpoint_Environ() {
	t := &exampleT{}
	defer t.end()
	endpoint := otlptest.Receive(t)
	// cmd.Env = append(os.Environ(), endpoint.Environ(otlptest.HTTPProtobuf)...)
	for _, variable := range endpoint.Environ(otlptest.HTTPProtobuf) {
		if strings.HasPrefix(variable, "OTEL_EXPORTER_OTLP_") {
			fmt.Println(strings.ReplaceAll(variable, endpoint.URL(), "http://127.0.0.1:…"))
		}
	}
	// Output:
	// OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:…
	// OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
	// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:…/v1/traces
	// OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf
}
