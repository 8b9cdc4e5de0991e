package tracetree

import (
	"slices"
	"strconv"

	"tracelab/internal/grpcstatus"
)

// view is a forest as lines, from top to bottom: in the full view one for every span, in the
// compact view without the folded spans. Printing and matching both use it, so that they cannot
// disagree.
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
	var stack []viewLine // the lines still to be added, the next one last
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

// folds reports whether the compact view folds span i: a CLIENT of RPC or HTTP whose children are
// all SERVERs adds nothing to them. It is not folded if it failed and a child does not show the
// failure.
func (f *Forest) folds(i int32) bool {
	s := &f.spans[i]
	children := f.childrenOf(i)
	if s.Kind != KindClient || len(children) == 0 {
		return false
	}
	for _, c := range children {
		if f.spans[c].Kind != KindServer {
			return false
		}
	}
	client := MeaningOf(s)
	if client.Class != ClassRPCClient && client.Class != ClassHTTPClient {
		return false
	}
	if s.Status != StatusError {
		return true
	}
	for _, c := range children {
		if f.spans[c].Status != StatusError && !failsAlone(&client, &f.spans[c]) {
			return false
		}
	}
	return true
}

// failsAlone reports whether the conventions set the status of a client to ERROR and that of its
// server not: for gRPC codes that are the client's fault, and for HTTP codes from 400 to 499.
// Client and server must have seen the same code, as far as the server's span has one.
func failsAlone(client *Meaning, server *Span) bool {
	answered := MeaningOf(server)
	if client.Class == ClassRPCClient {
		code := grpcstatus.Name(client.RPCStatus)
		return grpcstatus.IsClientError(code) &&
			(answered.RPCStatus == "" || grpcstatus.Name(answered.RPCStatus) == code)
	}
	code, err := strconv.Atoi(client.HTTPStatus)
	return err == nil && code >= 400 && code < 500 && (answered.HTTPStatus == "" || answered.HTTPStatus == client.HTTPStatus)
}

// Option changes how a forest is printed and compared. An option has the same meaning in both.
type Option uint8

// The options. Compact is the default; Full overrides it.
const (
	Compact    Option = iota // CLIENT spans are folded into the SERVER spans that they call
	Full                     // every span has a line of its own
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
