package treetest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"tracelab/internal/slow"
	"tracelab/tracetree/treetest"
)

func TestRecordersDoNotMix(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rec := treetest.Record(t)
			for range i {
				order(t, rec)
			}
			rec.Expect(strings.Repeat(orderTree+"\n", i))
		})
	}
}

// TestConcurrentSiblingsMatchEveryTime has spans whose order, and often whose times, are by chance.
func TestConcurrentSiblingsMatchEveryTime(t *testing.T) {
	t.Parallel()
	for range slow.Times(1000, 50) {
		rec := treetest.Record(t)
		tr := rec.TracerProvider("shop").Tracer("")
		ctx, outer := tr.Start(t.Context(), "order")
		var wg sync.WaitGroup
		for _, name := range []string{"pay", "pack", "pay", "mail"} {
			wg.Go(func() {
				ctx, step := tr.Start(ctx, name)
				_, log := tr.Start(ctx, "log")
				log.End()
				step.End()
			})
		}
		outer.End()
		rec.Expect(`
			shop: order (root)
			  shop: mail
			    shop: log
			  2x shop: pay
			    shop: log
			  shop: pack
			    shop: log
		`)
		wg.Wait()
	}
}
