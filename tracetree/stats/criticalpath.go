package stats

import (
	"cmp"
	"slices"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/clock"
)

// Path is the critical path below a span: for each moment of the span's duration, the one span that
// everything above it was waiting for. Shortening a span that is on the path shortens the whole;
// shortening another one doesn't.
type Path struct {
	TraceID  string        `json:"trace_id"`               // of the span, in lower-case hexadecimal digits
	Start    int64         `json:"start_unix_nano,string"` // Unix time in nanoseconds
	Duration time.Duration `json:"duration_ns"`            // of the span
	// Whole is from the start of the span to the end of the last span of its trace below it. It is
	// longer than Duration when something goes on after the span has ended, as messages that are
	// processed later.
	Whole time.Duration `json:"whole_ns"`
	// Clocks are the differences of clocks that the times below the span were corrected by, in the
	// order in which they were met.
	Clocks []ClockDifference `json:"clocks,omitempty"`
	// Segments are in the order of time. Each begins where the one before it ends, the first at 0,
	// and the last ends at Duration; none is empty. A path of no duration has none.
	Segments []Segment `json:"segments"`
	// Spans are those on the path, each once, in the order of their first segments.
	Spans []PathSpan `json:"spans"`
}

// Segment is a part of a path's time, with the span that it belongs to.
type Segment struct {
	Span  int           `json:"span"`     // index into Spans of the Path
	Start time.Duration `json:"start_ns"` // since the start of the Path
	End   time.Duration `json:"end_ns"`   // since the start of the Path
}

// PathSpan is a span on a path.
type PathSpan struct {
	Node    tracetree.Node `json:"-"`
	TraceID string         `json:"trace_id"` // in lower-case hexadecimal digits
	SpanID  string         `json:"span_id"`  // in lower-case hexadecimal digits
	Label   string         `json:"label"`    // see tracetree.Label
	Total   time.Duration  `json:"total_ns"` // of all its segments
	// Parallel is the sibling that would be on the path in place of the span if the span were a
	// little faster: of those that ran at the same time the one that ended last. Nil if no sibling
	// did.
	Parallel *Parallel `json:"parallel,omitempty"`
}

// Parallel is a span that ran in parallel with one on the path.
type Parallel struct {
	SpanID string `json:"span_id"` // in lower-case hexadecimal digits
	Label  string `json:"label"`   // see tracetree.Label
	// Slack is how much earlier it ended. Making the span on the path faster by more than that
	// shortens the whole only by that.
	Slack time.Duration `json:"slack_ns"`
}

// ClockDifference is how far the clock of one process is ahead of another one's, by estimate from
// the calls between them.
type ClockDifference struct {
	From  string        `json:"from"` // the service of the caller
	To    string        `json:"to"`   // the service whose clock is ahead, or late if the difference is negative
	Ahead time.Duration `json:"ahead_ns"`
}

// CriticalPath returns the critical path of a span and what is below it, and whether the span's
// times are known, without which there is no path. It follows the method that Uber published with
// CRISP (USENIX ATC 2022): from the end of the span it walks back in time. The span was waiting for
// the synchronous child that ended last; from the start of that child it was waiting for the one
// that ended last before it, and so on. Time that no child covers is the span's own. The same holds
// for every child on the path.
//
//   - A child that ends just when the next one starts is on the path. One that was still running
//     then is not, since the next one didn't wait for it; CRISP has an option to tolerate some
//     overlap, which this function never does.
//   - Of children that end together, the one that started first is taken, then the first in the
//     slice.
//   - The time that a child ran outside of its parent's, or outside of what is left of that, is cut
//     off. A child that is wholly outside isn't on the path.
//   - A child whose times aren't known is passed over, and its children take its place.
//   - Messages are not waited for, nor is a span that links to its parent; see the package comment.
//   - Times of another process are corrected by the difference of the clocks, as far as clocks has
//     one. It may be nil.
//
// It takes O(n log n) time for n spans, of any depth.
func CriticalPath(top tracetree.Node, clocks *clock.Offsets) (path Path, known bool) {
	start, end, known := interval(top.Span())
	if !known {
		return Path{}, false
	}
	path = Path{
		TraceID:  top.Span().TraceID.String(),
		Start:    start,
		Duration: time.Duration(end - start),
		Segments: []Segment{},
		Spans:    []PathSpan{},
	}
	w := pathWalk{clocks: clocks, parallel: make(map[tracetree.Node]Parallel)}
	w.enter(stretch{top, start, end}, 0)
	w.run()
	path.Whole = max(path.Duration, time.Duration(w.lastEnd(top)-start))
	path.Clocks = w.differences
	slots := make(map[tracetree.Node]int)
	for _, s := range slices.Backward(w.path) {
		at, ok := slots[s.node]
		if !ok {
			at = len(path.Spans)
			slots[s.node] = at
			span := s.node.Span()
			path.Spans = append(path.Spans, PathSpan{
				Node: s.node, TraceID: span.TraceID.String(), SpanID: inputID(span), Label: tracetree.Label(span),
			})
			if p, ok := w.parallel[s.node]; ok {
				path.Spans[at].Parallel = &p
			}
		}
		path.Spans[at].Total += time.Duration(s.end - s.start)
		path.Segments = append(path.Segments, Segment{at, time.Duration(s.start - start), time.Duration(s.end - start)})
	}
	return path, true
}

