// Package update has expectations that are filled in by TREETEST_UPDATE=1.
package update

import (
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
	"tracelab/tracetree/treetest"
)

// record records a span and one below it for each name.
func record(t *testing.T, names ...string) *treetest.Recorder {
	t.Helper()
	rec := treetest.Record(t)
	tracer := rec.TracerProvider("svc").Tracer("")
	ctx, top := tracer.Start(t.Context(), "top", trace.WithSpanKind(trace.SpanKindServer))
	for _, name := range names {
		_, s := tracer.Start(ctx, name)
		s.End()
	}
	top.End()
	return rec
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	record(t, "a", "b").Expect(``)
	rec := record(t)
	rec.Expect(``)
	rec.Expect("svc: top (root)")
}

func TestSubtests(t *testing.T) {
	t.Run("one", func(t *testing.T) {
		t.Parallel()
		record(t, "a").Expect(``)
	})
	t.Run("two", func(t *testing.T) {
		t.Parallel()
		record(t, "a", "b").Expect(``)
	})
	t.Run("three", func(t *testing.T) {
		t.Parallel()
		record(t, "a", "b", "c").Expect(``, tracetree.Full)
	})
}

func TestForms(t *testing.T) {
	t.Parallel()
	rec := record(t, "a", "b")
	rec.Within(time.Second).Expect(`svc: top (root)`)
	rec.
		Within(time.Second).
		Expect(`
			# Of two lines.
			svc: other (root)
		`,
			tracetree.Full)
	rec.Expect(`
		svc: top (root) {@kind=server}
		  2x svc: *
	`)
}

func TestSame(t *testing.T) {
	t.Parallel()
	for range 3 {
		record(t, "same").Expect(``)
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	record(t, "a").Golden("testdata/top.tree")
}
