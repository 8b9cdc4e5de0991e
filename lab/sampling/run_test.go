package sampling_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/slow"
	"tracelab/lab/sampling"
	tsampling "tracelab/telemetry/sampling"
)

func run(t testing.TB, policy sampling.Policy, load sampling.Load) *sampling.Result {
	t.Helper()
	result, err := sampling.Run(t.Context(), policy, load)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// inTime runs a policy under a load in real time, as users do. Unless tests run in full, it runs it
// in a bubble, where waiting takes no time.
func inTime(t *testing.T, policy sampling.Policy, load sampling.Load) (result *sampling.Result) {
	t.Helper()
	if slow.Enabled() {
		return run(t, policy, load)
	}
	synctest.Test(t, func(t *testing.T) { result = run(t, policy, load) })
	return result
}

// whole fails unless all traces are whole or absent, and all spans accounted for.
func whole(t testing.TB, r *sampling.Result) {
	t.Helper()
	// Only an exporter that doesn't keep up can split a trace.
	if r.Partial != 0 && (r.Tail == nil || r.Tail.Dropped[tsampling.DropBacklog] == 0) {
		t.Errorf("%s: of %d traces only a part was exported", r.Policy, r.Partial)
	}
	if r.Tail == nil {
		return
	}
	sum := r.Tail.Exported + r.Tail.Buffered
	for _, n := range r.Tail.Dropped {
		sum += n
	}
	if r.Tail.Recorded != sum || r.Tail.Recorded != r.Spans.Of || r.Tail.Exported != r.Spans.Kept || r.Tail.Buffered != 0 {
		t.Errorf("%s: %+v doesn't add up to %+v", r.Policy, *r.Tail, r.Spans)
	}
}

// keeps fails unless all were kept, and there were some.
func keeps(t testing.TB, r *sampling.Result, what string, k sampling.Kept) {
	t.Helper()
	if k.Of == 0 || k.Kept != k.Of {
		t.Errorf("%s kept %d of %d %s, want all of some", r.Policy, k.Kept, k.Of, what)
	}
}

// Every policy faces the same failures, in every run. In a bubble nothing else is slow.
func TestTruthIsTheSameForEveryPolicy(t *testing.T) {
	load := sampling.DefaultLoad()
	load.Requests, load.Errors, load.Slow = slow.Times(3000, 300), 0.27, 0.06
	var first *sampling.Result
	for name, policy := range builtin(t) {
		for range slow.Times(2, 1) {
			synctest.Test(t, func(t *testing.T) {
				r := run(t, policy, load)
				if first == nil {
					first = r
				}
				want := []int64{first.Traces.Of, first.Spans.Of, first.Errors.Of, first.Slow.Of, first.Writes.Of}
				if diff := cmp.Diff(want, []int64{r.Traces.Of, r.Spans.Of, r.Errors.Of, r.Slow.Of, r.Writes.Of}); diff != "" {
					t.Errorf("%s: traces, spans, errors, slow ones and writes there were (-first +this):\n%s", name, diff)
				}
			})
		}
	}
	if first.Errors.Of < 60 || first.Slow.Of < 10 {
		t.Errorf("%d errors and %d slow traces", first.Errors.Of, first.Slow.Of)
	}
	load.Errors = 0
	if r := inTime(t, builtin(t)["tail"], load); r.Errors.Of != 0 {
		t.Errorf("%d errors where nothing fails", r.Errors.Of)
	}
}

// The table's claims, at the size at which they are made.
func TestPoliciesKeepWhatTheyPromise(t *testing.T) {
	policies := builtin(t)
	results := map[string]*sampling.Result{}
	for name, policy := range policies {
		load := sampling.DefaultLoad()
		load.Requests = slow.Times(load.Requests, 300)
		if policy.Tail == nil {
			load.Requests = min(load.Requests, 2000) // these promise nothing that a rare event could break
		}
		r := inTime(t, policy, load)
		results[name] = r
		whole(t, r)
		// A busy machine makes traces slow, and such traces are kept by a policy with a bound.
		many := r.Traces.Kept >= r.Traces.Of/2 && (policy.Tail == nil || policy.Tail.Slow == 0)
		if r.Traces.Of != int64(load.Requests) || many {
			t.Errorf("%s kept %+v traces", name, r.Traces)
		}
	}
	var seen []string
	for _, route := range results["tail"].Routes {
		seen = append(seen, route.Route)
	}
	slices.Sort(seen)
	if diff := cmp.Diff(slices.Sorted(slices.Values(sampling.Routes())), seen); diff != "" {
		t.Errorf("the routes that policies may name aren't those that were seen (-known +seen):\n%s", diff)
	}
	keeps(t, results["by route"], "writes", results["by route"].Writes)
	keeps(t, results["by route + errors"], "writes", results["by route + errors"].Writes)
	keeps(t, results["by route + errors"], "errors", results["by route + errors"].Errors)
	keeps(t, results["tail"], "errors", results["tail"].Errors)
	keeps(t, results["tail"], "slow traces", results["tail"].Slow)
	for _, name := range []string{"head 10 %", "by route"} {
		if r := results[name]; r.Errors.Kept >= r.Errors.Of {
			t.Errorf("%s kept %+v errors: by chance alone it can't", name, r.Errors)
		}
	}
}

// Failures are bound to requests: the same traces fail in every run, so a policy keeps and
// estimates the same.
func TestEqualSeedsGiveEqualTables(t *testing.T) {
	load := sampling.DefaultLoad()
	load.Requests, load.Errors = slow.Times(3000, 150), 0.1
	for name, policy := range builtin(t) {
		var first *sampling.Result
		for range 2 {
			synctest.Test(t, func(t *testing.T) {
				r := run(t, policy, load)
				r.Tail, r.Seconds = nil, 0 // memory and time are the machine's
				r.Bytes = sampling.Kept{}  // ids of spans have no fixed length on the wire
				if first == nil {
					first = r
				}
				if diff := cmp.Diff(first, r); diff != "" {
					t.Errorf("%s (-first +second):\n%s", name, diff)
				}
			})
		}
	}
}

// The head sees the same trace ids in every run, so it keeps the same traces.
func TestSeedChoosesWhatTheHeadKeeps(t *testing.T) {
	load := sampling.DefaultLoad()
	load.Requests = slow.Times(1000, 200)
	policy := builtin(t)["by route"]
	first, again := inTime(t, policy, load), inTime(t, policy, load)
	kept := func(r *sampling.Result) []sampling.Kept { return []sampling.Kept{r.Traces, r.Writes, r.Errors} }
	if diff := cmp.Diff(kept(first), kept(again)); diff != "" {
		t.Errorf("a second run of the same seed (-first +second):\n%s", diff)
	}
	load.Seed++
	if other := inTime(t, policy, load); cmp.Equal(first.Traces, other.Traces) && cmp.Equal(first.Writes, other.Writes) {
		t.Errorf("another seed gives the same %+v", other.Traces)
	}
}

// The parts of a request that come late are waited for, for as long as the policy sets. Time is
// that of the bubble, so the numbers are exact.
func TestWorkersPartThatComesLateIsKept(t *testing.T) {
	load := sampling.DefaultLoad()
	load.Requests, load.Writes, load.Errors, load.Late, load.Slow = slow.Times(1000, 200), 1, 0.3, 1, 0
	tail := func(wait time.Duration) sampling.Policy {
		return sampling.Policy{
			Name: wait.String(), Head: sampling.Head{Default: 0},
			Tail: &tsampling.TailPolicy{Errors: true, Window: 20 * time.Millisecond, MessageWait: wait},
		}
	}
	synctest.Test(t, func(t *testing.T) {
		r := run(t, tail(2*sampling.LateMessage), load)
		whole(t, r)
		keeps(t, r, "errors", r.Errors)
	})
	synctest.Test(t, func(t *testing.T) {
		r := run(t, tail(sampling.LateMessage/2), load)
		whole(t, r)
		if r.Errors.Kept >= r.Errors.Of {
			t.Errorf("kept %+v errors, but those of the worker come after the decision: is nothing late?", r.Errors)
		}
	})
}

func TestTailKeepsEverySlowTraceAndNoOther(t *testing.T) {
	load := sampling.DefaultLoad()
	load.Requests, load.Errors, load.Late, load.Slow = slow.Times(3000, 500), 0, 0, 0.01
	policy := sampling.Policy{
		Name: "slow", Head: sampling.Head{Default: 1},
		Tail: &tsampling.TailPolicy{Slow: sampling.SlowBound},
	}
	synctest.Test(t, func(t *testing.T) {
		r := run(t, policy, load)
		whole(t, r)
		keeps(t, r, "slow traces", r.Slow)
		if r.Traces.Kept != r.Slow.Of {
			t.Errorf("kept %d traces, of which %d are slow", r.Traces.Kept, r.Slow.Of)
		}
	})
}

func TestFullBufferIsInTheCounts(t *testing.T) {
	policy := builtin(t)["tail"]
	tail := *policy.Tail
	tail.Buffer = 64 << 10
	policy.Tail = &tail
	load := sampling.DefaultLoad()
	load.Requests = slow.Times(2000, 500)
	r := inTime(t, policy, load)
	if len(r.Lost()) == 0 || r.Tail.Dropped[tsampling.DropFull]+r.Tail.Dropped[tsampling.DropBacklog] == 0 {
		t.Errorf("nothing was lost: %+v", *r.Tail)
	}
	whole(t, r)
}

// A complete capture needs no scaling, and a scaled sample comes close: its error is that of chance
// alone.
func TestEstimatesAreHonest(t *testing.T) {
	load := sampling.DefaultLoad()
	load.Requests = slow.Times(2500, 1000)
	everything := sampling.Policy{Name: "everything", Head: sampling.Head{Default: 1}}
	r := inTime(t, everything, load)
	for _, e := range []sampling.Estimate{r.Requests, r.Failures} {
		if e.Value != e.True || e.Margin != 0 || !e.Reliable() {
			t.Errorf("with everything kept the estimate is %+v", e)
		}
	}
	half := sampling.Policy{
		Name: "half, and errors", Head: sampling.Head{Default: 1},
		Tail: &tsampling.TailPolicy{Errors: true, Rest: 0.5},
	}
	load.Errors = 0.2
	r = inTime(t, half, load)
	for _, e := range []sampling.Estimate{r.Requests, r.Failures} {
		if math.Abs(e.Value-e.True) > e.Margin+1e-6 || !e.Reliable() { // the failures were all kept, and count once
			t.Errorf("the estimate %+v is farther off than its margin", e)
		}
	}
	for _, route := range r.Routes[:2] { // of which there are enough
		if got, want := route.Estimated.Requests, route.True.Requests; got < 0.9*want || got > 1.1*want {
			t.Errorf("%s: %.0f requests are estimated, and there were %.0f", route.Route, got, want)
		}
		// Were the errors counted twice each, as their ratio without the reason would
		// have it, this would be a third.
		if got, want := route.Estimated.Errors, route.True.Errors; got < 0.9*want || got > 1.1*want {
			t.Errorf("%s: %.3f of the requests are estimated to fail, and %.3f did", route.Route, got, want)
		}
	}
}

// An estimate from a few failures is not reliable.
func TestEstimatesTellWhenTheyAreSure(t *testing.T) {
	tests := []struct {
		reason   string
		estimate sampling.Estimate
		want     bool
	}{
		{"nothing was seen", sampling.Estimate{True: 14}, false},
		{"one of ten, seen once", sampling.Estimate{Value: 10, Margin: 18.6, Seen: 1}, false},
		{"one of ten, seen often", sampling.Estimate{Value: 1000, Margin: 186, Seen: 100}, true},
		{"every one was kept", sampling.Estimate{Value: 3, Seen: 3}, true},
	}
	for _, test := range tests {
		if got := test.estimate.Reliable(); got != test.want {
			t.Errorf("%s: %v", test.reason, got)
		}
	}
}

func TestOddLoads(t *testing.T) {
	tests := []struct {
		name string
		load sampling.Load
	}{
		{"one read", sampling.Load{Requests: 1}},
		{"one write", sampling.Load{Requests: 1, Writes: 1}},
		{"reads that all fail", sampling.Load{Requests: 50, Errors: 1}},
		{"writes that all fail", sampling.Load{Requests: 50, Writes: 1, Errors: 1}},
		{"all slow and late", sampling.Load{Requests: 50, Writes: 1, Slow: 1, Late: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := run(t, builtin(t)["tail"], test.load)
				whole(t, r)
				if r.Traces.Of < int64(test.load.Requests) || r.Errors.Kept != r.Errors.Of || r.Slow.Kept != r.Slow.Of {
					t.Errorf("%+v", r)
				}
				if test.load.Errors == 1 && r.Errors.Of != int64(test.load.Requests) {
					t.Errorf("%d of %d failed, want all", r.Errors.Of, test.load.Requests)
				}
			})
		})
	}
}

func TestLoadsThatMakeNoSense(t *testing.T) {
	tests := []struct {
		change func(*sampling.Load)
		want   string
	}{
		{func(l *sampling.Load) { l.Requests = 0 }, "0 requests: it takes 1 to 1000000"},
		{func(l *sampling.Load) { l.Requests = 2e6 }, "2000000 requests"},
		{func(l *sampling.Load) { l.Writes = -1 }, "the share of writes is -1"},
		{func(l *sampling.Load) { l.Errors = 2 }, "the share of errors is 2"},
	}
	for _, test := range tests {
		load := sampling.DefaultLoad()
		test.change(&load)
		if _, err := sampling.Run(t.Context(), sampling.Policy{}, load); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("error is %v, want %s in it", err, test.want)
		}
	}
}

func TestRunStopsInOrderWhenItIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	load := sampling.DefaultLoad()
	load.Requests = 100_000
	var reports atomic.Int64
	load.Progress = func(requests int) {
		reports.Add(1)
		cancel()
	}
	_, err := sampling.Run(ctx, builtin(t)["tail"], load)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that it was canceled", err)
	}
	if reports.Load() == 0 {
		t.Error("there was no progress")
	}
}
