// Package law tests laws with generated input. It wraps pgregory.net/rapid, so that `go test ./...`
// gives the same result each time: an error that one input in a million reveals is found by the
// slow tests, not by a user who changed something else.
//
// Only tests import this package.
package law

import (
	"flag"
	"testing"

	"pgregory.net/rapid"

	"tracelab/internal/slow"
)

// quick contains the flags of rapid that quick runs set, unless they were given. Every seed is as
// good as another one; the number of inputs is a third of rapid's.
var quick = []struct{ flag, value string }{
	{"rapid.seed", "1"},
	{"rapid.checks", "30"},
}

// Check tests a law as rapid.Check does. Slow tests generate new input in each run, see package
// slow; otherwise the input is the same each time, and there is less of it. The flags -rapid.seed
// and -rapid.checks, and the environment variable RAPID_SEED, choose other input in both cases.
//
// These are flags of the test binary, so the tests of a package that call Check must not be
// parallel.
func Check(tb testing.TB, law func(*rapid.T)) {
	tb.Helper()
	for _, q := range quick {
		if f := flag.Lookup(q.flag); !slow.Enabled() && f.Value.String() == f.DefValue {
			if err := f.Value.Set(q.value); err != nil {
				tb.Fatal(err)
			}
		}
	}
	rapid.Check(tb, law)
}
