package sampling_test

import (
	"testing"
	"time"

	"tracelab/lab/sampling"
)

// BenchmarkRun runs 10,000 requests with each policy, and reports how long that takes relative to
// keeping nothing at all. Slow requests run concurrently with the others, so a run takes seconds.
func BenchmarkRun(b *testing.B) {
	load := sampling.DefaultLoad()
	measure := func(policy sampling.Policy) time.Duration {
		started := time.Now()
		if _, err := sampling.Run(b.Context(), policy, load); err != nil {
			b.Fatal(err)
		}
		return time.Since(started)
	}
	policies, err := sampling.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	var nothing time.Duration
	runs := 0
	for b.Loop() {
		nothing += measure(sampling.Policy{Name: "nothing"})
		runs++
	}
	for _, policy := range policies {
		b.Run(policy.Name, func(b *testing.B) {
			var took time.Duration
			n := 0
			for b.Loop() {
				took += measure(policy)
				n++
			}
			b.ReportMetric(took.Seconds()/float64(n)/(nothing.Seconds()/float64(runs)), "×keeping-nothing")
			b.ReportMetric(took.Seconds()/float64(n), "s/10k-requests")
		})
	}
}
