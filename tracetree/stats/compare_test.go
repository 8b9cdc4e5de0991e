package stats_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

// bruteP returns the two-sided probability by going through all ways to choose which of the values
// are the first sample: the share of those whose statistic is at least as far from its mean.
func bruteP(a, b []time.Duration) float64 {
	values := slices.Concat(a, b)
	statistic := func(first []time.Duration, second []time.Duration) float64 {
		var u float64
		for _, x := range first {
			for _, y := range second {
				switch {
				case y > x:
					u++
				case y == x:
					u += 0.5
				}
			}
		}
		return math.Abs(u - float64(len(first)*len(second))/2)
	}
	seen := statistic(a, b)
	var ways, extreme float64
	for choice := range 1 << len(values) {
		var first, second []time.Duration
		for i, v := range values {
			if choice>>i&1 == 1 {
				first = append(first, v)
			} else {
				second = append(second, v)
			}
		}
		if len(first) != len(a) {
			continue
		}
		ways++
		if statistic(first, second) >= seen-1e-9 {
			extreme++
		}
	}
	return extreme / ways
}

// mannWhitney returns the result of the test for one operation that has these durations.
func mannWhitney(a, b []time.Duration) (longer, p float64) {
	c := stats.Compare(capture(map[string][]time.Duration{"op": a}), capture(map[string][]time.Duration{"op": b}))[0]
	return c.Longer, c.P
}

func TestLawSmallSamplesAreCountedExactly(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		sample := rapid.SliceOfN(
			rapid.Map(rapid.Int64Range(1, 8), func(n int64) time.Duration { return time.Duration(n) }),
			1,
			6,
		)
		a, b := sample.Draw(t, "a"), sample.Draw(t, "b")
		slices.Sort(a)
		slices.Sort(b)
		longer, p := mannWhitney(a, b)
		if want := bruteP(a, b); math.Abs(p-want) > 1e-9 {
			t.Fatalf("p of %v and %v: %v, want %v", a, b, p, want)
		}
		reverse, same := mannWhitney(b, a)
		if math.Abs(longer+reverse-1) > 1e-9 || math.Abs(p-same) > 1e-9 {
			t.Fatalf("%v and %v: %v, %v; the other way round %v, %v", a, b, longer, p, reverse, same)
		}
	})
}

func TestMannWhitney(t *testing.T) {
	tests := []struct {
		reason    string
		a, b      []time.Duration
		longer, p float64
	}{
		{
			"no overlap of 5 and 5: 2 of 252 ways",
			[]time.Duration{1, 2, 3, 4, 5},
			[]time.Duration{6, 7, 8, 9, 10},
			1,
			2.0 / 252,
		},
		{"all are equal", []time.Duration{3, 3}, []time.Duration{3, 3, 3}, 0.5, 1},
		{"many that are equal", slices.Repeat([]time.Duration{3}, 40), slices.Repeat([]time.Duration{3}, 40), 0.5, 1},
		{"many without overlap: by the normal distribution", around(100, 10, 15), around(200, 10, 15), 1, 3.2e-6},
	}
	for _, tt := range tests {
		slices.Sort(tt.a)
		slices.Sort(tt.b)
		longer, p := mannWhitney(tt.a, tt.b)
		if longer != tt.longer || math.Abs(p-tt.p) > 0.05*tt.p {
			t.Errorf("%s: got %v, p %v, want %v and %v", tt.reason, longer, p, tt.longer, tt.p)
		}
	}
}

func TestApproximationContinuesTheExactValues(t *testing.T) {
	a, b := around(100, 90, 12), around(140, 90, 12)
	slices.Sort(a)
	slices.Sort(b)
	_, exact := mannWhitney(a, b)
	a, b = append(a, a[6]), append(b, b[6]) // one more each: approximated
	slices.Sort(a)
	slices.Sort(b)
	if _, p := mannWhitney(a, b); math.Abs(p-exact) > 0.05 {
		t.Errorf("p of 13 and 13: %v, and of 12 and 12 much the same: %v", p, exact)
	}
}

