package tracetree

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tracelab/internal/grpcstatus"
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

// servers returns the spans that a CLIENT of RPC or HTTP is folded into: if its children are SERVER
// spans only, it adds nothing to them. Inner spans between them, such as the HTTP request of an
// RPC, are folded with it. A client that failed is not folded if a server does not show the
// failure.
func (v *view) servers(i int32) (servers, inner []int32, ok bool) {
	f := v.forest
	s := &f.spans[i]
	if s.Kind != KindClient || len(f.childrenOf(i)) == 0 {
		return nil, nil, false
	}
	client := MeaningOf(s)
	if client.Class != ClassRPCClient && client.Class != ClassHTTPClient {
		return nil, nil, false
	}
	below := slices.Clone(f.childrenOf(i))
	for len(below) > 0 {
		c := below[0]
		below = below[1:]
		switch {
		case f.spans[c].Kind == KindServer:
			servers = append(servers, c)
		case v.isInner(c):
			inner = append(inner, c)
			below = append(below, f.childrenOf(c)...)
		default:
			return nil, nil, false
		}
	}
	for _, c := range servers {
		if s.Status == StatusError && f.spans[c].Status != StatusError && !failsAlone(&client, &f.spans[c]) {
			return nil, nil, false
		}
	}
	return servers, inner, len(servers) > 0
}

// isInner reports whether span i is a part of how another span does its work, and not shown in the
// compact view: the transport of a call, the receiving and settling of a message that is processed,
// the middleware of a framework. A span that failed is shown unless the one above it failed too.
func (v *view) isInner(i int32) bool {
	f := v.forest
	s, p := &f.spans[i], f.parent[i]
	if f.receives[i] != nil {
		return v.onlyReceives(i)
	}
	if _, ok := v.processOf(i); ok {
		return true
	}
	if p == none || f.marks[i] != 0 || s.Status == StatusError && f.spans[p].Status != StatusError {
		return false
	}
	switch s.Kind {
	case KindInternal, KindUnspecified:
		middleware, call := internalSort(s)
		return middleware || call && isTransport(s, &f.spans[p])
	case KindClient:
		return isTransport(s, &f.spans[p]) || isConnecting(s) && !slices.ContainsFunc(f.childrenOf(i), v.isShown)
	}
	return false
}

func (v *view) isShown(i int32) bool { return !v.isInner(i) }

// processOf returns the span that represents a span that received messages and stands below a send:
// the first of its service that processes one of them. That is a child of it or, if the receiving
// has links to the sends, stands beside it, as every message has to be processed somewhere.
func (v *view) processOf(i int32) (process int32, ok bool) {
	f := v.forest
	s, p := &f.spans[i], f.parent[i]
	if s.Kind != KindConsumer || p == none || s.Status == StatusError || f.marks[i]&^Linked != 0 ||
		MeaningOf(s).Step != stepReceive || MeaningOf(&f.spans[p]).Class != ClassSend {
		return none, false
	}
	if f.marks[i]&Linked == 0 {
		process = none
		for _, c := range f.childrenOf(i) {
			isProcess := v.processes(c, s.Service())
			if !isProcess && !v.isInner(c) {
				return none, false
			}
			if isProcess && process == none {
				process = c
			}
		}
		return process, process != none
	}
	if !v.onlyReceives(i) {
		return none, false
	}
	for k, t := range f.linkTargets(nil, i) {
		at, ok := v.processesOf(t)[s.Service()]
		if !ok {
			return none, false
		}
		if k == 0 {
			process = at
		}
	}
	return process, true
}

// processesOf returns the first span below span i that processes a message in each service. It
// remembers the result, because many spans can receive messages of one send.
func (v *view) processesOf(i int32) map[string]int32 {
	first, ok := v.processing[i]
	if ok {
		return first
	}
	first = make(map[string]int32)
	for _, c := range v.forest.childrenOf(i) {
		service := v.forest.spans[c].Service()
		if _, ok := first[service]; !ok && v.processes(c, service) {
			first[service] = c
		}
	}
	if v.processing == nil {
		v.processing = make(map[int32]map[string]int32)
	}
	v.processing[i] = first
	return first
}

// processes reports whether a span processes a message in a service.
func (v *view) processes(i int32, service string) bool {
	s := &v.forest.spans[i]
	return s.Kind == KindConsumer && s.Service() == service && MeaningOf(s).Class == ClassProcess
}

// onlyReceives reports whether a span that received messages has nothing below it besides spans
// that are shown below the sends of these messages, and inner ones.
func (v *view) onlyReceives(i int32) bool {
	f := v.forest
	if f.spans[i].Status == StatusError || f.marks[i]&^(Root|Linked) != 0 {
		return false
	}
	only, known := v.only[i]
	if !known { // remembered, because spans that receive may be nested
		only = !slices.ContainsFunc(f.childrenOf(i), func(c int32) bool { return !v.isInner(c) })
		if v.only == nil {
			v.only = make(map[int32]bool)
		}
		v.only[i] = only
	}
	return only
}

