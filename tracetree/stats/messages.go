package stats

import (
	"slices"

	"tracelab/tracetree"
)

// processes reports the messages that a span processes, and whether it is known which queue they
// come from.
func (c *callFinder) processes(n tracetree.Node) bool {
	s := n.Span()
	above, ok := n.Parent()
	placedByLink := ok && !isChild(above.Span(), s)
	switch s.Kind {
	case tracetree.KindConsumer:
	case tracetree.KindInternal, tracetree.KindUnspecified:
		if !placedByLink {
			return false
		}
	default:
		return false
	}
	if c.fetches(n) {
		return true
	}
	service := Endpoint{Service, c.service(s)}
	fetched := receives(s)
	for _, i := range c.messagesOf(n) {
		if !fetched || !c.processed()[received{i, service.Name}] {
			c.call(peer(c.forest.Node(i).Span()), service, s)
		}
	}
	if len(c.messages) > 0 || s.Kind != tracetree.KindConsumer {
		return len(c.messages) > 0
	}
	from, named := queue(s)
	if named {
		c.call(from, service, s)
	}
	return named
}

// follows reports what a span that has no parent here was started by, as its links say: a call from
// the service of each span that it links to.
func (c *callFinder) follows(n tracetree.Node) {
	s := n.Span()
	service := Endpoint{Service, c.service(s)}
	var seen []string
	for _, link := range s.Links {
		to, ok := c.forest.Lookup(link.TraceID, link.SpanID)
		if !ok {
			continue
		}
		if from := c.service(to.Span()); from != service.Name && !slices.Contains(seen, from) {
			seen = append(seen, from)
			c.call(Endpoint{Service, from}, service, s)
		}
	}
}

// messagesOf returns the indexes of the spans that sent what a span processes.
func (c *callFinder) messagesOf(n tracetree.Node) []int {
	c.messages = c.messages[:0]
	if above, ok := n.Parent(); ok && sends(above.Span()) {
		c.messages = append(c.messages, above.Index())
	}
	for _, link := range n.Span().Links {
		if to, ok := c.forest.Lookup(link.TraceID, link.SpanID); ok && sends(to.Span()) {
			c.messages = append(c.messages, to.Index())
		}
	}
	slices.Sort(c.messages)
	c.messages = slices.Compact(c.messages)
	return c.messages
}

// fetches reports whether a span receives messages for CONSUMERs: those below it, and those that
// the forest shows below the sends of their messages.
func (c *callFinder) fetches(n tracetree.Node) bool {
	if !receives(n.Span()) {
		return false
	}
	for child := range n.Children() {
		if child.Span().Kind == tracetree.KindConsumer {
			return true
		}
	}
	return c.receivers()[n.Index()]
}

// receivers returns the spans that a CONSUMER names as its parent.
func (c *callFinder) receivers() map[int]bool {
	if c.received == nil {
		c.received = make(map[int]bool)
		spans := c.forest.Spans()
		for i := range spans {
			s := &spans[i]
			if s.Kind != tracetree.KindConsumer || s.Parent.IsZero() {
				continue
			}
			if parent, ok := c.forest.Lookup(s.TraceID, s.Parent); ok {
				c.received[parent.Index()] = true
			}
		}
	}
	return c.received
}

// received is a message at a service: the index of the span that sent it, and the service's name.
type received struct {
	send    int
	service string
}

// processed returns the messages that a service has processed, so that the span that fetched one of
// them, next to the span that processes it, isn't another call.
func (c *callFinder) processed() map[received]bool {
	if c.handled != nil {
		return c.handled
	}
	c.handled = make(map[received]bool)
	kept := c.messages // a caller goes through them
	c.messages = nil
	spans := c.forest.Spans()
	for i := range spans {
		if s := &spans[i]; s.Kind == tracetree.KindConsumer && !receives(s) {
			for _, send := range c.messagesOf(c.forest.Node(i)) {
				c.handled[received{send, c.service(s)}] = true
			}
		}
	}
	c.messages = kept
	return c.handled
}
