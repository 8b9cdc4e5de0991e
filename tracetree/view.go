package tracetree

import (
	"slices"
)

// view is a forest as lines, from top to bottom: in the full view one for every span, in the
// compact view without the folded spans. Printing and matching both use it, so that they cannot
// disagree.
type view struct {
	forest *Forest
	lines  []viewLine
	full   bool
	inner  map[int32][]int32 // of a span, the inner spans that it stands for
	only   map[int32]bool    // results of onlyReceives
	stack  []viewLine        // the lines still to be added, the next one last

	processing map[int32]map[string]int32 // results of processesOf
}

// viewLine is a span with its place in a view.
type viewLine struct {
	node   int32
	folded int32 // the span folded into this line, or none
	leads  bool  // this line is the first of those that folded is folded into
	parent int32 // the line that this one is below, or none
	end    int32 // the line after this one's subtree
	depth  int32
	marks  Marks
}

func newView(f *Forest, opts []Option) *view {
	v := &view{forest: f, lines: make([]viewLine, 0, len(f.spans)), full: has(opts, Full)}
	v.push(f.tops(), none, 0)
	for len(v.stack) > 0 {
		line := v.stack[len(v.stack)-1]
		v.stack = v.stack[:len(v.stack)-1]
		at := int32(len(v.lines))
		line.end = at + 1
		v.lines = append(v.lines, line)
		v.push(f.childrenOf(line.node), at, line.depth+1)
	}
	for at := len(v.lines) - 1; at >= 0; at-- {
		if l := &v.lines[at]; l.parent != none {
			parent := &v.lines[l.parent]
			parent.end = max(parent.end, l.end)
		}
	}
	return v
}

// push adds the lines of siblings to the stack.
func (v *view) push(siblings []int32, parent, depth int32) {
	above := int32(none)
	if parent != none {
		above = v.lines[parent].node
	}
	begin := len(v.stack)
	for _, i := range siblings {
		v.pushSpan(i, above, parent, depth)
	}
	slices.Reverse(v.stack[begin:])
}

// pushSpan adds the line of a span or, if the span is folded, the lines in its place. An inner span
// is represented by the one above it; a span that received messages and everything inner below it,
// by the first span that processes one of them.
func (v *view) pushSpan(i, above, parent, depth int32) {
	f := v.forest
	if !v.full {
		if v.isInner(i) {
			if processes := f.receives[i]; processes != nil {
				above = processes[0]
			} else if process, ok := v.processOf(i); ok {
				above = process
			}
			v.setInner(above, i)
			for _, c := range f.childrenOf(i) {
				v.pushSpan(c, above, parent, depth)
			}
			return
		}
		if servers, inner, ok := v.servers(i); ok {
			for k, c := range servers {
				v.stack = append(v.stack, viewLine{
					node: c, folded: i, leads: k == 0, parent: parent, depth: depth, marks: f.marks[c] | f.marks[i],
				})
			}
			for _, c := range inner {
				v.setInner(servers[0], c)
			}
			return
		}
	}
	v.stack = append(v.stack, viewLine{node: i, folded: none, parent: parent, depth: depth, marks: f.marks[i]})
}

func (v *view) setInner(shown, inner int32) {
	if v.inner == nil {
		v.inner = make(map[int32][]int32)
	}
	v.inner[shown] = append(v.inner[shown], inner)
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

// Option changes how a forest is printed and compared. An option has the same meaning in both.
type Option uint8

// The options. Without Full, a view is compact: CLIENT spans are folded into the SERVER spans that
// they call.
const (
	Full       Option = iota // every span has a line of its own
	Attributes               // prints every attribute in braces; ignored by Match
	Any                      // allows trees that are not in the pattern; ignored by Format and Lines
)

func has(opts []Option, o Option) bool { return slices.Contains(opts, o) }

// Line is one line of the notation, with the data that a drawing of the trace needs in addition to
// the text.
type Line struct {
	Text   string // indentation, label and annotations, as Format prints them, without the newline
	Depth  int    // levels of indentation
	Tree   int    // the index of the tree, from 0
	Node   Node   // the span
	Folded Node   // the CLIENT span folded into this line, or the zero Node
	Inner  []Node // further spans that the compact view leaves out and this line stands for
	Marks  Marks  // of the span and of the one folded into this line

	// Share is the position of the span above among the spans of the capture that this span links
	// to: "1 of 3" for the consumer of a batch that is shown below the first of three producers. It
	// is zero for fewer than two links.
	Share Share
	// Elsewhere lists the spans that link to this span, or to the one folded into it, and are shown
	// below another one.
	Elsewhere []Reference
}

// Share is a position among several: K of N, from 1. The zero Share means no position.
type Share struct{ K, N int }

// Reference is a span with a link to a span that it is not shown below.
type Reference struct {
	Node  Node
	Share Share // the position of the link among the links of the node; N is 1 for a single link
}

// View is a forest as the lines that [Lines] returns, which it makes one by one when they are asked
// for: a drawing that shows a part of a large trace needn't have the texts of the rest. It takes
// less than 40 bytes per line. Lines are counted from 0, from top to bottom; an index out of range
// panics. Any number of goroutines may use it.
type View struct {
	view       *view
	tops       []int32 // lines
	attributes bool
}

// Place is where a line is in a view.
type Place struct {
	Node   Node
	Folded Node // the CLIENT span folded into this line, or the zero Node
	Depth  int  // levels of indentation
	Tree   int  // the index of the tree, from 0
	Parent int  // the line that this one is below, or -1
	End    int  // the line after those below this one
}

// NewView returns the view of a forest that the options select. It takes O(n) time.
func NewView(f *Forest, opts ...Option) *View {
	v := &View{view: newView(f, opts), attributes: has(opts, Attributes)}
	for top := range v.view.children(none) {
		v.tops = append(v.tops, top)
	}
	return v
}

// Len returns the number of lines.
func (v *View) Len() int { return len(v.view.lines) }

// Place returns the place of a line, in less time than Line takes.
func (v *View) Place(line int) Place {
	l := &v.view.lines[line]
	place := Place{
		Node: Node{v.view.forest, l.node}, Depth: int(l.depth), Parent: int(l.parent), End: int(l.end),
	}
	if l.folded != none {
		place.Folded = Node{v.view.forest, l.folded}
	}
	tree, found := slices.BinarySearch(v.tops, int32(line))
	if !found {
		tree--
	}
	place.Tree = tree
	return place
}

// Line returns a line.
func (v *View) Line(line int) Line {
	f, l, place := v.view.forest, v.view.lines[line], v.Place(line)
	result := Line{
		Text:      string(v.view.appendLine(nil, int32(line), v.attributes)),
		Depth:     place.Depth,
		Tree:      place.Tree,
		Node:      place.Node,
		Folded:    place.Folded,
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
