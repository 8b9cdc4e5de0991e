package check

import (
	"tracelab/tracetree"
)

// lostHops are the spans between which context may have been lost. They are
// gathered as indexes, and looked at only when both ends are there.
type lostHops struct {
	served    []int32 // SERVER spans that start a trace
	processed []int32 // CONSUMER spans that start a trace and link to nothing
	calls     []int32 // CLIENT spans of RPC and HTTP that no server is below
	servers   []int32 // SERVER spans with nothing below
}

func gatherHops(p *Pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
	if m.Class == tracetree.ClassOther || m.Class == tracetree.ClassDatabase || m.Class == tracetree.ClassSend {
		return
	}
	n := p.Forest.Node(i)
	if n.Has(tracetree.Duplicate) {
		return
	}
	h, _ := p.State.(*lostHops)
	if h == nil {
		h = &lostHops{}
		p.State = h
	}
	starts := s.Parent.IsZero() && len(s.Links) == 0
	switch m.Class {
	case tracetree.ClassRPCClient, tracetree.ClassHTTPClient:
		if !isServed(n) {
			h.calls = append(h.calls, int32(i))
		}
	case tracetree.ClassProcess:
		if starts {
			h.processed = append(h.processed, int32(i))
		}
	default:
		if starts {
			h.served = append(h.served, int32(i))
		}
		if n.NumChildren() == 0 {
			h.servers = append(h.servers, int32(i))
		}
	}
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
func (h *lostHops) lostMessages(f *tracetree.Forest) []pair {
	spans := f.Spans()
	wanted := map[hopKey]int32{} // the sender plus one, or ambiguous
	for _, r := range h.processed {
		if key := keyAt(spans, r); key.class == messageHop {
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
		key := keyAt(spans, int32(i))
		if sender, ok := wanted[key]; ok && key.class == messageHop {
			switch {
			case sender == 0, sender > 0 && isBelow(f.Node(i), f.Node(int(sender-1))):
				wanted[key] = int32(i) + 1
			case sender > 0 && isBelow(f.Node(int(sender-1)), f.Node(i)):
			default:
				wanted[key] = ambiguous
			}
		}
	}
	var pairs []pair
	for _, r := range h.processed {
		if sender := wanted[keyAt(spans, r)]; sender > 0 && spans[sender-1].TraceID != spans[r].TraceID {
			pairs = append(pairs, pair{sender - 1, r})
		}
	}
	return pairs
}

func keyAt(spans []tracetree.Span, i int32) hopKey {
	m := tracetree.MeaningOf(&spans[i])
	return hopKeyOf(&spans[i], &m)
}

// lostCalls pairs the servers that start a trace with the calls that nobody
// served, inside whose time they are.
func (h *lostHops) lostCalls(spans []tracetree.Span) []pair {
	type ends struct{ calls, starts []int32 }
	byKey := map[hopKey]*ends{}
	var keys []hopKey // in the order of the spans
	for _, c := range h.calls {
		key := keyAt(spans, c)
		if key.class == noHop {
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
	var pairs []pair
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
func (h *lostHops) unseenCalls(spans []tracetree.Span, taken map[int32]bool) []unseenCall {
	if len(h.servers) == 0 {
		return nil
	}
	var starts []int32
	for _, r := range h.served {
		if keyAt(spans, r).class == rpcHop && !taken[r] {
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
	var unseen []unseenCall
	for _, p := range candidates {
		from, to := operationOf(&spans[p.outer]), operationOf(&spans[p.inner])
		if !idle[from] && !foreign[to] && !clients[from.service] {
			times[[2]operation{from, to}]++
			unseen = append(unseen, unseenCall{pair: p})
		}
	}
	for i := range unseen {
		p := unseen[i].pair
		unseen[i].once = times[[2]operation{operationOf(&spans[p.outer]), operationOf(&spans[p.inner])}] == 1
	}
	return unseen
}

// unseenCall is a server that is likely to have made a call, and the server of
// that call.
type unseenCall struct {
	pair
	once bool // nothing like it happened a second time
}

// operation is what a service does, by the name of its span.
type operation struct{ service, name string }

func operationOf(s *tracetree.Span) operation { return operation{s.Service(), s.Name} }

// counterexamples returns the operations of which a span succeeded and nothing
// is inside its time, and those of which a span is inside of nobody's.
func (g *pairing) counterexamples() (idle, foreign map[operation]bool) {
	idle, foreign = map[operation]bool{}, map[operation]bool{}
	for at, o := range g.outer {
		if s := &g.spans[o]; g.inside[at] == 0 && succeeded(s) {
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
