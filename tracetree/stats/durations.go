package stats

import (
	"slices"
	"time"

	"tracelab/tracetree"
)

// Durations sums up the known durations of some spans. The percentiles are exact; see [Percentile].
type Durations struct {
	Known int           `json:"known"` // how many are known; at least 1
	Total time.Duration `json:"total_ns"`
	P50   time.Duration `json:"p50_ns"`
	P95   time.Duration `json:"p95_ns"`
	P99   time.Duration `json:"p99_ns"`
	Max   time.Duration `json:"max_ns"`
}

// Percentile returns the smallest of the sorted durations for which at least percent of a hundred
// of them are not larger: the nearest rank. So the result is always one of the durations, and of a
// single one every percentile is that. Percent is from 0, which gives the smallest, to 100, the
// largest; what is beyond is taken for the nearer bound. It returns false when there are no
// durations.
func Percentile(sorted []time.Duration, percent int) (time.Duration, bool) {
	if len(sorted) == 0 {
		return 0, false
	}
	percent = min(max(percent, 0), 100)
	// Integers, because 0.07 × 100 is more than 7 in floating point, and the rank would be one too
	// high.
	rank := (int64(len(sorted))*int64(percent) + 99) / 100
	return sorted[max(rank, 1)-1], true
}

// durationsOf sorts the samples and sums them up. Without samples it returns nil.
func durationsOf(samples []time.Duration) *Durations {
	if len(samples) == 0 {
		return nil
	}
	slices.Sort(samples)
	d := &Durations{Known: len(samples), Max: samples[len(samples)-1]}
	for _, s := range samples {
		d.Total = sum(d.Total, s)
	}
	d.P50, _ = Percentile(samples, 50)
	d.P95, _ = Percentile(samples, 95)
	d.P99, _ = Percentile(samples, 99)
	return d
}

// tally counts calls while they are being collected.
type tally struct {
	calls, errors int
	durations     []time.Duration
}

// add counts a call that the span measured.
func (t *tally) add(s *tracetree.Span, failed bool) {
	t.calls++
	if failed {
		t.errors++
	}
	if start, end, known := interval(s); known {
		t.durations = append(t.durations, time.Duration(end-start))
	}
}

func (t *tally) errorRate() float64 { return float64(t.errors) / float64(t.calls) }
