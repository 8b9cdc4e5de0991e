package treetest_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestRecorderLinksNeitherGRPCNorPData protects the test binaries of other modules: a test that
// asserts the spans of its own process links the SDK, which that process links anyway, and little
// else.
func TestRecorderLinksNeitherGRPCNorPData(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for imported := range strings.Lines(string(out)) {
		for _, heavy := range []string{"google.golang.org/", "go.opentelemetry.io/collector/", "github.com/aws/"} {
			if strings.HasPrefix(imported, heavy) {
				t.Errorf("treetest links %s", imported)
			}
		}
	}
}
