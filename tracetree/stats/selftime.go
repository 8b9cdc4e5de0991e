package stats

import (
	"time"

	"tracelab/tracetree"
)

// SelfTime returns for every span of the forest, by its index, the time that it spent itself: its duration without the
// time during which at least one of its synchronous children ran. What a child ran outside of its parent, because it
// outlived it or because clocks differ, doesn't count. It is [Unknown] when the times of the span or of one of those
// children are not known. It takes O(n) time.
func SelfTime(f *tracetree.Forest) []time.Duration {
	self := make([]time.Duration, f.Len())
	for i := range self {
		self[i] = selfTime(f.Node(i))
	}
	return self
}

func selfTime(n tracetree.Node) time.Duration {
	s := n.Span()
	start, end, known := interval(s)
	if !known {
		return Unknown
	}
	self := end - start
	free := start // what is before is covered or counted already; siblings come by their starts
	for c := range n.Children() {
		if !isSynchronous(s, c.Span()) {
			continue
		}
		from, to, known := interval(c.Span())
		if !known {
			return Unknown
		}
		from, to = max(from, free), min(to, end)
		if from < to {
			self -= to - from
			free = to
		}
	}
	return time.Duration(self)
}
