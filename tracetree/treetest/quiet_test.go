package treetest_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/treetest"
	"tracelab/tracetree/treetest/internal/faketb"
)

// later makes a span after d of the bubble's time.
func later(t *testing.T, rec *treetest.Recorder, wg *sync.WaitGroup, d time.Duration, name string) {
	tracer := tracer(rec, "mail")
	wg.Go(func() {
		<-time.After(d)
		_, s := tracer.Start(t.Context(), name)
		s.End()
	})
}

func TestQuietFailsOnWhatComesAfterAnExpectation(t *testing.T) {
	tests := []struct {
		reason string
		after  time.Duration
		quiet  time.Duration
		fails  bool
	}{
		{"a message is delivered again within the time", 100 * time.Millisecond, 200 * time.Millisecond, true},
		{"it comes after the time", 300 * time.Millisecond, 200 * time.Millisecond, false},
		{"no time to wait", 100 * time.Millisecond, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tb := faketb.New(t)
				rec := treetest.Record(tb)
				var wg sync.WaitGroup
				_, s := tracer(rec, "mail").Start(t.Context(), "process")
				s.End()
				later(t, rec, &wg, tt.after, "process again")
				rec.Expect("mail: process (root)")
				rec.Quiet(tt.quiet)
				wg.Wait()
				if !tt.fails {
					if len(tb.Failures) > 0 {
						t.Errorf("failed: %q", tb.Failures)
					}
					return
				}
				tb.Want(t, "want none for 200ms", "new:\n  mail: process again\n", "seen:\n  mail: process (root)\n")
				if strings.Contains(tb.Failures[0], "new:\n  mail: process\n") {
					t.Errorf("names a span that was expected:\n%s", tb.Failures[0])
				}
			})
		})
	}
}

func TestNothingFollowsTheMail(t *testing.T) {
	synctest.Test(t, mailIsProcessedOnce)
}

func mailIsProcessedOnce(t *testing.T) {
	rec := treetest.Record(t)
	_, s := tracer(rec, "mail").Start(t.Context(), "process")
	s.End()
	rec.Expect("mail: process (root)")
	rec.Quiet(100 * time.Millisecond)
}

func TestQuietSeesWhatCameBetween(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	rec := treetest.Record(tb)
	tr := tracer(rec, "shop")
	_, s := tr.Start(t.Context(), "order")
	s.End()
	rec.Expect("shop: order (root)")
	_, s = tr.Start(t.Context(), "retry")
	s.End()
	rec.Quiet(0)
	tb.Want(t, "new:\n  shop: retry\n")
}

func TestQuietSeesASpanThatIsSentAgain(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	rec := treetest.Record(tb)
	span := tracetree.Span{TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: "order", Start: 1, End: 2}
	rec.Add(span)
	rec.Expect("*: order (root)")
	rec.Add(span)
	rec.Quiet(0)
	tb.Want(t, "sent again")
}

func TestQuietNamesWhatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		_, s := tracer(rec, "mail").Start(t.Context(), "process")
		var wg sync.WaitGroup
		wg.Go(func() {
			<-time.After(time.Millisecond)
			s.End()
		})
		rec.Quiet(time.Second)
		wg.Wait()
		tb.Want(t, "spans came, want none for 1s\nnew:\n  mail: process, which was open before and has ended\n")
	})
}

func TestQuietWithoutAnExpectationCountsFromTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		_, s := tracer(rec, "shop").Start(t.Context(), "order")
		s.End()
		rec.Quiet(time.Second)
		if len(tb.Failures) > 0 {
			t.Errorf("failed: %q", tb.Failures)
		}
	})
}

func TestResetBeginsASection(t *testing.T) {
	t.Parallel()
	rec := treetest.Record(t)
	tr := tracer(rec, "shop")
	_, first := tr.Start(t.Context(), "first")
	_, open := tr.Start(t.Context(), "open")
	first.End()
	rec.Add(tracetree.Span{TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: "added", Start: 1, End: 2})
	rec.Reset()
	if got, want := tracetree.Format(rec.Forest()), "shop: open (root)\n"; got != want {
		t.Errorf("after Reset: %q, want %q", got, want)
	}
	_, second := tr.Start(t.Context(), "second")
	second.End()
	open.End()
	rec.Expect(`
		shop: open (root)

		shop: second (root)
	`)
	rec.Reset()
	if got := len(rec.Forest().Spans()); got != 0 {
		t.Errorf("%d spans after the second Reset", got)
	}
}

func TestFailureOfAnEmptyRecorderNamesTheUsualReasons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		treetest.Record(tb).Expect("shop: order (root)")
		tb.Want(t, "No span reached the recorder", "rec.TracerProvider(…)", "Within(d)")
	})
}

func TestFailureAfterSilencePointsToWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		_, s := tracer(rec, "shop").Start(t.Context(), "order")
		s.End()
		rec.Expect("shop: pay (root)")
		tb.Want(t, "Nothing happened for 1s. If the program needs longer, give it a time: Within(d).Expect(…).")
		rec.Within(time.Minute).Expect("shop: pay (root)")
		if strings.Contains(tb.Failures[1], "Within(d)") {
			t.Errorf("the hint is given although a time was:\n%s", tb.Failures[1])
		}
	})
}

func TestCheckWaitsForOpenSpansAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		levels := check.Config{Levels: map[string]check.Level{
			"zero-duration":     {Reason: "in a bubble no time passes"},
			"resource-identity": {Reason: "a recorder's services have no instances"},
		}}
		rec := treetest.Record(t)
		ctx, outer := tracer(rec, "shop").Start(t.Context(), "reprice")
		_, inner := tracer(rec, "shop").Start(ctx, "load prices")
		inner.End()
		var wg sync.WaitGroup
		wg.Go(func() {
			<-time.After(3 * time.Second)
			outer.End()
		})
		began := time.Now()
		rec.Check(levels)
		if waited := time.Since(began); waited != 3*time.Second {
			t.Errorf("waited %v, want until the last span ended", waited)
		}
		began = time.Now()
		rec.Check(levels)
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited %v with all spans ended", waited)
		}
		wg.Wait()
	})
}

func TestCheckOfNothingFails(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	treetest.Record(tb).Check(check.Config{})
	tb.Want(t, "no trace to check", "No span reached the recorder")
}
