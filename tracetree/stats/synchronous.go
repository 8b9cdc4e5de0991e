package stats

import (
	"slices"

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
	switch {
	case s.Kind == tracetree.KindProducer:
		return true
	case !isClient(s) || first(s, "messaging.system") == "" && !callsAWS(s):
		return false
	}
	m := tracetree.MeaningOf(s)
	return m.Class == tracetree.ClassSend
}

// isClient reports whether the span is a CLIENT, or a call of AWS's API that has no kind, as in
// Rust.
func isClient(s *tracetree.Span) bool {
	switch s.Kind {
	case tracetree.KindClient:
		return true
	case tracetree.KindInternal, tracetree.KindUnspecified:
		return callsAWS(s)
	default:
		return false
	}
}

// callsAWS reports whether the span calls AWS's API. The method then shows what it does, even if no
// attribute of messaging or databases does.
func callsAWS(s *tracetree.Span) bool { return first(s, "rpc.system.name", "rpc.system") == "aws-api" }

// receives reports whether the span fetches messages, as against processing them.
func receives(s *tracetree.Span) bool {
	m := tracetree.MeaningOf(s)
	return m.Step == "receive"
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
