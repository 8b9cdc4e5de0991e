package codec_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/tracetree/codec"
)

func ExampleFromSDK() {
	recorder := tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder), sdktrace.WithSampler(sdktrace.AlwaysSample()))
	_, order := tp.Tracer("shop").Start(context.Background(), "order")
	order.End()
	for _, span := range codec.FromSDK(recorder.Ended()) {
		fmt.Println(span.Name, span.Kind, span.Status)
	}
	// Output: order internal unset
}
