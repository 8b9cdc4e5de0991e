package stats

import "tracelab/tracetree"

// isChild reports whether a span that is shown below another is its child, and not a root that links to it.
func isChild(above, s *tracetree.Span) bool {
	return s.Parent == above.SpanID && s.TraceID == above.TraceID
}

// isSynchronous reports whether the span above waits for the one below it.
func isSynchronous(above, s *tracetree.Span) bool {
	if !isChild(above, s) {
		return false
	}
	return s.Kind != tracetree.KindConsumer || !sends(above) && above.Service() == s.Service()
}

// sends reports whether the span sends a message. Some instrumentations make that a CLIENT.
func sends(s *tracetree.Span) bool {
	switch s.Kind {
	case tracetree.KindProducer:
		return true
	case tracetree.KindClient:
		return first(s, "messaging.system") != "" && !receives(s)
	default:
		return false
	}
}

// receives reports whether the span fetches messages, as against processing them.
func receives(s *tracetree.Span) bool {
	return first(s, "messaging.operation.type", "messaging.operation.name", "messaging.operation") == "receive"
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
