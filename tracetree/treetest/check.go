package treetest

import (
	"fmt"
	"strings"

	"tracelab/internal/redact"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Check fails the test when the recorded spans have errors or warnings by the checks of package
// check, under the given config: that of a project, so that its services are held to the same rules
// everywhere. Remarks fail nothing.
//
// It waits for spans that are open, as [Recorder.Expect] does, and for nothing else: call it after
// an expectation that waits for the last span. Spans that don't end are findings. It fails when no
// span has been recorded, as nothing was checked.
func (r *Recorder) Check(config check.Config) {
	r.t.Helper()
	o := r.awaitEnds()
	if len(o.forest.Spans()) == 0 {
		r.t.Errorf("no trace to check\n%s", noSpans)
		return
	}
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
		r.t.Errorf(
			"the trace has something wrong with it:\n%s\nseen:\n%s",
			b.String(),
			redact.Text(tracetree.Format(o.forest)),
		)
	}
}
