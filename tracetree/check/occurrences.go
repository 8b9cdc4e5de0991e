package check

import "tracelab/tracetree"

// stateOf returns the check's own state, which is made at its first use.
func stateOf[T any](p *Pass) *T {
	if s, ok := p.State.(*T); ok {
		return s
	}
	s := new(T)
	p.State = s
	return s
}

// occurrences gathers what has one cause in many spans, an attribute that an
// instrumentation always writes for one, so that it is one finding. K says what
// makes two of them the same.
type occurrences[K comparable] struct {
	at   map[K]int
	list []occurrence[K]
}

type occurrence[K comparable] struct {
	what  K
	first int // the span that it was seen on first
	last  int
	spans int // how many have it
}

// add notes it on a span. The spans come in order.
func (o *occurrences[K]) add(what K, span int) {
	at, known := o.at[what]
	if !known {
		if o.at == nil {
			o.at = make(map[K]int)
		}
		o.at[what] = len(o.list)
		o.list = append(o.list, occurrence[K]{what, span, span, 1})
		return
	}
	if found := &o.list[at]; found.last != span {
		found.last = span
		found.spans++
	}
}

// others returns on how many other spans it was seen.
func (o *occurrence[K]) others() int { return o.spans - 1 }

// newOrigin reports whether the origin is one that was not seen before. The
// spans of one origin mostly follow one another.
type newOrigin struct {
	last *tracetree.Origin
	seen map[*tracetree.Origin]struct{}
}

func (n *newOrigin) is(o *tracetree.Origin) bool {
	if n.seen == nil {
		n.seen = make(map[*tracetree.Origin]struct{})
	} else if o == n.last {
		return false
	}
	n.last = o
	if _, known := n.seen[o]; known {
		return false
	}
	n.seen[o] = struct{}{}
	return true
}
