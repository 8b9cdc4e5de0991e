package hops

import (
	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

// Lost holds the pairs of spans between which context was lost. Spans are given by their indexes in
// the forest.
type Lost struct {
	// Moved are spans whose parent exists, in another trace than theirs: the context arrived, and
	// its trace id was replaced or cut on the way. From is the parent.
	Moved []Pair
	// Messages and Calls are pairs that agree in what identifies a message or a call.
	Messages []Pair
	Calls    []Pair
	// Overlaps are operations with several calls at the same time.
	Overlaps []Overlap
	// Possible are HTTP calls that agree in all but the host, which neither confirms nor excludes
	// the pair.
	Possible []Pair
	// Unseen are servers that were called without a CLIENT span for the call.
	Unseen []UnseenCall
}

// Receivers returns the spans that received a call or a message without its context: the second
// ends of all pairs.
func (l *Lost) Receivers() map[int]bool {
	found := map[int]bool{}
	for _, pairs := range [][]Pair{l.Moved, l.Messages, l.Calls, l.Possible} {
		for _, p := range pairs {
			found[p.To] = true
		}
	}
	for i := range l.Overlaps {
		for _, r := range l.Overlaps[i].Servers {
			found[r] = true
		}
	}
	for _, p := range l.Unseen {
		found[p.To] = true
	}
	return found
}

// A Finder collects the spans between which context may have been lost, as
// indexes, and pairs them when both ends are there.
type Finder struct {
	forest    *tracetree.Forest
	served    []int // SERVER spans without a parent in the capture
	processed []int // CONSUMER spans that neither a parent nor a link connects to what sent their message
	received  []int // CONSUMER spans without links that receive one message, which has an id
	calls     []int // CLIENT spans of RPC and HTTP that no server is below
	servers   []int // SERVER spans with nothing below
	absent    []int // spans that name a parent which their trace lacks
}

// NewFinder returns a Finder for the spans of a forest.
func NewFinder(forest *tracetree.Forest) *Finder { return &Finder{forest: forest} }

// Add adds the span of an index and its meaning. Every span of the forest has to be added, in
// order, before Find.
func (h *Finder) Add(i int, s *tracetree.Span, m *tracetree.Meaning) {
	n := h.forest.Node(i)
	hasParent := false
	if !s.Parent.IsZero() && !n.Has(tracetree.Duplicate) {
		if _, hasParent = span.Parent(h.forest, n); !hasParent {
			h.absent = append(h.absent, i)
		}
	}
	isReceive := m.Class == tracetree.ClassOther && s.Kind == tracetree.KindConsumer
	if m.Class == tracetree.ClassOther && !isReceive || m.Class == tracetree.ClassDatabase ||
		m.Class == tracetree.ClassSend {
		return
	}
	if n.Has(tracetree.Duplicate) {
		return
	}
	if isReceive {
		if len(s.Links) == 0 && m.Step == "receive" && messageKeyOf(s, m).Class == Message {
			h.received = append(h.received, i)
		}
		return
	}
	// A parent that the capture lacks is no evidence about the caller: it may be a platform's or a
	// proxy's, or made up.
	starts := !hasParent && len(s.Links) == 0
	switch m.Class {
	case tracetree.ClassRPCClient, tracetree.ClassHTTPClient:
		if !isServed(n) {
			h.calls = append(h.calls, i)
		}
	case tracetree.ClassProcess:
		if starts || assumesProducer(h.forest, n) || !IdentifiesProducer(h.forest, n) {
			h.processed = append(h.processed, i)
		}
	default:
		if starts {
			h.served = append(h.served, i)
		}
		if isLeaf(n) {
			h.servers = append(h.servers, i)
		}
	}
}

func isLeaf(n tracetree.Node) bool {
	for range n.Children() {
		return false
	}
	return true
}

// Find pairs the spans that were added.
func (h *Finder) Find() Lost {
	lost := Lost{Moved: h.moved()}
	taken := map[int]bool{}
	take := func(pairs []Pair) {
		for _, p := range pairs {
			taken[p.From], taken[p.To] = true, true
		}
	}
	take(lost.Moved)
	lost.Messages = h.lostMessages(taken)
	lost.Calls = h.lostCalls(taken)
	take(lost.Calls)
	lost.Overlaps = h.overlaps(taken)
	for i := range lost.Overlaps {
		for _, r := range lost.Overlaps[i].Servers {
			taken[r] = true
		}
	}
	lost.Possible = h.possibleCalls(taken)
	take(lost.Possible)
	lost.Unseen = h.unseenCalls(taken)
	return lost
}

// isServed reports whether a server is below a call.
func isServed(n tracetree.Node) bool {
	for child := range n.Children() {
		switch child.Span().Kind {
		case tracetree.KindServer, tracetree.KindConsumer:
			return true
		}
	}
	return false
}

func keyAt(spans []tracetree.Span, i int) Key {
	m := tracetree.MeaningOf(&spans[i])
	return KeyOf(&spans[i], &m)
}

// lostCalls pairs the servers that start a trace with calls without a server whose time contains
// theirs.
func (h *Finder) lostCalls(taken map[int]bool) []Pair {
	spans := h.forest.Spans()
	var pairs []Pair
	for _, at := range h.endsByKey(taken) {
		pairs = append(pairs, newPairing(spans, at.calls, at.starts, sameCall).pairs()...)
	}
	return pairs
}

// ends are the calls without a server, and the servers that start a trace, of one key.
type ends struct {
	key           Key
	calls, starts []int
}

// endsByKey groups the calls and servers that aren't taken, in the order of the calls.
func (h *Finder) endsByKey(taken map[int]bool) []*ends {
	spans := h.forest.Spans()
	byKey := map[Key]*ends{}
	var all []*ends
	for _, c := range h.calls {
		key := keyAt(spans, c)
		if key.Class == None || taken[c] {
			continue
		}
		if byKey[key] == nil {
			byKey[key] = &ends{key: key}
			all = append(all, byKey[key])
		}
		byKey[key].calls = append(byKey[key].calls, c)
	}
	if len(all) == 0 {
		return nil
	}
	for _, r := range h.served {
		if at := byKey[keyAt(spans, r)]; at != nil && !taken[r] {
			at.starts = append(at.starts, r)
		}
	}
	return all
}

// unseenCalls pairs RPC servers that start a trace with servers of another
// service that do nothing while these work: what is missing is the call's own
// span. That two requests happen at the same time is no evidence, so it has to
// be so every time: each call of the method is inside such a server's time,
// each request that such a server answered has one call inside, and the
// service has no CLIENT spans of RPC, which would show that its calls are seen.
// Where it was so only once, it is still not known. Servers that are taken have
// their call already.
func (h *Finder) unseenCalls(taken map[int]bool) []UnseenCall {
	spans := h.forest.Spans()
	if len(h.servers) == 0 {
		return nil
	}
	var starts []int
	for _, r := range h.served {
		if key := keyAt(spans, r); key.Class == RPC && !isProbeRPC(key.a) && !taken[r] {
			starts = append(starts, r)
		}
	}
	if len(starts) == 0 {
		return nil
	}
	g := newPairing(spans, h.servers, starts, func(o, n *tracetree.Span) bool { return o.Service() != n.Service() })
	candidates := g.pairs()
	if len(candidates) == 0 {
		return nil
	}
	idle, foreign := g.counterexamples()
	clients := rpcClients(spans)
	times := map[[2]operation]int{}
	var unseen []UnseenCall
	for _, p := range candidates {
		from, to := operationOf(&spans[p.From]), operationOf(&spans[p.To])
		if !idle[from] && !foreign[to] && !clients[from.service] {
			times[[2]operation{from, to}]++
			unseen = append(unseen, UnseenCall{Pair: p})
		}
	}
	for i := range unseen {
		p := unseen[i].Pair
		unseen[i].Once = times[[2]operation{operationOf(&spans[p.From]), operationOf(&spans[p.To])}] == 1
	}
	return unseen
}

// UnseenCall is a server that is likely to have made a call, and the server of
// that call.
type UnseenCall struct {
	Pair
	Once bool // it was seen only once
}

// operation is an operation of a service, by the name of its span.
type operation struct{ service, name string }

func operationOf(s *tracetree.Span) operation { return operation{s.Service(), s.Name} }

// counterexamples returns the operations of which a span succeeded and nothing
// is inside its time, and those of which a span isn't inside the time of any other.
func (g *pairing) counterexamples() (idle, foreign map[operation]bool) {
	idle, foreign = map[operation]bool{}, map[operation]bool{}
	for at, o := range g.outer {
		if s := &g.spans[o]; g.inside[at] == 0 && span.Succeeded(s) {
			idle[operationOf(s)] = true
		}
	}
	for i, n := range g.inner {
		if g.around[i] == 0 {
			foreign[operationOf(&g.spans[n])] = true
		}
	}
	return idle, foreign
}

// rpcClients returns the services that have CLIENT spans of RPC.
func rpcClients(spans []tracetree.Span) map[string]bool {
	services := map[string]bool{}
	for i := range spans {
		if s := &spans[i]; s.Kind == tracetree.KindClient {
			if m := tracetree.MeaningOf(s); m.Class == tracetree.ClassRPCClient && m.System != "aws-api" {
				services[s.Service()] = true
			}
		}
	}
	return services
}