// internalSort reports whether an INTERNAL span is one of those that web frameworks make of their
// own parts, and whether it can be a call.
func internalSort(s *Span) (middleware, call bool) {
	for i := range s.Attributes {
		switch s.Attributes[i].Key {
		case "express.type", "connect.type", "koa.type", "fastify.type", "hapi.type", "restify.type", "nestjs.type",
			"asgi.event.type":
			return true, false
		case "rpc.system", "rpc.system.name":
			call = true
		}
	}
	return false, call
}

// isTransport reports whether a span belongs to how its parent, a call or a step of messaging, is
// carried out in the same service: another instrumentation has traced the same call once more, or
// the request that carries it.
func isTransport(s, parent *Span) bool {
	if parent.Kind == KindServer || s.Service() != parent.Service() {
		return false
	}
	inner := MeaningOf(s)
	if inner.Class == ClassOther && inner.Step == "" {
		return false
	}
	outer := MeaningOf(parent)
	sameSystem := outer.System == inner.System
	if inner.Class == ClassOther {
		return sameSystem && (inner.Step == stepReceive || inner.Step == stepSettle) &&
			(outer.Step == stepReceive || outer.Step == stepProcess && inner.Step == stepSettle)
	}
	if inner.Class == ClassDatabase && outer.Class == ClassDatabase && sameSystem &&
		inner.Operation == outer.Operation && sameStatement(s, parent) {
		return true // the preparation of a statement and the like
	}
	if !otherScope(s, parent, inner.Class != outer.Class) {
		return false
	}
	switch {
	case inner.Class != outer.Class:
		return outer.isCall() && (inner.Class == ClassHTTPClient || inner.Class == ClassRPCClient)
	case inner.Class == ClassHTTPClient:
		return outer.HTTPMethod == inner.HTTPMethod && (outer.Host == inner.Host || outer.Host == "" || inner.Host == "")
	case inner.Class == ClassRPCClient:
		return outer.RPCMethod == inner.RPCMethod
	case inner.Class == ClassDatabase:
		return sameSystem && strings.EqualFold(outer.Operation, inner.Operation)
	}
	return inner.Class == ClassSend && sameSystem
}

// sameStatement reports whether two spans have the same text of a database query.
func sameStatement(a, b *Span) bool {
	text := statementOf(a)
	return text != "" && text == statementOf(b)
}

func statementOf(s *Span) string {
	for i := range s.Attributes {
		if key := s.Attributes[i].Key; key == "db.query.text" || key == "db.statement" {
			return s.Attributes[i].Value.Text()
		}
	}
	return ""
}

// isConnecting reports whether a span is the connecting to a database or the acquiring of a
// connection from a pool, by its name: it has no operation and no statement, and no attribute is
// defined for it.
func isConnecting(s *Span) bool {
	last := s.Name[strings.LastIndexAny(s.Name, " .:")+1:]
	switch strings.ToLower(last) {
	case "connect", "acquire":
		m := MeaningOf(s)
		return m.Class == ClassDatabase && m.Operation == ""
	}
	return false
}

// otherScope reports whether two spans come from different instrumentations. If the format has no
// scopes, unknown decides.
func otherScope(s, parent *Span, unknown bool) bool {
	var a, b string
	if s.Origin != nil {
		a = s.Origin.ScopeName
	}
	if parent.Origin != nil {
		b = parent.Origin.ScopeName
	}
	return a != b || a == "" && unknown
}

// isCall reports whether the span calls something that its transport can be traced of as well.
func (m *Meaning) isCall() bool {
	switch m.Class {
	case ClassSend, ClassDatabase, ClassRPCClient:
		return true
	}
	return m.Step == stepReceive || m.Step == stepSettle
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
	return err == nil && code >= 400 && code < 500 &&
		(answered.HTTPStatus == "" || answered.HTTPStatus == client.HTTPStatus)
}

// Option changes how a forest is printed and compared. An option has the same meaning in both.
type Option uint8

// The options. Compact is the default; Full overrides it.
const (
	Compact    Option = iota // CLIENT spans are folded into the SERVER spans that they call
	Full                     // every span has a line of its own
	Attributes               // prints every attribute in braces; ignored by Match
	Grouped                  // Lines merges equal siblings; ignored by Format and Match
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
	// With Grouped, Count is the number of equal siblings that the line stands for, and Group all of
	// their spans: those below each of the lines that the line above stands for. Total and Median are
	// of the spans' known durations.
	Count         int
	Group         []Node
	Total, Median time.Duration
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

// View is a forest as the lines that [Lines] returns, which it makes one by one when they are asked for: a drawing that
// shows a part of a large trace needn't have the texts of the rest. It takes less than 40 bytes per line. Lines are
// counted from 0, from top to bottom; an index out of range panics. Any number of goroutines may use it.
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
