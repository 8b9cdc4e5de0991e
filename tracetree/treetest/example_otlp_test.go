package treetest_test

import (
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/tracetree/treetest"
)

// program stands for another process that exports its spans.
func program(t *exampleT, exporter sdktrace.SpanExporter) {
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))))
	takeOrder(t.Context(), tp)
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Fatalf("shut down: %v", err)
	}
}

func ExampleOTLP() {
	t := &exampleT{}
	defer t.end()
	endpoint := treetest.OTLP(t)
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
	endpoint := treetest.OTLP(t)
	exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(endpoint.GRPCAddr()), otlptracegrpc.WithInsecure())
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
	endpoint := treetest.OTLP(t)
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
