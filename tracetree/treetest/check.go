package treetest

import (
	"fmt"
	"strings"

	"tracelab/internal/redact"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Check fails the test when the recorded spans have errors or warnings by the checks of package check, under the given
// config: that of a project, so that its services are held to the same rules everywhere. Remarks fail nothing.
//
// It waits as [Recorder.Expect] does for spans that are open, and then for a second in which nothing happens.
func (r *Recorder) Check(config check.Config) {
	r.t.Helper()
	o := r.await(nil, 0, nil)
	result := check.Run(check.All(), check.Input{Forest: o.forest}, config)
	var b strings.Builder
	for _, f := range result.Findings {
		if f.Severity < check.Warning {
			continue
		}
		fmt.Fprintf(&b, "\n%s %s: %s\n  at        %s\n  expected  %s\n", f.Severity, f.Check, f.Seen, f.Label, f.Expected)
		for _, cause := range f.Causes {
			fmt.Fprintf(&b, "  likely    %s\n", cause)
		}
	}
	if b.Len() > 0 {
		r.t.Errorf("the trace has something wrong with it:\n%s\nseen:\n%s", b.String(), redact.Text(tracetree.Format(o.forest)))
	}
}