// capture makes one span of an operation for each duration.
func capture(operations map[string][]time.Duration) *tracetree.Forest {
	var spans []tracetree.Span
	for name, durations := range operations {
		for _, d := range durations {
			n := byte(len(spans) + 1)
			spans = append(spans, tracetree.Span{
				TraceID: tracetree.TraceID{n, byte(len(spans) >> 8)}, SpanID: tracetree.SpanID{n},
				Name: name, Start: 1000, End: 1000 + int64(d), Kind: tracetree.KindInternal,
			})
		}
	}
	return tracetree.Build(spans)
}

// around returns n durations in the given distance of a middle, in a fixed pattern.
//
//go:noinline
func around(middle, distance time.Duration, n int) []time.Duration {
	var all []time.Duration
	for i := range n {
		all = append(all, middle+distance*time.Duration((i*7)%11-5)/5)
	}
	return all
}

func TestCompareJudges(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		reason        string
		before, after []time.Duration
		want          stats.Verdict
	}{
		{"half as long again", around(100*ms, 20*ms, 20), around(150*ms, 20*ms, 20), stats.Slower},
		{"much faster", around(100*ms, 20*ms, 20), around(50*ms, 20*ms, 20), stats.Faster},
		{"the same", around(100*ms, 20*ms, 20), around(100*ms, 20*ms, 20), stats.Similar},
		{"one outlier is no trend", around(100*ms, 20*ms, 20), append(around(100*ms, 20*ms, 19), time.Hour), stats.Similar},
		{"clear, but only one call each", []time.Duration{1 * ms}, []time.Duration{time.Second}, stats.TooFew},
		{"three calls each may be chance", []time.Duration{1, 2, 3}, []time.Duration{10, 20, 30}, stats.TooFew},
		{"many calls, a tiny difference", around(100*ms, ms, 200), around(101*ms, ms, 200), stats.Similar},
		{"within the noise", around(100*ms, 90*ms, 12), around(110*ms, 90*ms, 12), stats.Similar},
		{"five calls that don't overlap", around(100*ms, 5*ms, 5), around(200*ms, 5*ms, 5), stats.Slower},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got := stats.Compare(
				capture(map[string][]time.Duration{"op": tt.before}),
				capture(map[string][]time.Duration{"op": tt.after}),
			)
			if len(got) != 1 || got[0].Verdict != tt.want {
				t.Errorf("got %+v, want one that is %s", got, tt.want)
			}
		})
	}
}

// Five against five gives p 0.008 at best: enough for one operation, not for one of twenty.
func TestCompareCorrectsForTheNumberOfOperations(t *testing.T) {
	tests := []struct {
		reason        string
		doubled       int // the operations that take twice as long: the first of all
		calls, others int // the number of calls of those, and of the others
		operations    int
		want, rest    stats.Verdict
	}{
		{"five calls are enough for six operations", 1, 5, 5, 6, stats.Slower, stats.Similar},
		{"and too few for twenty", 1, 5, 5, 20, stats.TooFew, stats.TooFew},
		{"even if all of them differ", 20, 5, 5, 20, stats.TooFew, stats.TooFew},
		{"what can't be told costs the rest nothing", 1, 12, 5, 20, stats.Slower, stats.TooFew},
		{"a few calls more tell it for all", 20, 8, 8, 20, stats.Slower, stats.Similar},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			old, now := map[string][]time.Duration{}, map[string][]time.Duration{}
			for i := range tt.operations {
				name := string(rune('a' + i))
				old[name], now[name] = around(100, 20, tt.others), around(100, 20, tt.others)
				if i < tt.doubled {
					old[name], now[name] = around(100, 20, tt.calls), around(200, 20, tt.calls)
				}
			}
			for i, c := range stats.Compare(capture(old), capture(now)) {
				want := tt.rest
				if i < tt.doubled {
					want = tt.want
				}
				if c.Verdict != want {
					t.Errorf("%s is %s, want %s", c.Label, c.Verdict, want)
				}
			}
		})
	}
}

// slow returns n durations around 10 ms of which some are ten times as long.
func slow(n, of int) []time.Duration {
	const ms = time.Millisecond
	return append(around(10*ms, ms, n-of), around(100*ms, ms, of)...)
}

