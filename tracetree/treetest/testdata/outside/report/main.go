// Report is a program of its own that exports its trace as the environment says.
package main

import (
	"context"
	"errors"
	"log"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return err
	}
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "report"))))
	defer func() { err = errors.Join(err, tp.Shutdown(ctx)) }()
	tracer := tp.Tracer("report")
	ctx, monthly := tracer.Start(ctx, "monthly")
	defer monthly.End()
	_, sum := tracer.Start(ctx, "sum")
	sum.End()
	return nil
}
