package codec

import (
	"cmp"
	"strings"

	"tracelab/tracetree"
)

// noService is the name that the Collector gives to the service of a span that has none, because
// Jaeger and Zipkin require one.
const noService = "OTLPResourceNoServiceName"

// tagFields removes the tags for which OpenTelemetry has fields from a span of Jaeger.
func (s *jaegerSpan) tagFields() {
	var rare tracetree.Rare
	s.span.Attributes = without(s.span.Attributes, func(a tracetree.Attr) bool {
		return taken(a.Key, a.Value.Text(), &s.span, &s.scope, &rare)
	})
	s.span.Rare = rareOrNil(rare)
}

// taken takes over a tag of either Jaeger or Zipkin, and reports whether it is one that has a field
// of its own. The names are those of the specification "OpenTelemetry to non-OTLP", and of the
// Collector's translations.
func taken(key, text string, s *tracetree.Span, from *scope, rare *tracetree.Rare) bool {
	switch key {
	case "otel.status_code":
		switch strings.ToUpper(strings.TrimPrefix(text, "STATUS_CODE_")) {
		case "OK", "1":
			if s.Status != tracetree.StatusError { // the tag error has the last word, as for the Collector
				s.Status = tracetree.StatusOK
			}
		case "ERROR", "2":
			s.Status = tracetree.StatusError
		case "UNSET", "0":
		default:
			return false
		}
	case "otel.status_description":
		s.StatusMessage = text
	case "error":
		if text == "false" {
			return true
		}
		s.Status = tracetree.StatusError
		if text != "" && text != "true" && s.StatusMessage == "" {
			s.StatusMessage = text
		}
	case "span.kind":
		kind, ok := kindOf(strings.TrimPrefix(text, "SPAN_KIND_"))
		if ok && s.Kind == tracetree.KindUnspecified {
			s.Kind = kind
		}
		return ok
	case "w3c.tracestate":
		rare.TraceState = text
	case "otel.scope.name":
		from.name = text
	case "otel.scope.version":
		from.version = text
	case "otel.library.name": // the older name, written next to the newer one
		from.name = cmp.Or(from.name, text)
	case "otel.library.version":
		from.version = cmp.Or(from.version, text)
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

// without removes the attributes for which remove returns true.
func without(attrs []tracetree.Attr, remove func(tracetree.Attr) bool) []tracetree.Attr {
	kept := attrs[:0]
	for _, a := range attrs {
		if !remove(a) {
			kept = append(kept, a)
		}
	}
	return list(kept)
}
