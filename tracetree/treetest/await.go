package treetest

import (
	"time"

	"tracelab/internal/expect"
	"tracelab/tracetree"
)

// Spans returns the spans that have been seen so far, in the order in which they started, with a
// mark on those that have not ended. Spans that were given to Add follow, in the order in which
// they came.
func (r *Recorder) Spans() []tracetree.Span { return r.take().Spans }

// Forest returns the trees of Spans.
func (r *Recorder) Forest() *tracetree.Forest { return tracetree.Build(r.Spans()) }

// await waits for a match, or without a pattern until nothing more happens. A limit of 0 is that of
// silence, and of the longest wait.
func (r *Recorder) await(pattern *tracetree.Pattern, limit time.Duration, opts []tracetree.Option) expect.Outcome {
	o := expect.Await(r.t.Context(), r.take, expect.Wait{Pattern: pattern, Within: limit}, opts...)
	if o.Matches {
		r.accept(o.Snapshot)
	}
	return o
}
