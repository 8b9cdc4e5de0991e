package challenge

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// request is what the items look at: the spans of the graded request, and those of trees that
// belong to no request.
type request struct {
	names    Names
	forest   *tracetree.Forest
	graded   []tracetree.Span // of traces
	findings []check.Finding  // in the traces of spans

	above    []above                    // by the index of the span
	own      []bool                     // by the index of the span: it belongs to the request
	spans    []span                     // those of the request first, each part in the order of its trees
	services []string                   // of the whole capture
	traces   map[tracetree.TraceID]bool // those of spans
}

// span is a node with its meaning.
type span struct {
	tracetree.Node
	tracetree.Meaning
	as  tracetree.Kind // the kind that it is read as, see Names.kindOf
	own bool
}

func (s span) kind() tracetree.Kind { return s.as }

// choose returns the top of the tree that is graded, and the number of trees that it was chosen
// from. The node is zero for a forest without spans of the gateway. Unless it is zero, only trees
// that begin in the trace are chosen from.
func choose(forest *tracetree.Forest, names Names, trace tracetree.TraceID) (chosen tracetree.Node, count int) {
	best, list := -1, pieces(&names)
	for top := range forest.Tops() {
		if !trace.IsZero() && top.Span().TraceID != trace {
			continue
		}
		hasGateway, found := false, uint(0)
		eachBelow(top, func(n tracetree.Node) bool {
			hasGateway = hasGateway || n.Span().Service() == names.Gateway
			found |= names.pieceOf(n, list)
			return true
		})
		if !hasGateway {
			continue
		}
		count++
		if score := bits.OnesCount(found); score >= best { // tops are in the order of their start: the latest of equal ones
			chosen, best = top, score
		}
	}
	return chosen, count
}

// pieceOf returns a bit for the piece of the expected tree that a span is, or 0.
func (n *Names) pieceOf(node tracetree.Node, list []piece) uint {
	s := n.read(node)
	for i, p := range list {
		if p.is(s) {
			return 1 << i
		}
	}
	return 0
}

// eachBelow calls do for a node and all below it, each before those below it, which are left out if
// do returns false. It doesn't recurse: trees can be deep.
func eachBelow(top tracetree.Node, do func(tracetree.Node) bool) {
	todo := []tracetree.Node{top}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !do(n) {
			continue
		}
		at := len(todo)
		todo = slices.AppendSeq(todo, n.Children())
		slices.Reverse(todo[at:])
	}
}

func newRequest(forest *tracetree.Forest, names Names, chosen tracetree.Node) *request {
	r := &request{names: names, forest: forest, traces: make(map[tracetree.TraceID]bool)}
	r.own = make([]bool, len(forest.Spans()))
	r.above = r.lookAbove()
	if !chosen.IsZero() {
		r.addOwn(chosen)
		r.addVisitors()
	}
	list := pieces(&names)
	have := uint(0)
	eachOwn := func(n tracetree.Node) bool {
		if r.own[n.Index()] {
			have |= r.partOf(n, list)
			s := r.names.read(n)
			s.own = true
			r.spans = append(r.spans, s)
		}
		return true
	}
	for top := range forest.Tops() {
		eachBelow(top, eachOwn)
	}
	for _, top := range r.lost(chosen, have, list) {
		eachBelow(top, func(n tracetree.Node) bool {
			r.spans = append(r.spans, r.names.read(n))
			return true
		})
	}
	for _, s := range r.spans {
		r.traces[s.Span().TraceID] = true
	}
	seen := map[string]bool{}
	for _, s := range forest.Spans() {
		if service := s.Service(); !seen[service] {
			seen[service] = true
			r.services = append(r.services, service)
		}
	}
	slices.Sort(r.services)
	return r
}

// lost returns the trees of no request that have what the graded one lacks, as they are when a
// context was lost: for each part the nearest in time, because other requests may have lost theirs
// as well. Without any request, it is the latest.
func (r *request) lost(chosen tracetree.Node, have uint, list []piece) []tracetree.Node {
	type tree struct {
		top  tracetree.Node
		has  uint
		away int64 // in nanoseconds
	}
	var trees []tree
	at := int64(math.MaxInt64)
	if !chosen.IsZero() {
		at = chosen.Span().Start
	}
	for top := range r.forest.Tops() {
		isRequest, has := false, uint(0)
		eachBelow(top, func(n tracetree.Node) bool {
			isRequest = isRequest || r.own[n.Index()] || n.Span().Service() == r.names.Gateway
			has |= r.partOf(n, list)
			return !isRequest
		})
		if !isRequest && has&^have != 0 {
			away := at - max(top.Span().Start, 0)
			trees = append(trees, tree{top, has, max(away, -away)})
		}
	}
	slices.SortStableFunc(trees, func(a, b tree) int { return cmp.Compare(a.away, b.away) })
	var tops []tracetree.Node
	for _, t := range trees {
		if t.has&^have != 0 {
			have |= t.has
			tops = append(tops, t.top)
		}
	}
	return tops
}

