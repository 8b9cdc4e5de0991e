package challenge

import "tracelab/tracetree"

// above is what is above a span: in the tree, and by links of the spans above it.
type above uint8

const (
	aboveGateway   above = 1 << iota // a span of the gateway
	aboveServer                      // a SERVER span of the gateway
	aboveTasks                       // a span of the task service
	continuesTasks                   // the span, or one above it, links to a span of the task service or below one
)

// lookAbove finds out what is above each span of the forest, in one pass: walking up from each span
// would take quadratic time in a deep tree.
func (r *request) lookAbove() []above {
	has := make([]above, len(r.forest.Spans()))
	inherit := func(n tracetree.Node) bool {
		parent, ok := n.Parent()
		if !ok {
			return true
		}
		has[n.Index()] |= has[parent.Index()]
		switch parent.Span().Service() {
		case r.names.Gateway:
			has[n.Index()] |= aboveGateway
			if r.names.kindOf(parent) == tracetree.KindServer {
				has[n.Index()] |= aboveServer
			}
		case r.names.TaskService:
			has[n.Index()] |= aboveTasks
		}
		return true
	}
	for top := range r.forest.Tops() {
		eachBelow(top, inherit) // a span comes after those above it
	}
	link := func(n tracetree.Node) bool {
		if parent, ok := n.Parent(); ok {
			has[n.Index()] |= has[parent.Index()] & continuesTasks
		}
		for _, l := range n.Span().Links {
			linked, ok := r.forest.Lookup(l.TraceID, l.SpanID)
			if ok && (linked.Span().Service() == r.names.TaskService || has[linked.Index()]&aboveTasks != 0) {
				has[n.Index()] |= continuesTasks
			}
		}
		return true
	}
	for top := range r.forest.Tops() {
		eachBelow(top, link)
	}
	return has
}

// is reports whether something is above a span.
func (r *request) is(what above, n tracetree.Node) bool { return r.above[n.Index()]&what != 0 }

// branch is a part of the expected tree.
type branch struct {
	piece int
	below []*branch
}

// expected returns the expected tree.
func expected() *branch {
	return &branch{piece: entry, below: []*branch{{piece: server, below: []*branch{
		{piece: insert},
		{piece: send},
		// The processing is below the send, or next to it: where the SDK makes the span of the
		// send, as in Go, the program can only inject the context of the span above.
		{piece: process, below: []*branch{{piece: update}}},
	}}}}
}

// below is for a span the pieces below it that have all that is expected below them: a bit for
// each.
type below []uint

// complete returns the spans that are a piece with all that is expected below it, and marks what is
// above them.
func (r *request) complete(b *branch, found [][]span, marks below) []span {
	wanted := uint(0)
	for _, part := range b.below {
		wanted |= 1 << part.piece
		for _, s := range r.complete(part, found, marks) {
			r.mark(s.Node, 1<<part.piece, marks)
		}
	}
	var complete []span
	for _, s := range found[b.piece] {
		if marks[s.Index()]&wanted == wanted {
			complete = append(complete, s)
		}
	}
	return complete
}

// isMarked is for spans whose ancestors have been marked.
func isMarked(bit uint) uint { return bit << 16 }

// mark marks all spans that a span is below: it is in their subtree, or in that of a span which
// links to them. Each span is looked at once for each bit.
func (r *request) mark(n tracetree.Node, bit uint, marks below) {
	for marks[n.Index()]&isMarked(bit) == 0 {
		marks[n.Index()] |= isMarked(bit)
		for _, l := range n.Span().Links {
			if linked, ok := r.forest.Lookup(l.TraceID, l.SpanID); ok {
				marks[linked.Index()] |= bit
			}
		}
		parent, ok := n.Parent()
		if !ok {
			return
		}
		marks[parent.Index()] |= bit
		n = parent
	}
}

// missingBelow returns the first piece that is missing below a span, or in the wrong place, with
// the innermost span above it that was found. The span is zero for the top of the tree.
func (r *request) missingBelow(b *branch, top tracetree.Node, list []piece, found [][]span, marks below) outcome {
	var last span
	candidates := found[b.piece]
	if top.IsZero() {
		if len(candidates) > 0 {
			last = candidates[len(candidates)-1]
		}
	} else {
		isBelow := r.allBelow(top)
		for _, s := range candidates {
			if isBelow[s.Index()] {
				last = s
			}
		}
	}
	switch {
	case last.IsZero() && len(candidates) > 0:
		return notMet(candidates[0].Node, "it is not below %s", tracetree.Label(top.Span()))
	case last.IsZero():
		return notMet(top, "%s is missing", list[b.piece].what)
	}
	for _, part := range b.below {
		if marks[last.Index()]&(1<<part.piece) == 0 {
			return r.missingBelow(part, last.Node, list, found, marks)
		}
	}
	return met(last.Node)
}

// allBelow returns, by their indexes, the spans that are in the subtree of a span, or in that of a
// span which links to it.
func (r *request) allBelow(top tracetree.Node) []bool {
	found := make([]bool, len(r.forest.Spans()))
	add := func(n tracetree.Node) {
		eachBelow(n, func(n tracetree.Node) bool {
			isNew := !found[n.Index()]
			found[n.Index()] = true
			return isNew
		})
	}
	for child := range top.Children() {
		add(child)
	}
	spans := r.forest.Spans()
	for i := range spans {
		for _, l := range spans[i].Links {
			if linked, ok := r.forest.Lookup(l.TraceID, l.SpanID); ok && linked == top {
				add(r.forest.Node(i))
			}
		}
	}
	return found
}
