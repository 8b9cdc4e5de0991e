package stats

import (
	"cmp"
	"math"
	"slices"
	"time"

	"tracelab/tracetree"
)

const (
	// significance is the largest probability with which any operation of a comparison may be
	// called slower or faster although only chance made it so.
	significance = 0.05
	// relevance is the smallest change of a median that is worth a verdict. Among very many calls,
	// chance explains nothing, and every difference is significant.
	relevance = 0.05
	// tailCalls is how many calls have a 95th percentile that isn't the longest of them.
	tailCalls = 20
)

// Verdict is the result of comparing the durations of an operation.
type Verdict string

// The verdicts.
const (
	Slower  Verdict = "slower"
	Faster  Verdict = "faster"
	Similar Verdict = "similar"         // the difference is small, or chance explains it
	TooFew  Verdict = "too few to tell" // so few calls that even the clearest difference could be chance; see [Compare]
)

// Comparison is an operation whose durations are known in two captures.
type Comparison struct {
	Label  string     `json:"label"` // see tracetree.Label
	Before *Durations `json:"before"`
	After  *Durations `json:"after"`
	// Change is the relative change of the median: 0.5 if it takes half as long again, -0.5 if it
	// takes half as long.
	Change float64 `json:"change"`
	// Longer is the probability that a call after takes longer than one before, where half of the
	// ties count: 0.5 if nothing changed, 1 if every call takes longer. It is the effect size of
	// the test, and doesn't depend on the number of calls.
	Longer float64 `json:"probability_longer"`
	// P is the probability of a difference as large as this or larger if nothing had changed, by
	// the two-sided test of Mann and Whitney.
	P       float64 `json:"p"`
	Verdict Verdict `json:"verdict"`
	// Tail is about the slowest calls, which the median doesn't depend on. It is nil unless 20
	// calls are known in both captures: of fewer, the 95th percentile is the longest call.
	Tail *Tail `json:"p95,omitempty"`
}

// Tail compares the 95th percentiles of an operation.
type Tail struct {
	Change  float64 `json:"change"` // relative, as that of the median
	P       float64 `json:"p"`      // as that of the ranks, by the precedence test
	Verdict Verdict `json:"verdict"`
}

// Became reports whether the median or the 95th percentile has the verdict, and has changed at
// least by a given part, such as 0.2.
func (c Comparison) Became(v Verdict, by float64) bool {
	return c.Verdict == v && math.Abs(c.Change) >= by ||
		c.Tail != nil && c.Tail.Verdict == v && math.Abs(c.Tail.Change) >= by
}

// Compare compares the durations of each operation that both forests have, in the order of their
// labels. Spans with the [tracetree.Duplicate] mark are left out.
//
// The test of Mann and Whitney compares ranks, so it needs no assumption about how durations are
// distributed, and a single outlier has no weight. An operation is slower or faster only if its
// median changed by at least 5 % and chance explains the ranks with a probability of at most 5 %,
// after Holm's correction for the number of operations: a capture of 100 operations has no verdict
// by chance in 95 of 100 comparisons. The more operations, the more calls of each that takes: three
// calls against three are always too few, five against five suffice for up to six operations.
//
// The 95th percentiles of 20 calls or more are compared, too: the misses of a cache or a lock that
// is held for long make a few calls slow, and leave the median as it is. The precedence test counts
// the calls of one capture above the percentile of the other one; it depends on ranks only.
//
// It takes O(n log n) time for n spans.
func Compare(before, after *tracetree.Forest) []Comparison {
	old, now := samplesOf(before), samplesOf(after)
	all := []Comparison{} // an empty list in JSON
	for label, a := range old {
		b := now[label]
		if len(a) == 0 || len(b) == 0 {
			continue
		}
		c := Comparison{Label: label, Before: durationsOf(a), After: durationsOf(b), Verdict: Similar}
		c.Longer, c.P = mannWhitney(a, b)
		c.Change = change(c.Before.P50, c.After.P50)
		if min(len(a), len(b)) >= tailCalls {
			c.Tail = &Tail{Change: change(c.Before.P95, c.After.P95), Verdict: Similar}
		}
		all = append(all, c)
	}
	judge(all, old, now)
	slices.SortFunc(all, func(a, b Comparison) int { return cmp.Compare(a.Label, b.Label) })
	return all
}

// samplesOf returns the known durations of each operation.
func samplesOf(f *tracetree.Forest) map[string][]time.Duration {
	samples := make(map[string][]time.Duration)
	spans := f.Spans()
	for i := range spans {
		if start, end, known := interval(&spans[i]); known && !f.Node(i).Has(tracetree.Duplicate) {
			label := tracetree.Label(&spans[i])
			samples[label] = append(samples[label], time.Duration(end-start))
		}
	}
	return samples
}

// ranking is the result of one test by ranks.
type ranking struct {
	p, least  float64  // the probability, and the smallest one that this number of calls can have
	direction float64  // above 0 if calls after take longer
	change    float64  // of the percentile that the test is about
	verdict   *Verdict // to be set
}

// judge sets the verdicts, with Holm's correction: the smallest of m probabilities must be at most
// significance/m, the next one significance/(m-1), and so on until one is larger. By Tarone's
// refinement, operations with too few calls to come below significance/m aren't among the m: they
// cost the others nothing.
func judge(all []Comparison, before, after map[string][]time.Duration) {
	var tests []ranking
	for i := range all {
		c := &all[i]
		a, b := before[c.Label], after[c.Label]
		tests = append(tests, ranking{c.P, leastP(len(a), len(b)), c.Longer - 0.5, c.Change, &c.Verdict})
		if t := c.Tail; t != nil {
			slower, faster := exceedP(a, b), exceedP(b, a)
			t.P = min(1, 2*slower, 2*faster)
			tests = append(tests, ranking{t.P, 0, faster - slower, t.Change, &t.Verdict})
		}
	}
	limit := testable(tests)
	tests = slices.DeleteFunc(tests, func(t ranking) bool {
		if t.least > limit {
			*t.verdict = TooFew
		}
		return t.least > limit
	})
	slices.SortStableFunc(tests, func(a, b ranking) int { return cmp.Compare(a.p, b.p) })
	for i, t := range tests {
		if t.p > significance/float64(len(tests)-i) {
			return
		}
		switch {
		case t.change >= relevance && t.direction > 0:
			*t.verdict = Slower
		case t.change <= -relevance && t.direction < 0:
			*t.verdict = Faster
		}
	}
}

