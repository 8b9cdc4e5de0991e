package tracetree

import "iter"

// Forest is a set of trees, as [Build] returns it, in which every span has exactly one place. It
// refers to the spans, which must not change while the forest is in use. Any number of goroutines
// may use it at the same time.
type Forest struct {
	spans    []Span
	index    spanIndex
	parent   []int32 // of each span, the one it is shown below, or none
	children []int32 // the children of span 0, of span 1, …, and finally the tops
	first    []int32 // where the children of each span begin in children, and where the tops begin
	marks    []Marks
	links    []linkRef // the links to other spans than the one above, sorted by target
}

// none is the index of no span, and of no line.
const none = -1

// Marks describe the place of a span. They are a set: a span can have several.
type Marks uint8

// The marks. The notation prints Linked as "← linked span", and each of the others in parentheses.
const (
	Root      Marks = 1 << iota // starts its trace, or is the entry of its trace into this capture
	Orphan                      // has a parent that is missing from the capture
	Cycle                       // is where a cycle of parents or links was cut
	Duplicate                   // has the ids of an earlier span
	Linked                      // links to the span that it is shown below
)

// Node is a span in its place in a forest: a small handle, to be passed by value. Two nodes are ==
// if they are the same span of the same forest. The zero Node refers to no span; only IsZero may be
// called on it.
type Node struct {
	forest *Forest
	index  int32
}

// IsZero reports whether the node refers to no span.
func (n Node) IsZero() bool { return n.forest == nil }

// Span returns the node's span, an element of the slice that was given to [Build].
func (n Node) Span() *Span { return &n.forest.spans[n.index] }

// Index returns the span's index in the slice that was given to [Build].
func (n Node) Index() int { return int(n.index) }

// Has reports whether the node has all the given marks.
func (n Node) Has(marks Marks) bool { return n.forest.marks[n.index]&marks == marks }

// Parent returns the node that this one is shown below, as a child or as a linked span, and whether
// it exists.
func (n Node) Parent() (Node, bool) {
	p := n.forest.parent[n.index]
	if p == none {
		return Node{}, false
	}
	return Node{n.forest, p}, true
}

// Children returns the nodes below this one in sibling order: by start time, then in the order of
// the slice.
func (n Node) Children() iter.Seq[Node] { return n.forest.nodes(n.forest.childrenOf(n.index)) }

// NumChildren returns the number of children.
func (n Node) NumChildren() int { return len(n.forest.childrenOf(n.index)) }

// Spans returns the slice that was given to [Build].
func (f *Forest) Spans() []Span { return f.spans }

// Len returns the number of spans.
func (f *Forest) Len() int { return len(f.spans) }

// Node returns the node of the span with this index in Spans. It panics if the index is out of
// range.
func (f *Forest) Node(index int) Node {
	_ = f.spans[index]
	return Node{f, int32(index)}
}

// Lookup returns the node with these ids, the first of duplicates, and whether it exists.
func (f *Forest) Lookup(trace TraceID, span SpanID) (Node, bool) {
	i := f.index.lookup(f.spans, trace, span)
	if i == none {
		return Node{}, false
	}
	return Node{f, i}, true
}

// Tops returns the topmost nodes of the trees, in sibling order.
func (f *Forest) Tops() iter.Seq[Node] { return f.nodes(f.tops()) }

// NumTops returns the number of trees.
func (f *Forest) NumTops() int { return len(f.tops()) }

func (f *Forest) childrenOf(i int32) []int32 { return f.children[f.first[i]:f.first[i+1]] }

func (f *Forest) tops() []int32 { return f.children[f.first[len(f.spans)]:] }

func (f *Forest) nodes(indexes []int32) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for _, i := range indexes {
			if !yield(Node{f, i}) {
				return
			}
		}
	}
}
