package treetest_test

import (
	"context"
	"fmt"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/treetest"
)

// exampleT stands for the *testing.T of a test.
type exampleT struct{}

func (exampleT) Helper() {}

func (exampleT) Errorf(format string, args ...any) { fmt.Printf(format, args...) }

func (exampleT) Fatalf(format string, args ...any) { fmt.Printf(format, args...) }

func (exampleT) Cleanup(func()) {}

func (exampleT) Context() context.Context { return context.Background() }

func ExampleRecord() {
	var t exampleT
	rec := treetest.Record(t)
	tracer := rec.TracerProvider("shop").Tracer("shop")
	ctx, order := tracer.Start(t.Context(), "order")
	_, pay := tracer.Start(ctx, "pay")
	pay.End()
	order.End()
	fmt.Print(tracetree.Format(rec.Forest()))
	// Output:
	// shop: order (root)
	//   shop: pay
}

func ExampleRecorder_Expect() {
	var t exampleT
	rec := treetest.Record(t)
	_, order := rec.TracerProvider("shop").Tracer("shop").Start(t.Context(), "order")
	order.End()
	rec.Expect(`
		shop: order (root)
	`)
	fmt.Println("as expected")
	// Output: as expected
}

func ExampleRecorder_Within() {
	var t exampleT
	rec := treetest.Record(t)
	_, order := rec.TracerProvider("shop").Tracer("shop").Start(t.Context(), "order")
	order.End()
	rec.Within(time.Millisecond).Expect(`
		shop: order (root)
		  shop: pay
	`)
	// Output:
	// the trace is not as expected within 1ms:
	//   shop: order (root)
	// -   shop: pay
	// 1 span is missing.
	//
	// seen, to be pasted:
	// 		shop: order (root)
}