// stretch is a piece of time that belongs to a node, in Unix nanoseconds.
type stretch struct {
	node       tracetree.Node
	start, end int64
}

// pathWalk goes back in time. It has a stack of its own, so that a deep trace needs no deep
// recursion.
type pathWalk struct {
	clocks      *clock.Offsets
	differences []ClockDifference
	parallel    map[tracetree.Node]Parallel // by the span on the path
	path        []stretch                   // what is found, the latest first
	open        []visit                     // the spans that the walk is in, the outermost first
	children    []shifted                   // of all open spans, those that are still to be visited
	unknown     []shifted
}

// shifted is a stretch by the top's clock, and how far the node's own clock is ahead of that.
type shifted struct {
	stretch
	ahead int64
}

// visit is a span that the walk is in.
type visit struct {
	stretch         // what is left of the span: its end moves back
	next    int     // the child to visit next
	begin   int     // where its children begin
	entered stretch // the child that was entered last, as long as no parallel one is known
}

func (w *pathWalk) run() {
	for len(w.open) > 0 {
		v := &w.open[len(w.open)-1]
		if v.next == len(w.children) {
			w.add(v.node, v.start, v.end)
			w.children = w.children[:v.begin]
			w.open = w.open[:len(w.open)-1]
			continue
		}
		child := w.children[v.next]
		v.next++
		if child.end > v.end {
			w.runsBeside(v, child.stretch)
			continue
		}
		w.add(v.node, child.end, v.end)
		v.end = child.start
		v.entered = child.stretch
		w.enter(child.stretch, child.ahead)
	}
}

func (w *pathWalk) add(node tracetree.Node, start, end int64) {
	if start < end {
		w.path = append(w.path, stretch{node, start, end})
	}
}

// runsBeside notes the first child that overlaps the one that was entered last. Children come by
// their ends, the last first, so the others ended no later.
func (w *pathWalk) runsBeside(v *visit, child stretch) {
	if v.entered.node.IsZero() {
		return
	}
	span := child.node.Span()
	w.parallel[v.entered.node] = Parallel{
		SpanID: inputID(span), Label: tracetree.Label(span), Slack: time.Duration(v.entered.end - child.end),
	}
	v.entered = stretch{}
}

// ahead returns how far the clock of a span is ahead of that of the span above it, and notes the
// difference.
func (w *pathWalk) ahead(above, s *tracetree.Span) int64 {
	if w.clocks == nil {
		return 0
	}
	ahead := w.clocks.Between(above, s)
	if ahead != 0 {
		d := ClockDifference{above.Service(), s.Service(), ahead}
		if !slices.Contains(w.differences, d) {
			w.differences = append(w.differences, d)
		}
	}
	return int64(ahead)
}

// lastEnd returns when the last span of the trace ended that is at or below the node, by the node's
// clock.
func (w *pathWalk) lastEnd(top tracetree.Node) int64 {
	last := top.Span().End
	stack := []shifted{{stretch{node: top}, 0}}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if _, end, known := interval(at.node.Span()); known {
			last = max(last, end-at.ahead)
		}
		for c := range at.node.Children() {
			if isChild(at.node.Span(), c.Span()) {
				stack = append(stack, shifted{stretch{node: c}, at.ahead + w.ahead(at.node.Span(), c.Span())})
			}
		}
	}
	return last
}

// enter opens a span, with its synchronous children cut to it, those that ended last first. The
// span's own clock is ahead of the one that the stretch is in.
func (w *pathWalk) enter(s stretch, ahead int64) {
	begin := len(w.children)
	w.unknown = append(w.unknown[:0], shifted{s, ahead})
	for len(w.unknown) > 0 {
		above := w.unknown[len(w.unknown)-1]
		w.unknown = w.unknown[:len(w.unknown)-1]
		for c := range above.node.Children() {
			if !isSynchronous(above.node.Span(), c.Span()) {
				continue
			}
			ahead := above.ahead + w.ahead(above.node.Span(), c.Span())
			start, end, known := interval(c.Span())
			if !known {
				w.unknown = append(w.unknown, shifted{stretch{node: c}, ahead})
				continue
			}
			start, end = max(start-ahead, s.start), min(end-ahead, s.end)
			if start < end {
				w.children = append(w.children, shifted{stretch{c, start, end}, ahead})
			}
		}
	}
	slices.SortFunc(w.children[begin:], func(a, b shifted) int {
		return cmp.Or(cmp.Compare(b.end, a.end), cmp.Compare(a.start, b.start), cmp.Compare(a.node.Index(), b.node.Index()))
	})
	w.open = append(w.open, visit{stretch: s, next: begin, begin: begin})
}

// inputID returns the id of a span in its input.
func inputID(s *tracetree.Span) string {
	id, _ := s.InputIDs()
	return id.String()
}
