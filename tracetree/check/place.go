package check

import "tracelab/tracetree"

// parentOf returns the node that a span names as its parent, and whether it is
// there. The node that it is shown below may be another one, which it only
// links to.
func parentOf(n tracetree.Node) (tracetree.Node, bool) {
	above, ok := n.Parent()
	if !ok || !isChild(above.Span(), n.Span()) {
		return tracetree.Node{}, false
	}
	return above, true
}

func isChild(above, s *tracetree.Span) bool {
	return above.SpanID == s.Parent && above.TraceID == s.TraceID
}

// farBelow is how far up isBelow looks: what sends one message is not deeper.
const farBelow = 16

// isBelow reports whether a span is below another one of its trace, by parents.
func isBelow(n, above tracetree.Node) bool {
	for range farBelow {
		next, ok := parentOf(n)
		if !ok {
			return false
		}
		if next.Index() == above.Index() {
			return true
		}
		n = next
	}
	return false
}

// isRootOfTrace reports whether a span is a root of its trace, even where it is
// shown below a span of another one that it links to. An entry whose caller is
// not captured is one too.
func isRootOfTrace(n tracetree.Node) bool {
	if n.Has(tracetree.Duplicate) {
		return false
	}
	if n.Has(tracetree.Root) {
		return true
	}
	above, ok := n.Parent()
	return ok && !isChild(above.Span(), n.Span())
}

// isCaptured reports whether a link leads to a span that is there.
func isCaptured(f *tracetree.Forest, link *tracetree.Link) bool {
	_, ok := f.Lookup(link.TraceID, link.SpanID)
	return ok
}

// instance tells the processes of one service apart, as far as they say which
// they are.
type instance struct{ service, id string }

func instanceOf(s *tracetree.Span) instance {
	in := instance{service: s.Service()}
	if s.Origin != nil {
		for i := range s.Origin.Resource {
			if a := &s.Origin.Resource[i]; a.Key == "service.instance.id" {
				in.id = a.Value.Text()
			}
		}
	}
	return in
}

func textOf(s *tracetree.Span, keys ...string) string {
	for _, key := range keys {
		if v, ok := s.Attr(key); ok {
			if text := v.Text(); text != "" {
				return text
			}
		}
	}
	return ""
}
