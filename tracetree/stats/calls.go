package stats

import (
	"cmp"
	"slices"

	"tracelab/tracetree"
)

// call is one call from one endpoint to another.
type call struct {
	from, to Endpoint
	span     *tracetree.Span // measures it
	failed   bool
}

// findCalls calls service with the service of each span, and report with each call between
// endpoints.
func findCalls(f *tracetree.Forest, service func(string), report func(call)) {
	finder := &callFinder{
		forest: f, report: report,
		services: make(map[*tracetree.Origin]string),
		settled:  make([]bool, len(f.Spans())),
	}
	spans := f.Spans()
	for i := range spans {
		finder.service(&spans[i])
	}
	finder.walk()
	finder.reportAnswers()
	finder.reportLeaves()
	for _, name := range finder.services {
		service(name)
	}
}

type callFinder struct {
	forest   *tracetree.Forest
	report   func(call)
	services map[*tracetree.Origin]string
	settled  []bool // of each CLIENT and PRODUCER, whether another span stands for its call
	answers  []answer
	messages []int        // the result of messagesOf
	received map[int]bool // the result of receivers
	handled  map[received]bool
}

// answer is a span that a CLIENT's call arrived at.
type answer struct {
	client  int // index of the span
	service string
	start   int64
	failed  bool
}

// place is a span with what the spans above it say about it.
type place struct {
	node tracetree.Node
	// out is the CLIENT or PRODUCER that the span is below, with only INTERNAL spans and the
	// transport of out between, all of the same service; the zero Node if no such span exists.
	out tracetree.Node
}

func (c *callFinder) walk() {
	var stack []place
	for top := range c.forest.Tops() {
		stack = append(stack, place{node: top})
	}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !p.node.Has(tracetree.Duplicate) {
			c.look(p)
		}
		out := c.outBelow(p)
		for child := range p.node.Children() {
			if isChild(p.node.Span(), child.Span()) {
				stack = append(stack, place{child, out})
			} else {
				stack = append(stack, place{node: child})
			}
		}
	}
}

func (c *callFinder) outBelow(p place) tracetree.Node {
	s := p.node.Span()
	switch {
	case s.Kind == tracetree.KindProducer, isClient(s):
		if c.isTransport(p) {
			return p.out
		}
		return p.node
	case s.Kind == tracetree.KindConsumer && callsAWS(s) && receives(s):
		return p.node // for the HTTP below it
	case s.Kind == tracetree.KindServer, s.Kind == tracetree.KindConsumer:
		return tracetree.Node{}
	default:
		if p.out.IsZero() || c.service(p.out.Span()) != c.service(s) {
			return tracetree.Node{}
		}
		return p.out
	}
}

// isTransport reports whether a CLIENT or PRODUCER is how the database call or the message above it
// gets there.
func (c *callFinder) isTransport(p place) bool {
	if !p.out.IsZero() && p.out.Span().Kind == tracetree.KindConsumer {
		m := tracetree.MeaningOf(p.node.Span())
		return m.Class == tracetree.ClassHTTPClient && isWithin(p.out.Span(), p.node.Span())
	}
	return !p.out.IsZero() && c.service(p.out.Span()) == c.service(p.node.Span()) && peer(p.out.Span()).Kind != External
}

// isWithin reports whether a span has ended when the outer one has: what is done with a message
// that was received comes later.
func isWithin(outer, s *tracetree.Span) bool { return s.Start >= outer.Start && s.End <= outer.End }

// look finds the calls that arrive at the span, and settles which of nested CLIENTs and PRODUCERs
// is the call.
func (c *callFinder) look(p place) {
	s := p.node.Span()
	if c.processes(p.node) {
		return
	}
	above, ok := p.node.Parent()
	if !ok || !isChild(above.Span(), s) {
		c.follows(p.node)
		return
	}
	caller, service := c.service(above.Span()), c.service(s)
	isAnswer := s.Kind == tracetree.KindServer || service != caller
	switch {
	case isAnswer && !p.out.IsZero() && isClient(p.out.Span()):
		c.answers = append(c.answers, answer{
			p.out.Index(), service, s.Start, s.Status == tracetree.StatusError,
		})
		c.settled[p.out.Index()] = true
	case isAnswer && !p.out.IsZero(): // a queue that calls the receiver
		c.call(peer(p.out.Span()), Endpoint{Service, service}, s)
	case service != caller:
		c.call(Endpoint{Service, caller}, Endpoint{Service, service}, s)
	case !calls(s) || p.out.IsZero():
	case c.isTransport(p):
		c.settled[p.node.Index()] = true
	case p.out.Span().Kind == tracetree.KindConsumer:
	default:
		c.settled[p.out.Index()] = true
	}
}

// reportAnswers reports one call for each service that answered a CLIENT. The CLIENT got the last
// answer.
func (c *callFinder) reportAnswers() {
	slices.SortFunc(c.answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.service, b.service),
			cmp.Compare(a.start, b.start))
	})
	for i, a := range c.answers {
		if i+1 < len(c.answers) && c.answers[i+1].client == a.client && c.answers[i+1].service == a.service {
			continue
		}
		client := c.forest.Node(a.client).Span()
		failed := a.failed || client.Status == tracetree.StatusError
		c.report(call{Endpoint{Service, c.service(client)}, Endpoint{Service, a.service}, client, failed})
	}
}

// reportLeaves reports the calls that left the forest.
func (c *callFinder) reportLeaves() {
	spans := c.forest.Spans()
	for i := range spans {
		s := &spans[i]
		if calls(s) && !c.settled[i] && !c.forest.Node(i).Has(tracetree.Duplicate) {
			c.call(Endpoint{Service, c.service(s)}, peer(s), s)
		}
	}
}

// calls reports whether the span calls something. Fetching and deleting messages sends none, and a
// processed message is a call of its own.
func calls(s *tracetree.Span) bool {
	switch {
	case s.Kind == tracetree.KindProducer:
		return true
	case !isClient(s):
		return false
	case callsAWS(s):
		m := tracetree.MeaningOf(s)
		return m.Class != tracetree.ClassOther
	case first(s, "messaging.system") != "":
		return sends(s)
	}
	return true
}

func (c *callFinder) call(from, to Endpoint, s *tracetree.Span) {
	c.report(call{from, to, s, s.Status == tracetree.StatusError})
}

// service returns the name of a span's service. It is looked up once for each origin.
func (c *callFinder) service(s *tracetree.Span) string {
	name, ok := c.services[s.Origin]
	if !ok {
		name = s.Service()
		c.services[s.Origin] = name
	}
	return name
}
