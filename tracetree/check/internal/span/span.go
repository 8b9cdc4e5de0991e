// Package span has queries about a span and its place in the forest that several checks need.
package span

import (
	"strconv"

	"tracelab/tracetree"
)

// Parent returns the node that a span names as its parent, and whether the forest
// has it. The span may be shown below another node, which it links to.
func Parent(f *tracetree.Forest, n tracetree.Node) (tracetree.Node, bool) {
	above, ok := n.Parent()
	s := n.Span()
	switch {
	case !ok:
		return tracetree.Node{}, false
	case isChild(above.Span(), s):
		return above, true
	case s.Parent.IsZero():
		return tracetree.Node{}, false
	}
	return f.Lookup(s.TraceID, s.Parent)
}

func isChild(above, s *tracetree.Span) bool {
	return above.SpanID == s.Parent && above.TraceID == s.TraceID
}

// MaxAncestors is how far up IsBelow looks: the spans of one message are not deeper.
const MaxAncestors = 16

// IsBelow reports whether a span is below another one of its trace, by parents.
func IsBelow(f *tracetree.Forest, n, above tracetree.Node) bool {
	for range MaxAncestors {
		next, ok := Parent(f, n)
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

// IsRoot reports whether a span is a root of its trace, even where it is
// shown below a span that it links to. An entry whose caller is not captured is
// one too.
func IsRoot(f *tracetree.Forest, n tracetree.Node) bool {
	if n.Has(tracetree.Duplicate) {
		return false
	}
	if n.Has(tracetree.Root) {
		return true
	}
	if _, shown := n.Parent(); !shown {
		return false
	}
	_, ok := Parent(f, n)
	return !ok
}

// IsCaptured reports whether a link leads to a span of the capture.
func IsCaptured(f *tracetree.Forest, link *tracetree.Link) bool {
	_, ok := f.Lookup(link.TraceID, link.SpanID)
	return ok
}

// Instance identifies a process by its service and, if there is one, its service.instance.id.
type Instance struct{ Service, id string }

// InstanceOf returns the instance that made a span.
func InstanceOf(s *tracetree.Span) Instance {
	in := Instance{Service: s.Service()}
	if s.Origin != nil {
		for i := range s.Origin.Resource {
			if a := &s.Origin.Resource[i]; a.Key == "service.instance.id" {
				in.id = a.Value.Text()
			}
		}
	}
	return in
}

// Text returns the text of the first of these attributes that has one.
func Text(s *tracetree.Span, keys ...string) string {
	for _, key := range keys {
		if v, ok := s.Attr(key); ok {
			if text := v.Text(); text != "" {
				return text
			}
		}
	}
	return ""
}

// Succeeded reports whether neither status nor code of a span show that it failed or was refused.
func Succeeded(s *tracetree.Span) bool {
	m := tracetree.MeaningOf(s)
	code, err := strconv.Atoi(m.HTTPStatus)
	return s.Status != tracetree.StatusError && (err != nil || code < 400) &&
		(m.RPCStatus == "" || m.RPCStatus == "OK" || m.RPCStatus == "0")
}
