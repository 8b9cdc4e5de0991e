package main

import (
	"strings"
	"testing"
	"time"
)

func rounds(whole ...time.Duration) (all []round) {
	for _, d := range whole {
		all = append(all, round{whole: d, creates: []time.Duration{d, 2 * d}})
	}
	return all
}

func TestReport(t *testing.T) {
	var b strings.Builder
	err := report(&b, []*measured{
		{layout: "one", mode: untraced, rounds: rounds(time.Second, 2*time.Second, 2*time.Second)},
		{layout: "one", mode: "exported", rounds: rounds(2*time.Second, 3*time.Second, 10*time.Second)},
		{layout: "three", mode: untraced, rounds: rounds(time.Second)},
	})
	const want = `
  layout     spans  creates/s  p50  p95  p99  time, ratio
     one  untraced          1   2s   4s   4s         1.00
     one  exported          0   4s  20s  20s         2.00
   three  untraced          2   1s   2s   2s         1.00
`
	if err != nil || "\n"+b.String() != want {
		t.Errorf("%v, report\n%s\nwant%s", err, b.String(), want)
	}
}

func TestQuantile(t *testing.T) {
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(i+1)*time.Millisecond)
	}
	for percent, want := range map[int]time.Duration{
		50: 100 * time.Millisecond, 95: 190 * time.Millisecond, 99: 198 * time.Millisecond, 100: 200 * time.Millisecond,
	} {
		if got := quantile(times, percent); got != want {
			t.Errorf("percentile %d is %s, want %s", percent, got, want)
		}
	}
	if got := quantile(times[:1], 1); got != time.Millisecond {
		t.Errorf("percentile 1 of one time is %s", got)
	}
}
