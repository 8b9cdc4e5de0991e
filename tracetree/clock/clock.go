// Package clock estimates how far the clocks of the processes of a capture differ, from the calls
// between them.
//
// Spans are timed by the process that made them. A server's span lies inside the span of the call
// that it serves, by any one clock; where it seems to begin before its call, or after its call has
// ended, the two clocks differ. Each call gives bounds for the difference, as in NTP, and several
// calls between two processes narrow them down.
package clock

import (
	"cmp"
	"slices"
	"time"

	"tracelab/tracetree"
)

// Tolerance is how far apart the times of two spans may be without a meaning: formats round to
// microseconds, and a collector may have corrected the times already.
const Tolerance = time.Millisecond

// A Process is what has a clock: an instance of a service.
type Process struct {
	Service  string
	Instance string // service.instance.id, else host.name; empty if neither is given
}

// ProcessOf returns the process that made a span.
func ProcessOf(s *tracetree.Span) Process {
	p := Process{Service: s.Service()}
	if s.Origin == nil {
		return p
	}
	for i := range s.Origin.Resource {
		switch a := &s.Origin.Resource[i]; a.Key {
		case "service.instance.id":
			p.Instance = a.Value.Text()
			return p
		case "host.name":
			p.Instance = a.Value.Text()
		}
	}
	return p
}

// A Skew is a difference between the clocks of two processes that the calls between them show.
type Skew struct {
	From, To Process
	// Offset is how far the clock of To is ahead of that of From, by estimate; negative if it is
	// late.
	Offset time.Duration
	// Calls is the number of calls between the two, in either direction, and Shown that of those
	// which can't be explained without a difference.
	Calls, Shown int
	// Example is the index of the first span whose time shows the difference: the callee's.
	Example int
}

// Offsets are the differences between the clocks of a capture. The methods are safe for concurrent
// use.
type Offsets struct {
	skews []Skew
	known map[pair]time.Duration
}

// pair is a caller's and a callee's process.
type pair struct{ from, to Process }

// Estimate compares each span with its parent, where both have times and are of different
// processes. Two clocks are said to differ when most of the calls between their processes show it.
// It takes time linear in the spans, but for sorting the calls of each pair of processes.
func Estimate(f *tracetree.Forest) *Offsets {
	calls := map[pair]*observed{}
	var order []*observed
	spans := f.Spans()
	processes := map[*tracetree.Origin]Process{}
	process := func(s *tracetree.Span) Process {
		p, ok := processes[s.Origin]
		if !ok {
			p = ProcessOf(s)
			processes[s.Origin] = p
		}
		return p
	}
	for i := range spans {
		s := &spans[i]
		above, ok := f.Node(i).Parent()
		if !ok || s.Parent.IsZero() || above.Span().SpanID != s.Parent || above.Span().TraceID != s.TraceID {
			continue // a root, or shown below what it links to
		}
		caller := above.Span()
		if caller.Origin == s.Origin || !isCall(caller, s) {
			continue
		}
		key := pair{process(caller), process(s)}
		if key.from == key.to {
			continue
		}
		o := calls[key]
		if o == nil {
			// Calls in the other direction tell of the same two clocks.
			if o = calls[pair{key.to, key.from}]; o == nil {
				o = &observed{pair: key, example: -1}
				calls[key] = o
				order = append(order, o)
			}
		}
		o.add(i, caller, s, o.pair != key)
	}
	offsets := &Offsets{known: map[pair]time.Duration{}}
	for _, o := range order {
		if 2*o.shown <= len(o.bounds) {
			continue
		}
		offset := o.estimate()
		offsets.skews = append(offsets.skews, Skew{o.from, o.to, offset, len(o.bounds), o.shown, o.example})
		offsets.known[o.pair] = offset
		offsets.known[pair{o.to, o.from}] = -offset
	}
	return offsets
}

// isCall reports whether the caller waits for the callee: both have times, neither is about a
// message, and the callee has no link to its parent, which would mean that the parent doesn't wait.
func isCall(caller, s *tracetree.Span) bool {
	if caller.Start == 0 || caller.End < caller.Start || s.Start == 0 || s.End < s.Start {
		return false
	}
	if caller.Kind == tracetree.KindProducer || s.Kind == tracetree.KindConsumer || caller.Kind == tracetree.KindConsumer {
		return false
	}
	for i := range s.Links {
		if s.Links[i].SpanID == s.Parent && s.Links[i].TraceID == s.TraceID {
			return false
		}
	}
	return true
}

// Skews returns the differences, in the order in which the spans show them.
func (o *Offsets) Skews() []Skew { return slices.Clone(o.skews) }

// Between returns how far the clock of the callee's process is ahead of the caller's: subtract it
// from the callee's times to compare both. It is 0 where no difference is known.
func (o *Offsets) Between(caller, callee *tracetree.Span) time.Duration {
	if len(o.known) == 0 || caller.Origin == callee.Origin {
		return 0
	}
	return o.known[pair{ProcessOf(caller), ProcessOf(callee)}]
}

// observed are the calls between two processes.
type observed struct {
	pair
	bounds  []bound
	shown   int
	example int
}

// bound is what one call shows of the offset: it is at least low and at most high. Where the callee
// took longer than the call, or the call failed, only one of them is known.
type bound struct {
	low, high         int64
	lowKnown, hiKnown bool
}

func (o *observed) add(i int, caller, s *tracetree.Span, reversed bool) {
	b := bound{low: s.End - caller.End, high: s.Start - caller.Start, lowKnown: true, hiKnown: true}
	// A caller that failed may have given up, and a callee that took longer may have gone on after
	// its answer.
	if caller.Status == tracetree.StatusError || b.low > b.high {
		b.lowKnown = false
	}
	early, late := b.high < -int64(Tolerance), s.Start-caller.End > int64(Tolerance)
	if late && !b.lowKnown {
		late = false // an offset and a call that was received late look the same
	}
	if early || late {
		if o.shown == 0 {
			o.example = i
		}
		o.shown++
	}
	if reversed {
		b = bound{low: -b.high, high: -b.low, lowKnown: b.hiKnown, hiKnown: b.lowKnown}
	}
	o.bounds = append(o.bounds, b)
}

// estimate returns the middle of what all bounds allow. Clocks drift, and calls overlap: where no
// offset is within all bounds, it is the median of the middles.
func (o *observed) estimate() time.Duration {
	var whole bound
	middles := make([]int64, 0, len(o.bounds))
	for _, b := range o.bounds {
		if b.lowKnown && (!whole.lowKnown || b.low > whole.low) {
			whole.low, whole.lowKnown = b.low, true
		}
		if b.hiKnown && (!whole.hiKnown || b.high < whole.high) {
			whole.high, whole.hiKnown = b.high, true
		}
		middles = append(middles, b.middle())
	}
	if !whole.lowKnown || !whole.hiKnown || whole.low <= whole.high {
		return time.Duration(whole.middle())
	}
	slices.SortFunc(middles, cmp.Compare)
	return time.Duration(middles[len(middles)/2])
}

// middle returns the middle of the bounds, or the one that is known.
func (b bound) middle() int64 {
	switch {
	case !b.lowKnown:
		return b.high
	case !b.hiKnown:
		return b.low
	}
	return b.low + (b.high-b.low)/2
}
