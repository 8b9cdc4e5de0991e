// Package law tests laws with generated input. It wraps pgregory.net/rapid, so that `go test ./...`
// gives the same result each time: an error that one input in a million reveals is found by the slow
// tests, not by a user who changed something else.
//
// Only tests import this package.
package law

import (
	"flag"
	"testing"

	"pgregory.net/rapid"

	"tracelab/internal/slow"
)

// seed is the seed of quick runs. Every seed is as good as another one.
const seed = "1"

// Check tests a law as rapid.Check does. Slow tests generate new input in each run, see package slow;
// otherwise the input is the same each time. The flag -rapid.seed and the environment variable
// RAPID_SEED choose other input in both cases.
//
// The seed is a flag of the test binary, so the tests of a package that call Check must not be
// parallel.
func Check(tb testing.TB, law func(*rapid.T)) {
	tb.Helper()
	if f := flag.Lookup("rapid.seed"); !slow.Enabled() && f.Value.String() == "0" {
		if err := f.Value.Set(seed); err != nil {
			tb.Fatal(err)
		}
	}
	rapid.Check(tb, law)
}
