package hops

import (
	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

// Lost is what [Finder.Find] finds. Spans are given by their indexes in the forest.
type Lost struct {
	Messages []Pair
	Calls    []Pair
	Overlaps []Overlap
	Unseen   []UnseenCall
}

// A Finder collects the spans between which context may have been lost, as
// indexes, and pairs them when both ends are there.
type Finder struct {
	forest    *tracetree.Forest
	served    []int // SERVER spans that start a trace
	processed []int // CONSUMER spans that start a trace and link to nothing
	calls     []int // CLIENT spans of RPC and HTTP that no server is below
	servers   []int // SERVER spans with nothing below
}

// NewFinder returns a Finder for the spans of a forest.
func NewFinder(forest *tracetree.Forest) *Finder { return &Finder{forest: forest} }

// Add adds the span of an index and what it means. Each span of the forest is
// to be added, in order, before Find.
func (h *Finder) Add(i int, s *tracetree.Span, m *tracetree.Meaning) {
	if m.Class == tracetree.ClassOther || m.Class == tracetree.ClassDatabase || m.Class == tracetree.ClassSend {
		return
	}
	n := h.forest.Node(i)
	if n.Has(tracetree.Duplicate) {
		return
	}
	starts := s.Parent.IsZero() && len(s.Links) == 0
	switch m.Class {
	case tracetree.ClassRPCClient, tracetree.ClassHTTPClient:
		if !isServed(n) {
			h.calls = append(h.calls, i)
		}
	case tracetree.ClassProcess:
		if starts {
			h.processed = append(h.processed, i)
		}
	default:
		if starts {
			h.served = append(h.served, i)
		}
		if n.NumChildren() == 0 {
			h.servers = append(h.servers, i)
		}
	}
}

// Find pairs the spans that were added.
func (h *Finder) Find() Lost {
	lost := Lost{Messages: h.lostMessages(), Calls: h.lostCalls()}
	taken := map[int]bool{}
	for _, p := range lost.Calls {
		taken[p.From], taken[p.To] = true, true
	}
	lost.Overlaps = h.overlaps(taken)
	for i := range lost.Overlaps {
		for _, r := range lost.Overlaps[i].Servers {
			taken[r] = true
		}
	}
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

// lostMessages pairs the consumers that start a trace with the spans that sent
// the same message. An id is that of one message, so time doesn't matter, and
// one message may be delivered more than once. Where a span of sending is below
// another one, the inner one is it.
func (h *Finder) lostMessages() []Pair {
	spans := h.forest.Spans()
	wanted := map[Key]int{} // the sender plus one, or ambiguous
	for _, r := range h.processed {
		if key := keyAt(spans, r); key.Class == Message {
			wanted[key] = 0
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	const ambiguous = -1
	for i := range spans {
		if kind := spans[i].Kind; kind != tracetree.KindProducer && kind != tracetree.KindClient {
			continue
		}
		key := keyAt(spans, i)
		if sender, ok := wanted[key]; ok && key.Class == Message {
			switch {
			case sender == 0, sender > 0 && span.IsBelow(h.forest.Node(i), h.forest.Node(sender-1)):
				wanted[key] = i + 1
			case sender > 0 && span.IsBelow(h.forest.Node(sender-1), h.forest.Node(i)):
			default:
				wanted[key] = ambiguous
			}
		}
	}
	var pairs []Pair
	for _, r := range h.processed {
		if sender := wanted[keyAt(spans, r)]; sender > 0 && spans[sender-1].TraceID != spans[r].TraceID {
			pairs = append(pairs, Pair{sender - 1, r})
		}
	}
	return pairs
}

func keyAt(spans []tracetree.Span, i int) Key {
	m := tracetree.MeaningOf(&spans[i])
	return KeyOf(&spans[i], &m)
}

// lostCalls pairs the servers that start a trace with the calls that nobody
// served, inside whose time they are.
func (h *Finder) lostCalls() []Pair {
	spans := h.forest.Spans()
	type ends struct{ calls, starts []int }
	byKey := map[Key]*ends{}
	var keys []Key // in the order of the spans
	for _, c := range h.calls {
		key := keyAt(spans, c)
		if key.Class == None {
			continue
		}
		if byKey[key] == nil {
			byKey[key] = &ends{}
			keys = append(keys, key)
		}
		byKey[key].calls = append(byKey[key].calls, c)
	}
	if len(keys) == 0 {
		return nil
	}
	for _, r := range h.served {
		if at := byKey[keyAt(spans, r)]; at != nil {
			at.starts = append(at.starts, r)
		}
	}
	var pairs []Pair
	for _, key := range keys {
		at := byKey[key]
		pairs = append(pairs, newPairing(spans, at.calls, at.starts, sameCall).pairs()...)
	}
	return pairs
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
		if keyAt(spans, r).Class == RPC && !taken[r] {
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
	Once bool // nothing like it happened a second time
}

// operation is what a service does, by the name of its span.
type operation struct{ service, name string }

func operationOf(s *tracetree.Span) operation { return operation{s.Service(), s.Name} }

// counterexamples returns the operations of which a span succeeded and nothing
// is inside its time, and those of which a span is inside of nobody's.
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
