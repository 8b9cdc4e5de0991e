// Package slow lets tests do less by default than they could: fewer repetitions, smaller inputs,
// no load runs. A plain `go test ./...` runs after every change of the code and has to be quick;
// with TRACELAB_SLOW=1 in the environment, as .ci/run and `make slow` set it, the same tests
// run in full.
//
// Only tests import this package. The switch decides how often, and on how much input, a test
// asserts something. It must not decide what is asserted.
package slow

import (
	"os"
	"testing"
)

// Variable is the environment variable that turns the slow tests on when it is "1".
const Variable = "TRACELAB_SLOW"

// Enabled reports whether tests run in full. The go command notices that a test has read the
// variable, so a cached result of a quick run is never taken for one of a full run.
func Enabled() bool { return os.Getenv(Variable) == "1" }

// Times returns full when tests run in full, and quick otherwise. It is meant for numbers of
// repetitions, spans and requests:
//
//	for range slow.Times(100, 3) {
func Times(full, quick int) int {
	if Enabled() {
		return full
	}
	return quick
}

// Only skips a test that can't be made smaller, unless tests run in full.
func Only(tb testing.TB) {
	tb.Helper()
	if !Enabled() {
		tb.Skip("slow: runs with " + Variable + "=1, as in `make slow`")
	}
}
