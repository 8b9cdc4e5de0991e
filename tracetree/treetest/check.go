package treetest

import (
	"tracelab/internal/expect"
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
	o := expect.AwaitEnds(r.t.Context(), r.take)
	if len(o.Spans) == 0 {
		r.t.Errorf("no trace to check\n%s", advice().NoSpans)
		return
	}
	if found := expect.Findings(o.Forest, config); found != "" {
		r.t.Errorf("%s", found)
	}
}
