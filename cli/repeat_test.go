package cli_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tracelab/cli"
	"tracelab/lab"
)

// With the latencies that a user sees. Nothing about the tree depends on timing: not the order of its lines, and
// not whether its last span has arrived.
func TestTextIsTheSameHundredTimes(t *testing.T) {
	defer goleak.VerifyNone(t)
	for i := range 100 {
		var stdout, stderr strings.Builder
		if code := cli.Run(t.Context(), []string{"run", "--format", "text"}, nil, &stdout, &stderr); code != 0 {
			t.Fatalf("run %d: exit code %d: %s", i, code, stderr.String())
		}
		if diff := cmp.Diff(lab.ExpectedTree, stdout.String()); diff != "" {
			t.Fatalf("run %d (-want +got):\n%s", i, diff)
		}
	}
}