func TestCompareJudgesTheSlowestCalls(t *testing.T) {
	tests := []struct {
		reason        string
		before, after []time.Duration
		median, tail  stats.Verdict
	}{
		{"a third of the calls miss the cache", slow(40, 1), slow(40, 12), stats.Similar, stats.Slower},
		{"and no longer", slow(40, 12), slow(40, 1), stats.Similar, stats.Faster},
		{"one call in a hundred more", slow(100, 1), slow(100, 2), stats.Similar, stats.Similar},
		{"one slow call, the first one", slow(40, 0), slow(40, 1), stats.Similar, stats.Similar},
		{"the same", slow(40, 4), slow(40, 4), stats.Similar, stats.Similar},
		{"all are slower", slow(40, 0), slow(40, 40), stats.Slower, stats.Slower},
		{
			"most are faster, some are slower",
			around(30*time.Millisecond, time.Millisecond, 40), slow(40, 12), stats.Faster, stats.Slower,
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got := stats.Compare(
				capture(map[string][]time.Duration{"op": tt.before}), capture(map[string][]time.Duration{"op": tt.after}),
			)[0]
			if got.Tail == nil || got.Verdict != tt.median || got.Tail.Verdict != tt.tail {
				t.Errorf("got %+v, %+v; want %s, and for p95 %s", got, got.Tail, tt.median, tt.tail)
			}
		})
	}
	few := stats.Compare(capture(map[string][]time.Duration{"op": slow(19, 0)}),
		capture(map[string][]time.Duration{"op": slow(40, 12)}))[0]
	if few.Tail != nil {
		t.Errorf("19 calls have a tail: %+v", few.Tail)
	}
}

// The probability that k or more of the calls after are above the r-th of n before is that of at
// most n-r of those before among the n-r+k longest of all: drawing without putting back.
func TestTailProbability(t *testing.T) {
	const n, r = 40, 38
	for _, above := range []int{5, 8, 13, 30} {
		before := make([]time.Duration, n)
		after := make([]time.Duration, n)
		for i := range n {
			before[i], after[i] = time.Duration(10*i+1), time.Duration(5*i)
			if i >= n-above {
				after[i] = time.Duration(1000 + i)
			}
		}
		want := 0.0
		for i := range n - r + 1 {
			ways := new(big.Int).Mul(new(big.Int).Binomial(n, int64(i)), new(big.Int).Binomial(n, int64(n-r+above-i)))
			all := new(big.Int).Binomial(2*n, int64(n-r+above))
			share, _ := new(big.Rat).SetFrac(ways, all).Float64()
			want += share
		}
		got := stats.Compare(capture(map[string][]time.Duration{"op": before}),
			capture(map[string][]time.Duration{"op": after}))[0].Tail.P
		if math.Abs(got-min(1, 2*want)) > 1e-9 {
			t.Errorf("%d of %d above: p %v, want %v", above, n, got, 2*want)
		}
	}
}

// Two captures of the same system differ in about one of twenty comparisons at most.
func TestChanceGivesFewVerdicts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sample := func() *tracetree.Forest {
		operations := make(map[string][]time.Duration)
		for _, name := range []string{"a", "b", "c"} {
			for range 30 { // as skewed as durations are
				operations[name] = append(operations[name], time.Duration(1e6*math.Exp(r.NormFloat64())))
			}
		}
		return capture(operations)
	}
	const comparisons = 400
	wrong := 0
	for range comparisons {
		if slices.ContainsFunc(stats.Compare(sample(), sample()), func(c stats.Comparison) bool {
			return c.Became(stats.Slower, 0) || c.Became(stats.Faster, 0)
		}) {
			wrong++
		}
	}
	if wrong == 0 || wrong > comparisons/20 {
		t.Errorf("%d of %d comparisons differ by chance, want a few, and at most %d", wrong, comparisons, comparisons/20)
	}
}

func TestCompareLeavesOutWhatOneSideLacks(t *testing.T) {
	got := stats.Compare(
		capture(map[string][]time.Duration{"a": {1}, "b": {1}}),
		capture(map[string][]time.Duration{"b": {1}, "c": {1}}))
	if len(got) != 1 || got[0].Before.Known != 1 {
		t.Errorf("got %+v, want b alone", got)
	}
}
