package play

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"tracelab/tracetree"
)

// The names after @ in braces.
const (
	fieldKind    = "kind"
	fieldStatus  = "status"
	fieldService = "service"
	fieldName    = "name"
	fieldScope   = "scope"
	fieldTrace   = "trace"
	fieldEvent   = "event"
)

// compose creates a span that has the line's label. The line may forbid the attributes that the
// label's form needs, as with {=}: the span then has only a name.
func compose(l *tracetree.PatternLine, above *span) (*span, error) {
	usual := formOf(l, above)
	forms := []form{usual}
	if usual != plain {
		forms = append(forms, plain)
	}
	var first error
	for _, f := range forms {
		s, err := composeAs(f, l, above)
		if err == nil && s.label() != l.Label() {
			err = errorAt(l, l.Operation.Column, "no span has this label, the closest is %s", s.label())
		}
		if err == nil {
			return s, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// label returns the label that tracetree gives to the span.
func (s *span) label() string {
	return tracetree.Label(&tracetree.Span{
		Name: s.name, Kind: s.kind, Attributes: s.attributes,
		Origin: &tracetree.Origin{Resource: []tracetree.Attr{{
			Key: string(semconv.ServiceNameKey), Value: tracetree.String(s.service),
		}}},
	})
}

func composeAs(f form, l *tracetree.PatternLine, above *span) (*span, error) {
	s := &span{line: l, form: f}
	w := &constraints{line: l}
	var err error
	if s.service, err = w.field(fieldService, serviceOf(f, l, above)); err != nil {
		return nil, err
	}
	if s.kind, err = w.kind(kindOf(s, above), f); err != nil {
		return nil, err
	}
	if s.status, err = w.status(); err != nil {
		return nil, err
	}
	s.describe(above, l.Failed, errorTypeOf(l))
	if s.name, err = w.field(fieldName, s.name); err != nil {
		return nil, err
	}
	if s.scope, err = w.field(fieldScope, ScopeName); err != nil {
		return nil, err
	}
	if s.events, err = w.events(); err != nil {
		return nil, err
	}
	s.newTrace = len(w.of(fieldTrace, true)) > 0
	usual := s.attributes
	if l.Exact {
		s.attributes, s.messageID = nil, false
	}
	return s, w.attributes(s, usual)
}

// serviceOf returns the service that creates a span. For I/O, it is the service above.
func serviceOf(f form, l *tracetree.PatternLine, above *span) string {
	switch {
	case f != database && f != send:
		return l.Actor.Text
	case above != nil:
		return above.service
	default:
		return tracetree.UnknownService
	}
}

func kindOf(s, above *span) tracetree.Kind {
	if kinds := kindsOf(s.form, s.line); kinds != nil {
		return kinds[0]
	}
	if calledFromOutside(s.line, above) || above != nil && above.service != s.service {
		return tracetree.KindServer
	}
	return tracetree.KindInternal
}

// errorTypeOf returns the error.type that a line states, or "". A wildcard in it is played as "".
func errorTypeOf(l *tracetree.PatternLine) string {
	switch {
	case l.ErrorType == nil:
		return ""
	case l.ErrorType.Wild:
		return strings.ReplaceAll(l.ErrorType.Text, "*", "")
	default:
		return l.ErrorType.Text
	}
}

// statedText returns the value of the first of these attributes that a line states, or "".
func statedText(l *tracetree.PatternLine, keys ...attribute.Key) string {
	for _, key := range keys {
		for i := range l.Conditions {
			c := &l.Conditions[i]
			if !c.Field && c.Key == string(key) && c.Compare == tracetree.Equal && !c.Value.Wild {
				return c.Value.Text
			}
		}
	}
	return ""
}
