package tracetree

import "slices"

// View is a forest as the lines that [Lines] returns, which it makes one by one when they are asked for: a drawing that
// shows a part of a large trace needn't have the texts of the rest. It takes less than 40 bytes per line. Lines are
// counted from 0, from top to bottom; an index out of range panics. It may be used by any number of goroutines.
type View struct {
	view       *view
	tops       []int32 // lines
	attributes bool
}

// NewView returns the view of a forest that the options select. Grouped is ignored. It takes O(n) time.
func NewView(f *Forest, opts ...Option) *View {
	v := &View{view: newView(f, opts), attributes: has(opts, Attributes)}
	for top := range v.view.children(none) {
		v.tops = append(v.tops, top)
	}
	return v
}

// Len returns the number of lines.
func (v *View) Len() int { return len(v.view.lines) }

// Depth returns the levels of indentation of a line.
func (v *View) Depth(line int) int { return int(v.view.lines[line].depth) }

// End returns the line after those below a line.
func (v *View) End(line int) int { return int(v.view.lines[line].end) }

// Parent returns the line that a line is below, and whether it exists.
func (v *View) Parent(line int) (int, bool) {
	parent := v.view.lines[line].parent
	return int(parent), parent != none
}

// Node returns the node of a line.
func (v *View) Node(line int) Node { return Node{v.view.forest, v.view.lines[line].node} }

// Folded returns the node that is folded into a line, or the zero Node.
func (v *View) Folded(line int) Node {
	if folded := v.view.lines[line].folded; folded != none {
		return Node{v.view.forest, folded}
	}
	return Node{}
}

// Tree returns the index of the tree that a line belongs to, from 0.
func (v *View) Tree(line int) int {
	tree, found := slices.BinarySearch(v.tops, int32(line))
	if !found {
		tree--
	}
	return tree
}

// Line returns a line.
func (v *View) Line(line int) Line {
	f, l := v.view.forest, v.view.lines[line]
	result := Line{
		Text:      string(v.view.appendLine(nil, int32(line), v.attributes)),
		Depth:     int(l.depth),
		Tree:      v.Tree(line),
		Node:      Node{f, l.node},
		Folded:    v.Folded(line),
		Marks:     l.marks,
		Share:     f.share(l.node),
		Elsewhere: f.referencesTo(nil, l.node),
	}
	if l.leads {
		result.Elsewhere = f.referencesTo(result.Elsewhere, l.folded)
	}
	if l.folded == none || l.leads {
		for _, i := range v.view.inner[l.node] {
			result.Inner = append(result.Inner, Node{f, i})
			result.Elsewhere = f.referencesTo(result.Elsewhere, i)
		}
	}
	return result
}
