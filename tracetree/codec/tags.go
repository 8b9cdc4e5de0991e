package codec

import (
	"strings"

	"tracelab/tracetree"
)

// meaning takes the tags out of a span that Jaeger has for what OpenTelemetry has fields for.
func (s *jaegerSpan) meaning() {
	var rare tracetree.Rare
	s.span.Attributes = without(s.span.Attributes, func(a tracetree.Attr) bool {
		text := a.Value.Text()
		switch a.Key {
		case "span.kind":
			kind, ok := kindOf(text)
			if ok {
				s.span.Kind = kind
			}
			return ok
		case "w3c.tracestate":
			rare.TraceState = text
			return true
		}
		return taken(a.Key, text, &s.span, &s.scope)
	})
	s.span.Rare = rareOrNil(rare)
}

// taken takes over a tag of either Jaeger or Zipkin, and reports whether it is one that has a field of its own. The
// names are those of the specification "OpenTelemetry to non-OTLP".
func taken(key, text string, s *tracetree.Span, from *scope) bool {
	switch key {
	case "otel.status_code":
		switch text {
		case "OK":
			s.Status = tracetree.StatusOK
		case "ERROR":
			s.Status = tracetree.StatusError
		case "UNSET":
		default:
			return false
		}
	case "otel.status_description":
		s.StatusMessage = text
	case "error":
		if text == "false" {
			return true
		}
		if s.Status != tracetree.StatusOK {
			s.Status = tracetree.StatusError
		}
		if text != "" && text != "true" && s.StatusMessage == "" {
			s.StatusMessage = text
		}
	case "otel.scope.name", "otel.library.name":
		from.name = text
	case "otel.scope.version", "otel.library.version":
		from.version = text
	default:
		return false
	}
	return true
}

func kindOf(text string) (tracetree.Kind, bool) {
	for kind := tracetree.KindUnspecified; kind <= tracetree.KindConsumer; kind++ {
		if strings.EqualFold(kind.String(), text) {
			return kind, true
		}
	}
	return 0, false
}

// without removes the attributes that remove accepts.
func without(attrs []tracetree.Attr, remove func(tracetree.Attr) bool) []tracetree.Attr {
	kept := attrs[:0]
	for _, a := range attrs {
		if !remove(a) {
			kept = append(kept, a)
		}
	}
	return list(kept)
}
