package check

import "tracelab/tracetree"

// stateOf returns the state of the check, which is made at its first use.
func stateOf[T any](p *pass) *T {
	if s, ok := p.State.(*T); ok {
		return s
	}
	s := new(T)
	p.State = s
	return s
}

// occurrences collects what many spans have in common by one cause, such as an attribute
// that an instrumentation always writes, so that it is one finding. Two of them
// with equal K are the same.
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

// add records a span. The spans are added in order.
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

// others returns the number of its spans without the first.
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
