package stats

import (
	"cmp"
	"slices"
	"time"

	"tracelab/tracetree"
)

// Path is the critical path below a span: for each moment of the span's duration, the one span that everything above
// it was waiting for. Shortening a span that is on the path shortens the whole; shortening another one doesn't.
type Path struct {
	TraceID  string        `json:"trace_id"`               // of the span, in lower-case hexadecimal digits
	Start    int64         `json:"start_unix_nano,string"` // Unix time in nanoseconds
	Duration time.Duration `json:"duration_ns"`
	// Segments stand in the order of time. Each begins where the one before it ends, the first at 0, and the last ends
	// at Duration; none is empty. A path of no duration has none.
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
}

// CriticalPath returns the critical path of a span and what is below it, and whether the span's times are known, without
// which there is no path. It follows the method that Uber published with CRISP (USENIX ATC 2022): from the end of the
// span it walks back in time. The span was waiting for the synchronous child that ended last; from the start of that
// child it was waiting for the one that ended last before it, and so on. What no child covers is the span's own. The
// same goes for every child on the path.
//
//   - A child that ends just when the next one starts is on the path. One that was still running then is not, since the
//     next one didn't wait for it; CRISP can be told to tolerate some overlap, which this function never does.
//   - Of children that end together, the one that started first is taken, then the first in the slice.
//   - What a child ran outside of its parent's time, or outside of what is left of it, is cut off. A child that is
//     wholly outside isn't on the path.
//   - A child whose times aren't known is passed over, and its children stand in for it.
//   - Messages are not waited for; the package comment says which spans that leaves out.
//
// It takes O(n log n) time for n spans, of any depth.
func CriticalPath(top tracetree.Node) (path Path, known bool) {
	start, end, known := interval(top.Span())
	if !known {
		return Path{}, false
	}
	path = Path{TraceID: top.Span().TraceID.String(), Start: start, Duration: time.Duration(end - start), Segments: []Segment{}, Spans: []PathSpan{}}
	var w pathWalk
	w.enter(stretch{top, start, end})
	w.run()
	slots := make(map[tracetree.Node]int)
	for _, s := range slices.Backward(w.path) {
		at, ok := slots[s.node]
		if !ok {
			at = len(path.Spans)
			slots[s.node] = at
			span := s.node.Span()
			path.Spans = append(path.Spans, PathSpan{
				Node: s.node, TraceID: span.TraceID.String(), SpanID: span.SpanID.String(), Label: tracetree.Label(span),
			})
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

// pathWalk goes back in time. It has a stack of its own, so that a deep trace needs no deep recursion.
type pathWalk struct {
	path     []stretch // what is found, the latest first
	open     []visit   // the spans that the walk is in, the outermost first
	children []stretch // of all open spans, the ones that are still to be looked at
	unknown  []tracetree.Node
}

// visit is a span that the walk is in.
type visit struct {
	stretch     // what is left of the span: its end moves back
	next    int // the child that is looked at next
	begin   int // where its children begin
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
			continue
		}
		w.add(v.node, child.end, v.end)
		v.end = child.start
		w.enter(child)
	}
}

func (w *pathWalk) add(node tracetree.Node, start, end int64) {
	if start < end {
		w.path = append(w.path, stretch{node, start, end})
	}
}

// enter opens a span, with its synchronous children cut to it, those that ended last first.
func (w *pathWalk) enter(s stretch) {
	begin := len(w.children)
	w.unknown = append(w.unknown[:0], s.node)
	for len(w.unknown) > 0 {
		above := w.unknown[len(w.unknown)-1]
		w.unknown = w.unknown[:len(w.unknown)-1]
		for c := range above.Children() {
			if !isSynchronous(above.Span(), c.Span()) {
				continue
			}
			start, end, known := interval(c.Span())
			if !known {
				w.unknown = append(w.unknown, c)
				continue
			}
			start, end = max(start, s.start), min(end, s.end)
			if start < end {
				w.children = append(w.children, stretch{c, start, end})
			}
		}
	}
	slices.SortFunc(w.children[begin:], func(a, b stretch) int {
		return cmp.Or(cmp.Compare(b.end, a.end), cmp.Compare(a.start, b.start), cmp.Compare(a.node.Index(), b.node.Index()))
	})
	w.open = append(w.open, visit{s, begin, begin})
}
