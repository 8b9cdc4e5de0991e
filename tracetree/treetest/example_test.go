package treetest_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/treetest"
)

// exampleT stands for the *testing.T of a test.
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

func ExampleRecord() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	fmt.Print(tracetree.Format(rec.Forest()))
	// Output:
	// shop: order (root)
	//   shop: pay
}

func ExampleRecorder() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	// A recorder is a span processor, for a provider that one has.
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec))
	takeOrder(t.Context(), tp)
	rec.Expect(`
		unknown_service*: order (root)
		  ...
	`)
	fmt.Println("as expected")
	// Output: as expected
}

func ExampleRecorder_TracerProvider() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	// A provider for each service: the tree shows which of them made a span.
	ctx, order := rec.TracerProvider("shop").Tracer("").Start(t.Context(), "order")
	takeOrder(ctx, rec.TracerProvider("stock"))
	order.End()
	fmt.Print(tracetree.Format(rec.Forest()))
	// Output:
	// shop: order (root)
	//   stock: order
	//     stock: pay
}

func ExampleRecorder_Expect() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	rec.Expect(`
		shop: order (root)
		  shop: pay
	`)
	fmt.Println("as expected")
	// Output: as expected
}

func ExampleRecorder_Golden() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	rec.Golden("testdata/order.tree")
	fmt.Println("as in the file")
	// Output: as in the file
}

func ExampleRecorder_Within() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	rec.Within(time.Millisecond).Expect(`
		shop: order (root)
		  shop: pay
		  shop: ship
	`)
	// Output:
	// the trace is not as expected within 1ms:
	//   shop: order (root)
	//     shop: pay
	// -   shop: ship
	// 1 span is missing.
	//
	// seen, to be pasted:
	// 		shop: order (root)
	// 		  shop: pay
}

func ExampleExpectation_Expect() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	rec.Within(time.Minute).Expect(`
		shop: order (root)
		  ...
	`)
	fmt.Println("as expected")
	// Output: as expected
}

func ExampleExpectation_Golden() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	rec.Within(time.Minute).Golden("testdata/order.tree")
	fmt.Println("as in the file")
	// Output: as in the file
}

func ExampleRecorder_Spans() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	for _, span := range rec.Spans() {
		fmt.Println(span.Service(), span.Name, span.Kind)
	}
	// Output:
	// shop order internal
	// shop pay internal
}

func ExampleRecorder_Forest() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	for top := range rec.Forest().Tops() {
		fmt.Println(tracetree.Label(top.Span()), "with", len(slices.Collect(top.Children())), "below")
	}
	// Output: shop: order with 1 below
}

func ExampleRecorder_Quiet() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	shop := rec.TracerProvider("shop")
	takeOrder(t.Context(), shop)
	rec.Expect(`
		shop: order (root)
		  shop: pay
	`)
	takeOrder(t.Context(), shop) // once too often
	rec.Quiet(time.Millisecond)
	// Output:
	// spans came after the expectation was met, want none for 1ms
	// new:
	//   shop: order
	//   shop: pay
	//
	// seen:
	//   shop: order (root)
	//     shop: pay
	//
	//   shop: order (root)
	//     shop: pay
}

func ExampleRecorder_Reset() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	shop := rec.TracerProvider("shop")
	takeOrder(t.Context(), shop)
	rec.Reset()
	_, refund := shop.Tracer("shop").Start(t.Context(), "refund")
	refund.End()
	rec.Expect(`
		shop: refund (root)
	`)
	fmt.Println("as expected")
	// Output: as expected
}

func ExampleRecorder_Check() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	takeOrder(t.Context(), rec.TracerProvider("shop"))
	rec.Check(check.Config{})
	fmt.Println("nothing is wrong")
	// Output: nothing is wrong
}

func ExampleRecorder_Add() {
	t := &exampleT{}
	defer t.end()
	rec := treetest.Record(t)
	// Spans that were read from elsewhere, such as a file.
	rec.Add(tracetree.Span{
		TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: "monthly",
		Origin: &tracetree.Origin{
			Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("report")}},
		},
	})
	fmt.Print(tracetree.Format(rec.Forest()))
	// Output: report: monthly (root)
}
