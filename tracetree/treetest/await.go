package treetest

import (
	"fmt"
	"slices"
	"time"

	"tracelab/tracetree"
)

// snapshot is what has been seen at one moment.
type snapshot struct {
	spans    []tracetree.Span
	open     int             // spans that have not ended
	troubles []string        // what could not be read
	changed  <-chan struct{} // closed at the next change
	changes  int             // how many changes there have been
}

// Spans returns the spans that have been seen so far, in the order in which they started, with a
// mark on those that have not ended. Spans that were given to Add follow, in the order in which
// they came.
func (r *Recorder) Spans() []tracetree.Span { return r.take().spans }

// Forest returns the trees of Spans.
func (r *Recorder) Forest() *tracetree.Forest { return tracetree.Build(r.Spans()) }

// outcome is how waiting for a trace ended.
type outcome struct {
	forest   *tracetree.Forest
	matches  bool
	complete bool     // whether nothing more was to be expected: no span is open, and the time was over
	silent   bool     // whether the wait ended because nothing had happened for a second
	when     string   // completes the first sentence of a failure
	troubles []string // what could not be read
}

// await waits for a match, or without a pattern until nothing more happens. A limit of 0 is that of
// silence, and of the longest wait.
func (r *Recorder) await(pattern *tracetree.Pattern, limit time.Duration, opts []tracetree.Option) outcome {
	began := time.Now()
	var expired <-chan time.Time
	if limit > 0 {
		expired = time.After(limit)
	}
	for {
		s := r.take()
		o := outcome{forest: tracetree.Build(s.spans), complete: s.open == 0, troubles: s.troubles}
		if s.open == 0 && pattern != nil && pattern.Match(o.forest, opts...) == nil {
			o.matches = true
			r.accept(s)
			return o
		}
		patience, wait := expired, limit
		if limit == 0 {
			wait = silence
			if s.open > 0 {
				wait = hang
			}
			wait = max(0, min(wait, longest-time.Since(began)))
			patience = time.After(wait)
		}
		select {
		case <-s.changed:
		case <-patience:
			if limit == 0 && time.Since(began) >= longest {
				wait = longest
			}
			o.silent = limit == 0 && wait == silence
			o.when = fmt.Sprintf("within %v", wait)
			return o
		case <-r.t.Context().Done():
			o.complete, o.when = false, "before the test's context ended"
			return o
		}
	}
}

// awaitEnds waits until no span is open.
func (r *Recorder) awaitEnds() outcome {
	began := time.Now()
	for {
		s := r.take()
		o := outcome{forest: tracetree.Build(s.spans), complete: s.open == 0, troubles: s.troubles}
		if s.open == 0 {
			return o
		}
		select {
		case <-s.changed:
		case <-time.After(max(0, min(hang, longest-time.Since(began)))):
			return o
		case <-r.t.Context().Done():
			return o
		}
	}
}

// written prints the forest as it is written to files: without attributes, which hold ids, ports
// and times that are others in the next run.
func written(forest *tracetree.Forest, opts []tracetree.Option) string {
	opts = slices.DeleteFunc(slices.Clone(opts), func(o tracetree.Option) bool { return o == tracetree.Attributes })
	return tracetree.Format(forest, opts...)
}
