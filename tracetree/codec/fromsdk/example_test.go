package fromsdk_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/tracetree/codec/fromsdk"
)

func ExampleSpans() {
	recorder := tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder), sdktrace.WithSampler(sdktrace.AlwaysSample()))
	_, order := tp.Tracer("shop").Start(context.Background(), "order")
	order.End()
	for _, span := range fromsdk.Spans(recorder.Ended()) {
		fmt.Println(span.Name, span.Kind, span.Status)
	}
	// Output: order internal unset
}
