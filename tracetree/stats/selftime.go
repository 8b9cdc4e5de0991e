package stats

import (
	"cmp"
	"slices"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/clock"
)

// SelfTime returns for every span of the forest, by its index, the time that it spent itself: its
// duration without the time during which at least one of its synchronous children ran. Times of a
// child in another process are corrected by the difference of the clocks, where the calls of the
// forest show one, see [clock.Estimate]. The time that a child ran outside of its parent all the
// same, because it outlived it, doesn't count. The result is [Unknown] when the times of the span
// or of one of those children are not known. It takes O(n log n) time.
func SelfTime(f *tracetree.Forest) []time.Duration {
	clocks := clock.Estimate(f)
	self := make([]time.Duration, len(f.Spans()))
	var covered []stretch
	for i := range self {
		self[i], covered = selfTime(f.Node(i), clocks, covered[:0])
	}
	return self
}

// selfTime also returns the covered slice, for the next call.
func selfTime(n tracetree.Node, clocks *clock.Offsets, covered []stretch) (time.Duration, []stretch) {
	s := n.Span()
	start, end, known := interval(s)
	if !known {
		return Unknown, covered
	}
	sorted := true
	for c := range n.Children() {
		if !isSynchronous(s, c.Span()) {
			continue
		}
		from, to, known := interval(c.Span())
		if !known {
			return Unknown, covered
		}
		ahead := int64(clocks.Between(s, c.Span()))
		from, to = max(from-ahead, start), min(to-ahead, end)
		if from < to {
			sorted = sorted && (len(covered) == 0 || covered[len(covered)-1].start <= from)
			covered = append(covered, stretch{c, from, to})
		}
	}
	if !sorted { // siblings come by their starts, but not by their corrected ones
		slices.SortFunc(covered, func(a, b stretch) int { return cmp.Compare(a.start, b.start) })
	}
	self := end - start
	free := start // everything before is covered or counted already
	for _, c := range covered {
		if from := max(c.start, free); from < c.end {
			self -= c.end - from
			free = c.end
		}
	}
	return time.Duration(self), covered
}