// testable returns the largest significance/m that at most m of the smallest possible probabilities
// reach.
func testable(tests []ranking) float64 {
	var leasts []float64
	for _, t := range tests {
		leasts = append(leasts, t.least)
	}
	slices.Sort(leasts)
	for m := 1; m < len(leasts); m++ {
		if limit := significance / float64(m); leasts[m] > limit {
			return limit
		}
	}
	return significance / float64(max(1, len(leasts)))
}

// exceedP returns the probability by chance that at least as many elements of the second sample are
// above the 95th percentile of the first as there are. Both are sorted. That percentile is the
// element of rank r among n; k of m others lie above it in as many orders as the others below can
// be mixed with the r-1 elements below it, and those above with the n-r above it.
func exceedP(a, b []time.Duration) float64 {
	limit, _ := Percentile(a, 95)
	r, _ := slices.BinarySearch(a, limit+1) // above elements that are equal
	at, _ := slices.BinarySearch(b, limit+1)
	n, m := len(a), len(b)
	all := logChoose(n+m, m)
	var p float64
	for k := m - at; k <= m; k++ {
		p += math.Exp(logChoose(k+n-r, k) + logChoose(m-k+r-1, m-k) - all)
	}
	return min(1, p)
}

// logChoose returns the logarithm of the number of ways to choose k of n.
func logChoose(n, k int) float64 {
	logFactorial := func(n int) float64 {
		v, _ := math.Lgamma(float64(n + 1))
		return v
	}
	return logFactorial(n) - logFactorial(k) - logFactorial(n-k)
}

// change returns the relative change of a duration. From nothing to something it is infinite, for
// which JSON has no number; the result is the largest float then.
func change(before, after time.Duration) float64 {
	switch {
	case before == after:
		return 0
	case before == 0:
		return math.MaxFloat64
	default:
		return float64(after)/float64(before) - 1
	}
}

// leastP returns the smallest two-sided p-value that samples of sizes n and m can have. Only two of
// all orders are as extreme: every value of one sample is below every value of the other.
func leastP(n, m int) float64 {
	orders := 1.0
	for i := 1; i <= min(n, m); i++ {
		orders *= float64(max(n, m)+i) / float64(i)
	}
	return min(1, 2/orders)
}

// exactUpTo is the number of durations up to which probabilities are counted in place of
// approximated.
const exactUpTo = 24

// mannWhitney returns the probability that an element of the second sample is larger than one of
// the first, and the two-sided probability of the ranks by chance. Both samples are sorted. The
// latter is exact for a few elements, ties included; for more it is that of the normal
// approximation, with the corrections for ties and for continuity.
func mannWhitney(a, b []time.Duration) (larger, p float64) {
	n, m := float64(len(a)), float64(len(b))
	var ranks []int // twice the rank of each element, in which equal ones share the mean of their ranks
	var sum int     // of the second sample
	var ties float64
	for i, j := 0, 0; i < len(a) || j < len(b); {
		var value time.Duration
		switch {
		case i == len(a):
			value = b[j]
		case j == len(b):
			value = a[i]
		default:
			value = min(a[i], b[j])
		}
		before, inB := i+j, 0
		for ; i < len(a) && a[i] == value; i++ {
		}
		for ; j < len(b) && b[j] == value; j++ {
			inB++
		}
		equal := i + j - before
		rank := 2*before + equal + 1
		for range equal {
			ranks = append(ranks, rank)
		}
		sum += inB * rank
		t := float64(equal)
		ties += t*t*t - t
	}
	u := (float64(sum) - m*(m+1)) / 2 // pairs in which the element of b is larger, where ties count half
	larger = u / (n * m)
	if len(ranks) <= exactUpTo {
		return larger, exactP(ranks, len(b), sum)
	}
	total := n + m
	variance := n * m / 12 * (total + 1 - ties/(total*(total-1)))
	if variance <= 0 {
		return larger, 1 // all are equal
	}
	z := max(0, math.Abs(u-n*m/2)-0.5) / math.Sqrt(variance)
	return larger, math.Erfc(z / math.Sqrt2)
}

// exactP returns the share of the ways to choose m of the ranks whose sum is at least as far from
// the mean as the given one.
func exactP(ranks []int, m, sum int) float64 {
	all := 0
	for _, r := range ranks {
		all += r
	}
	ways := make([][]float64, m+1) // by the number of ranks chosen, and their sum
	for i := range ways {
		ways[i] = make([]float64, all+1)
	}
	ways[0][0] = 1
	for _, r := range ranks {
		for chosen := m; chosen > 0; chosen-- {
			for s := all; s >= r; s-- {
				ways[chosen][s] += ways[chosen-1][s-r]
			}
		}
	}
	// The mean is m/len of all; multiplied by len, everything is an integer.
	distance := func(s int) int { return max(s*len(ranks)-m*all, m*all-s*len(ranks)) }
	var total, extreme float64
	for s, n := range ways[m] {
		total += n
		if distance(s) >= distance(sum) {
			extreme += n
		}
	}
	return extreme / total
}
