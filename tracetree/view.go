package tracetree

import (
	"slices"
	"strconv"

	"tracelab/internal/grpcstatus"
)

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

// folds reports whether the compact view folds span i: a CLIENT of RPC or HTTP whose children are all SERVERs says
// nothing that they don't say. It stays when it failed and a child doesn't show that.
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

// failsAlone reports whether the conventions set the status of a client to ERROR and that of its server not: for gRPC
// codes that are the client's fault, and for HTTP codes from 400 to 499. Client and server must have seen the same code,
// as far as the server's span has one.
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

// Option changes how a forest is printed and compared. The same options mean the same in both.
type Option uint8

// The options. Compact is the default and gives way to Full.
const (
	Compact    Option = iota // CLIENT spans are folded into the SERVER spans that they call
	Full                     // every span has a line of its own
	Attributes               // print every attribute in braces; comparing ignores it
	Any                      // compare: trees that the pattern doesn't have are fine; printing ignores it
)

func has(opts []Option, o Option) bool { return slices.Contains(opts, o) }

// Line is one line of the notation, with what a drawing of the trace needs beyond its text.
type Line struct {
	Text   string // indentation, label and annotations, as Format prints them, without the line's end
	Depth  int    // levels of indentation
	Tree   int    // the index of the tree among those that are shown, from 0
	Node   Node   // the span
	Folded Node   // the CLIENT span folded into this line, or the zero Node
	Marks  Marks  // the node's, and those handed on by the folded span

	// Share is this span's position among the spans of the capture that it links to: "1 of 3" for a consumer of a
	// batch that is shown below the first of three producers. It is zero when the span links to fewer than two.
	Share Share
	// Elsewhere lists the spans that link to this one, or to the span folded into it, and are shown elsewhere.
	Elsewhere []Reference
}

// Share is a position among several: K of N, from 1. The zero Share is none.
type Share struct{ K, N int }

// Reference is a span that is shown at another place than the one that it links to from there.
type Reference struct {
	Node  Node
	Share Share // which of the node's links it is; N is 1 when there is only one
}
