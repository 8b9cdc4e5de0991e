package treetest_test

import (
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree/check"
	"tracelab/tracetree/treetest"
	"tracelab/tracetree/treetest/internal/faketb"
)

func TestCheckFailsOnFindings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		_, s := tracer(rec, "shop").Start(t.Context(), "POST /orders/4711", trace.WithSpanKind(trace.SpanKindServer))
		s.SetStatus(codes.Error, "no stock")
		s.End()
		rec.Check(check.Config{})
		tb.Want(t, "the trace has something wrong with it", "warning error-type", "shop: POST /orders/4711")
	})
}

func TestCheckPassesWhatIsFine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := treetest.Record(t)
		ctx, s := tracer(rec, "shop").Start(t.Context(), "reprice")
		_, inner := tracer(rec, "shop").Start(ctx, "load prices")
		inner.End()
		s.End()
		rec.Check(check.Config{Levels: map[string]check.Level{
			"zero-duration":     {Reason: "in a bubble no time passes"},
			"resource-identity": {Reason: "a recorder's services have no instances"},
		}})
	})
}
