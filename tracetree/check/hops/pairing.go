package hops

import (
	"slices"
	"sort"
	"time"

	"tracelab/tracetree"
)

// maxCandidates is how many spans may start within another one's time for them to be compared with
// it. With more of them at once, it can't be known which one belongs to it.
const maxCandidates = 64

// pairing finds which spans are inside the time of which others, one to one. Unknown times are
// inside of no other.
type pairing struct {
	spans          []tracetree.Span
	outer, inner   []int // indexes of spans
	inside, around []int // of each outer the number of inner spans that fit, of each inner that of outer ones
	partner        []int // of each inner, the place in outer of the last that fits
	crowded        []int // along the order of inner, the change of how many crowds each is in
}

// A Pair is two spans by their indexes in the forest: the one that made a call or
// sent a message, and the one that served or processed it.
type Pair struct{ From, To int }

// newPairing compares each outer span with the inner ones that it may contain.
// It takes time linear in the spans, but for sorting the inner ones.
func newPairing(spans []tracetree.Span, outer, inner []int, fits func(outer, inner *tracetree.Span) bool) *pairing {
	inner = slices.Clone(inner)
	sort.SliceStable(inner, func(a, b int) bool { return spans[inner[a]].Start < spans[inner[b]].Start })
	g := &pairing{
		spans: spans, outer: outer, inner: inner,
		inside: make([]int, len(outer)), around: make([]int, len(inner)),
		partner: make([]int, len(inner)), crowded: make([]int, len(inner)+1),
	}
	for at, o := range outer {
		g.compare(at, &spans[o], fits)
	}
	for depth, i := 0, 0; i < len(inner); i++ {
		depth += g.crowded[i]
		if depth > 0 {
			g.around[i] += 2
		}
	}
	return g
}

func (g *pairing) compare(at int, o *tracetree.Span, fits func(outer, inner *tracetree.Span) bool) {
	if o.Start == 0 || o.End == 0 {
		return
	}
	low := sort.Search(len(g.inner), func(i int) bool { return g.spans[g.inner[i]].Start >= o.Start })
	high := low + sort.Search(len(g.inner)-low, func(i int) bool { return g.spans[g.inner[low+i]].Start > o.End })
	if high-low > maxCandidates {
		g.crowded[low]++
		g.crowded[high]--
		g.inside[at] = 2
		return
	}
	for i := low; i < high; i++ {
		n := &g.spans[g.inner[i]]
		if isDuring(o, n) && fits(o, n) {
			g.inside[at]++
			g.around[i]++
			g.partner[i] = at
		}
	}
}

// serverOverrun is how long a server's span may go on when its caller has its answer already: it
// ends when the answer is on its way, and either of the two may record its end first. It is at most
// half of the outer span's own time.
const serverOverrun = int64(900 * time.Microsecond)

// isDuring reports whether the inner span, of another trace, is inside the time
// of the outer one. Times that aren't known are not.
func isDuring(outer, inner *tracetree.Span) bool {
	return outer.Start != 0 && inner.Start >= outer.Start && inner.End >= inner.Start &&
		inner.End <= outer.End+min(serverOverrun, (outer.End-outer.Start)/2) && inner.TraceID != outer.TraceID
}

// pairs returns the pairs in which neither span fits any other span.
func (g *pairing) pairs() []Pair {
	var found []Pair
	for i, n := range g.inner {
		if g.around[i] == 1 && g.inside[g.partner[i]] == 1 {
			found = append(found, Pair{g.outer[g.partner[i]], n})
		}
	}
	return found
}
