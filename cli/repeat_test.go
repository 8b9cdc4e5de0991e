package cli_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tracelab/cli"
	"tracelab/internal/slow"
	"tracelab/lab"
)

// The latencies are those that a user sees. Neither the order of the lines nor the arrival of the
// last span depends on timing.
func TestTextIsTheSameEveryTime(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent()) // such as the writer of a CPU profile
	for i := range slow.Times(100, 3) {
		var stdout, stderr strings.Builder
		if code := cli.Run(t.Context(), []string{"run", "--format", "text"}, nil, &stdout, &stderr); code != 0 {
			t.Fatalf("run %d: exit code %d: %s", i, code, stderr.String())
		}
		if diff := cmp.Diff(lab.ExpectedTree, stdout.String()); diff != "" {
			t.Fatalf("run %d (-want +got):\n%s", i, diff)
		}
	}
}
