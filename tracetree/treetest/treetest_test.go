package treetest_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"tracelab/tracetree"
	"tracelab/tracetree/treetest"
	"tracelab/tracetree/treetest/internal/faketb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func tracer(rec *treetest.Recorder, service string) trace.Tracer {
	return rec.TracerProvider(service).Tracer("test")
}

func TestExpectSeesSpansOfSeveralServices(t *testing.T) {
	t.Parallel()
	rec := treetest.Record(t)
	ctx, outer := tracer(rec, "shop").Start(t.Context(), "order")
	_, inner := tracer(rec, "stock").Start(ctx, "take")
	inner.End()
	outer.End()
	rec.Expect(`
		shop: order (root)
		  stock: take
	`)
	rec.Expect("shop: order (root)\n  stock: take")
}

func TestExpectWaitsForSpansThatEndLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := treetest.Record(t)
		tr := tracer(rec, "shop")
		ctx, outer := tr.Start(t.Context(), "order")
		var wg sync.WaitGroup
		wg.Go(func() {
			<-time.After(5 * time.Second) // of the bubble, not of the clock: longer than the silence, but a span is open
			_, inner := tr.Start(ctx, "take")
			outer.End()
			<-time.After(5 * time.Second)
			inner.End()
		})
		began := time.Now()
		rec.Expect(`
			shop: order (root)
			  shop: take
		`)
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("waited %v, want until the last span ended", waited)
		}
		wg.Wait()
	})
}

func TestExpectFailsAfterASecondOfSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		_, s := tracer(rec, "shop").Start(t.Context(), "order")
		s.End()
		began := time.Now()
		rec.Expect("shop: pay (root)")
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("waited %v, want a second", waited)
		}
		tb.Want(t, "- shop: pay (root)", "+ shop: order (root)", "seen, to be pasted:\n\t\tshop: order (root)\n")
	})
}

func TestExpectAdvisesToWaitOnlyForWhatIsMissing(t *testing.T) {
	tests := []struct {
		reason, want string
		advised      bool
	}{
		{"a span is missing", "shop: order (root)\n\nshop: pay (root)", true},
		{"a span is another one", "shop: pay (root)", true},
		{"a span is unexpected: waiting doesn't remove it", "", false},
		{"an attribute differs", "shop: order (root) {goods=book}", false},
		{"a span may be an orphan only until its parent comes", "shop: order (orphan)", true},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tb := faketb.New(t)
				rec := treetest.Record(tb)
				_, s := tracer(rec, "shop").Start(t.Context(), "order")
				s.End()
				rec.Expect(tt.want)
				tb.Want(t, "not as expected within 1s")
				if got := strings.Contains(tb.Failures[0], "If the program needs longer"); got != tt.advised {
					t.Errorf("advised to wait: %t, want %t:\n%s", got, tt.advised, tb.Failures[0])
				}
			})
		})
	}
}

func TestExpectWithoutSpansOrTime(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	treetest.Record(tb).Within(0).Expect("shop: order (root)")
	tb.Want(t, "the trace is not as expected yet:\n", "No span reached the recorder")
	if strings.Contains(tb.Failures[0], "to be pasted") {
		t.Errorf("has nothing to be pasted:\n%s", tb.Failures[0])
	}
}

func TestExpectNamesSpansThatDoNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		_, s := tracer(rec, "shop").Start(t.Context(), "order")
		began := time.Now()
		rec.Expect("shop: order (root)")
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("waited %v, want ten seconds", waited)
		}
		tb.Want(t, "as expected, but spans have not ended", "not ended:\n  shop: order\n")
		s.End()
		rec.Expect("shop: order (root)")
		if len(tb.Failures) != 1 {
			t.Errorf("failed after the span had ended: %q", tb.Failures[1:])
		}
	})
}

func TestWithinReplacesTheSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		began := time.Now()
		rec.Within(time.Minute).Expect("shop: order (root)")
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("waited %v, want a minute", waited)
		}
		tb.Want(t, "within 1m0s", "- shop: order (root)")
	})
}

func TestWithinNoTimeFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, d := range []time.Duration{0, -time.Second} {
			tb := faketb.New(t)
			began := time.Now()
			treetest.Record(tb).Within(d).Expect("shop: order (root)")
			if waited := time.Since(began); waited > time.Millisecond {
				t.Errorf("%v: waited %v", d, waited)
			}
			tb.Want(t, "- shop: order (root)")
		}
	})
}

func TestExpectEndsWithTheTest(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tb.Ctx = ctx
	treetest.Record(tb).Within(time.Hour).Expect("shop: order (root)")
	tb.Want(t, "before the test's context ended")
}

func TestExpectRefusesInvalidNotation(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	treetest.Record(tb).Expect(`
		shop: order (root
	`)
	tb.Want(t, "line 2, column 13", "unclosed")
}

func TestExpectTakesOptions(t *testing.T) {
	t.Parallel()
	rec := treetest.Record(t)
	tr := tracer(rec, "shop")
	rpc := trace.WithAttributes(attribute.String("rpc.system.name", "grpc"), attribute.String("rpc.method", "s.S/M"))
	ctx, client := tr.Start(t.Context(), "s.S/M", rpc, trace.WithSpanKind(trace.SpanKindClient))
	_, server := tr.Start(ctx, "s.S/M", rpc, trace.WithSpanKind(trace.SpanKindServer))
	server.End()
	client.End()
	rec.Expect(`shop: /s.S/M (root)`)
	rec.Expect(`
		shop: grpc.client.M (root)
		  shop: /s.S/M
	`, tracetree.Full)
}

func TestSpansStandInTheOrderOfTheirStart(t *testing.T) {
	t.Parallel()
	rec := treetest.Record(t)
	tr := tracer(rec, "shop")
	ctx, first := tr.Start(t.Context(), "first")
	_, second := tr.Start(ctx, "second")
	second.End()
	spans := rec.Spans()
	if spans[0].Name != "first" || !spans[0].Unended || spans[1].Name != "second" || spans[1].Unended {
		t.Errorf("got %+v", spans)
	}
	first.End()
	if got, want := tracetree.Format(rec.Forest()), "shop: first (root)\n  shop: second\n"; got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestEnvironmentDoesNotChangeTheProvider(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	t.Setenv("OTEL_SERVICE_NAME", "other")
	t.Setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0")
	rec := treetest.Record(t)
	_, s := tracer(rec, "shop").Start(t.Context(), "order", trace.WithAttributes(attribute.Int("n", 1)))
	s.End()
	rec.Expect("shop: order (root) {= n=1}")
}

func TestOptionsOfTheProviderWin(t *testing.T) {
	t.Parallel()
	rec := treetest.Record(t)
	_, s := rec.TracerProvider("shop", sdktrace.WithSampler(sdktrace.NeverSample())).Tracer("").Start(t.Context(), "order")
	s.End()
	rec.Expect("")
}

func TestARecorderServesAProviderThatOneHas(t *testing.T) {
	t.Parallel()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysSample()))
	_, early := tp.Tracer("").Start(t.Context(), "early")
	rec := treetest.Record(t)
	tp.RegisterSpanProcessor(rec)
	early.End()
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	rec.Expect("*: early (root)")
}

func TestProvidersAreShutDownAtCleanup(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	tp := treetest.Record(tb).TracerProvider("shop")
	tb.End()
	if _, s := tp.Tracer("").Start(t.Context(), "late"); s.IsRecording() {
		t.Error("the provider still records after the cleanup")
	}
}

// A service that makes spans for ever never falls silent.
func TestExpectFailsInTheEndHoweverMuchHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		stop := make(chan struct{})
		var poller sync.WaitGroup
		poller.Go(func() {
			for {
				_, s := tracer(rec, "cron").Start(t.Context(), "tick")
				s.End()
				select {
				case <-stop:
					return
				case <-time.After(500 * time.Millisecond):
				}
			}
		})
		began := time.Now()
		rec.Expect("shop: order (root)")
		if waited := time.Since(began); waited != 30*time.Second {
			t.Errorf("waited %v, want half a minute", waited)
		}
		close(stop)
		poller.Wait()
		tb.Want(t, "within 30s", "- shop: order (root)")
	})
}
