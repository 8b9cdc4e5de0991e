package tracetree

import "slices"

// view is a forest as it is shown: its lines from top to bottom, in the full view one for every span, in the compact
// view without the folded ones. Printing and matching both start from it, so that they can't differ.
type view struct {
	forest *Forest
	lines  []viewLine
}

// viewLine is a span with its place in a view.
type viewLine struct {
	node   int32
	folded int32 // the span folded into this line, or none
	parent int32 // the line that this one is below, or none
	end    int32 // the line after this one's subtree
	depth  int32
	marks  Marks
}

func newView(f *Forest, opts []Option) *view {
	v := &view{forest: f, lines: make([]viewLine, 0, len(f.spans))}
	full := has(opts, Full)
	var stack []viewLine // what is still to be shown, the next one last
	push := func(siblings []int32, parent, depth int32) {
		begin := len(stack)
		for _, i := range siblings {
			if full || !f.folds(i) {
				stack = append(stack, viewLine{node: i, folded: none, parent: parent, depth: depth, marks: f.marks[i]})
				continue
			}
			for _, c := range f.childrenOf(i) {
				stack = append(stack, viewLine{node: c, folded: i, parent: parent, depth: depth, marks: f.marks[c] | f.marks[i]})
			}
		}
		slices.Reverse(stack[begin:])
	}
	push(f.tops(), none, 0)
	for len(stack) > 0 {
		line := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		at := int32(len(v.lines))
		line.end = at + 1
		v.lines = append(v.lines, line)
		push(f.childrenOf(line.node), at, line.depth+1)
	}
	for at := len(v.lines) - 1; at >= 0; at-- {
		if l := &v.lines[at]; l.parent != none {
			parent := &v.lines[l.parent]
			parent.end = max(parent.end, l.end)
		}
	}
	return v
}

func (v *view) span(line int32) *Span { return &v.forest.spans[v.lines[line].node] }

// children returns the lines one level below a line, or the tops for none.
func (v *view) children(line int32) func(yield func(int32) bool) {
	at, end := int32(0), int32(len(v.lines))
	if line != none {
		at, end = line+1, v.lines[line].end
	}
	return func(yield func(int32) bool) {
		for ; at < end; at = v.lines[at].end {
			if !yield(at) {
				return
			}
		}
	}
}