// partOf returns bits for what a span is of a request: a piece, and a span of a service. A tree
// without a span of the gateway is looked at if it has what the request lacks: others are of other
// requests.
func (r *request) partOf(n tracetree.Node, list []piece) uint {
	bits := r.names.pieceOf(n, list)
	switch n.Span().Service() {
	case r.names.TaskService:
		bits |= 1 << len(list)
	case r.names.Worker:
		bits |= 2 << len(list)
	}
	return bits
}

// addVisitors adds the trees of spans that link to the request and are shown elsewhere: the
// consumer of a batch is shown below the first of its producers only.
func (r *request) addVisitors() {
	spans := r.forest.Spans()
	for i := range spans {
		if !r.own[i] && r.linksToOwn(&spans[i]) {
			r.addOwn(r.forest.Node(i))
		}
	}
}

// addOwn adds a tree, as far as it hasn't been added.
func (r *request) addOwn(top tracetree.Node) {
	eachBelow(top, func(n tracetree.Node) bool {
		isNew := !r.own[n.Index()]
		r.own[n.Index()] = true
		return isNew
	})
}

func (r *request) linksToOwn(s *tracetree.Span) bool {
	return slices.ContainsFunc(s.Links, func(l tracetree.Link) bool {
		n, ok := r.forest.Lookup(l.TraceID, l.SpanID)
		return ok && r.own[n.Index()]
	})
}

// check runs the checks over the traces of the request alone: the mistakes of one service are one
// finding, which may be at a span of another request.
func (r *request) check(in check.Input) {
	for _, s := range r.forest.Spans() {
		if r.traces[s.TraceID] {
			r.graded = append(r.graded, s)
		}
	}
	in.Forest = tracetree.Build(r.graded)
	r.findings = check.Run(check.All(), in, check.Config{}).Findings
}

// of returns the spans of a service.
func (r *request) of(service string) []span {
	return r.where(func(s span) bool { return s.Span().Service() == service })
}

func (r *request) where(is func(span) bool) []span {
	var found []span
	for _, s := range r.spans {
		if is(s) {
			found = append(found, s)
		}
	}
	return found
}

// missing is the outcome for a service without spans.
func (r *request) missing(service string) outcome {
	if len(r.services) == 0 {
		return notVisible("there are no spans")
	}
	return notVisible("no span of service %s: the services are %s", service, strings.Join(r.services, ", "))
}

// languageOf returns the ID of the language of a service, or of the service of a node.
func (r *request) languageOf(service Service, n tracetree.Node) string {
	name := map[Service]string{Gateway: r.names.Gateway, TaskService: r.names.TaskService, Worker: r.names.Worker}[service]
	if name == "" && !n.IsZero() {
		name = n.Span().Service()
	}
	for _, s := range r.spans {
		if s.Span().Service() != name || s.Span().Origin == nil {
			continue
		}
		for _, a := range s.Span().Origin.Resource {
			for _, l := range Languages() {
				if a.Key == "telemetry.sdk.language" && a.Value.Text() == l.SDK {
					return l.ID
				}
			}
		}
	}
	return ""
}

// piece is a span of the expected tree.
type piece struct {
	what string // in messages
	is   func(span) bool
}

// The pieces of the expected tree: indexes of the list that the function pieces returns.
const (
	entry = iota
	client
	server
	insert
	send
	process
	update
)

func pieces(names *Names) []piece {
	in := func(s span, service string) bool { return s.Span().Service() == service }
	isDatabase := func(s span, operation string) bool {
		return s.Class == tracetree.ClassDatabase && strings.EqualFold(cmp.Or(s.Operation, s.RPCMethod), operation) &&
			(s.Collection == "" || s.Collection == names.Table)
	}
	return []piece{
		entry: {names.Gateway + ": " + names.Operation, func(s span) bool {
			return in(s, names.Gateway) && s.kind() == tracetree.KindServer && names.sameOperation(s.operation())
		}},
		client: {names.Gateway + ": grpc.client." + names.method(), func(s span) bool {
			return in(s, names.Gateway) && s.kind() == tracetree.KindClient && s.calls(names.method())
		}},
		server: {names.TaskService + ": /" + names.RPC, func(s span) bool {
			return in(s, names.TaskService) && s.kind() == tracetree.KindServer &&
				(s.calls(names.method()) || s.RPCMethod == "" && isAnyRequest(s.Span().Name))
		}},
		insert: {"db: " + names.Insert + " (" + names.Table + " table)", func(s span) bool {
			return in(s, names.TaskService) && isDatabase(s, names.Insert)
		}},
		send: {"the send to " + names.Queue, func(s span) bool {
			return in(s, names.TaskService) && s.Class == tracetree.ClassSend &&
				(s.Destination == "" || s.Destination == names.Queue)
		}},
		process: {names.Worker + ": process", func(s span) bool {
			return in(s, names.Worker) && s.Class == tracetree.ClassProcess
		}},
		update: {"db: " + names.Update + " (" + names.Table + " table)", func(s span) bool {
			return in(s, names.Worker) && isDatabase(s, names.Update)
		}},
	}
}

// calls reports whether a span is about a method: by its attributes, or by its name without them.
func (s span) calls(method string) bool {
	if s.RPCMethod != "" {
		return letters(s.RPCMethod) == letters(method)
	}
	name := s.Span().Name
	return letters(name[strings.LastIndexAny(name, "/.")+1:]) == letters(method)
}
