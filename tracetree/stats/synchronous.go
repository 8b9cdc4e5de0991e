package stats

import (
	"slices"
	"strings"

	"tracelab/tracetree"
)

// isChild reports whether a span that is shown below another is its child, and not a root that
// links to it.
func isChild(above, s *tracetree.Span) bool {
	return s.Parent == above.SpanID && s.TraceID == above.TraceID
}

// isSynchronous reports whether the span above waits for the one below it.
func isSynchronous(above, s *tracetree.Span) bool {
	if !isChild(above, s) || followsParent(s) {
		return false
	}
	return s.Kind != tracetree.KindConsumer || !sends(above) && above.Service() == s.Service()
}

// followsParent reports whether the span links to its own parent, which marks it as work that the
// parent started and did not wait for. Readers turn OpenTracing's FOLLOWS_FROM into such a link.
func followsParent(s *tracetree.Span) bool {
	return slices.ContainsFunc(s.Links, func(l tracetree.Link) bool {
		return l.SpanID == s.Parent && l.TraceID == s.TraceID
	})
}

// sends reports whether the span sends a message. Some instrumentations make that a CLIENT.
func sends(s *tracetree.Span) bool {
	switch s.Kind {
	case tracetree.KindProducer:
		return true
	case tracetree.KindClient:
		return first(s, "messaging.system") != "" && !manages(s)
	default:
		return false
	}
}

// receives reports whether the span fetches messages, as against processing them.
func receives(s *tracetree.Span) bool {
	switch first(s, "messaging.operation.type", "messaging.operation.name", "messaging.operation") {
	case "receive", "poll":
		return true
	case "":
		return first(s, "rpc.method") == "ReceiveMessage"
	default:
		return false
	}
}

// manages reports whether a CLIENT span of messaging does something else with messages than sending
// them: fetches, settles or deletes them, or manages the queue. Instrumentations of AWS name the
// operation by rpc.method alone.
func manages(s *tracetree.Span) bool {
	if receives(s) {
		return true
	}
	operation := first(s, "messaging.operation.type", "messaging.operation.name", "messaging.operation")
	switch strings.ToLower(operation) {
	case "send", "publish", "create":
		return false
	case "":
		method := first(s, "rpc.method")
		return method != "" && !strings.HasPrefix(method, "Send") && !strings.HasPrefix(method, "Publish")
	default:
		return true
	}
}

// first returns the text of the first of the attributes that has any.
func first(s *tracetree.Span, keys ...string) string {
	for _, key := range keys {
		if v, ok := s.Attr(key); ok {
			if text := v.Text(); text != "" {
				return text
			}
		}
	}
	return ""
}
