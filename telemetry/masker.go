package telemetry

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/internal/redact"
)

// masker shows the parts of SDK spans to a [redact.Masker], which has the rules. Each method
// returns what it was given when there is no secret in it, and whether there was one. It remembers
// what comes with every span.
type masker struct {
	rules     *redact.Masker
	innocent  map[attribute.Value]struct{} // lists and maps without secrets
	resources map[*resource.Resource]*resource.Resource
	scopes    map[instrumentation.Scope]instrumentation.Scope
}

func newMasker() *masker {
	return &masker{
		rules:     redact.NewMasker(),
		innocent:  make(map[attribute.Value]struct{}),
		resources: make(map[*resource.Resource]*resource.Resource),
		scopes:    make(map[instrumentation.Scope]instrumentation.Scope),
	}
}

// each returns a list with its elements masked, which is copied before its first change.
func each[T any](list []T, mask func(T) (T, bool)) ([]T, bool) {
	masked, cloned := list, false
	for i := range list {
		element, changed := mask(list[i])
		if !changed {
			continue
		}
		if !cloned {
			masked, cloned = slices.Clone(list), true
		}
		masked[i] = element
	}
	return masked, cloned
}

func (m *masker) attributes(attrs []attribute.KeyValue) ([]attribute.KeyValue, bool) {
	return each(attrs, func(attr attribute.KeyValue) (attribute.KeyValue, bool) { return m.attribute(attr, false) })
}

// attribute masks an attribute, whose value is secret as a whole if its own key or the attribute
// that it is a part of is the name of a secret.
func (m *masker) attribute(attr attribute.KeyValue, secret bool) (attribute.KeyValue, bool) {
	rule := m.rules.Rule(string(attr.Key))
	rule.Secret = rule.Secret || secret
	value, changed := m.value(attr.Value, rule)
	return attribute.KeyValue{Key: attribute.Key(rule.Key), Value: value}, changed || rule.Key != string(attr.Key)
}

func (m *masker) events(events []sdktrace.Event) ([]sdktrace.Event, bool) {
	return each(events, func(event sdktrace.Event) (sdktrace.Event, bool) {
		name, renamed := m.rules.Text(event.Name)
		attrs, changed := m.attributes(event.Attributes)
		event.Name, event.Attributes = name, attrs
		return event, renamed || changed
	})
}

func (m *masker) links(links []sdktrace.Link) ([]sdktrace.Link, bool) {
	return each(links, func(link sdktrace.Link) (sdktrace.Link, bool) {
		attrs, changed := m.attributes(link.Attributes)
		sc, stripped := maskSpanContext(link.SpanContext)
		link.Attributes, link.SpanContext = attrs, sc
		return link, changed || stripped
	})
}

// resource masks a resource once: the spans of a service share it.
func (m *masker) resource(r *resource.Resource) (*resource.Resource, bool) {
	if known, ok := m.resources[r]; ok {
		return known, known != r
	}
	masked := r
	url, moved := m.rules.Text(r.SchemaURL())
	if attrs, changed := m.attributes(r.Attributes()); changed || moved {
		masked = resource.NewWithAttributes(url, attrs...)
	}
	redact.Remember(m.resources, r, masked)
	return masked, masked != r
}

// scope masks a scope once, like a resource.
func (m *masker) scope(scope instrumentation.Scope) (instrumentation.Scope, bool) {
	if known, ok := m.scopes[scope]; ok {
		return known, known != scope
	}
	masked := scope
	masked.Name, _ = m.rules.Text(scope.Name)
	masked.Version, _ = m.rules.Text(scope.Version)
	masked.SchemaURL, _ = m.rules.Text(scope.SchemaURL)
	if attrs, changed := m.attributes(scope.Attributes.ToSlice()); changed {
		masked.Attributes = attribute.NewSet(attrs...)
	}
	redact.Remember(m.scopes, scope, masked)
	return masked, masked != scope
}

// maskSpanContext removes sensitive members from the tracestate, the only free text of a span
// context.
func maskSpanContext(sc trace.SpanContext) (trace.SpanContext, bool) {
	state := sc.TraceState()
	if state.Len() == 0 {
		return sc, false
	}
	innocent := state
	state.Walk(func(key, value string) bool {
		if redact.TraceStateMember(key, value) {
			innocent = innocent.Delete(key)
		}
		return true
	})
	if innocent.Len() == state.Len() {
		return sc, false
	}
	return sc.WithTraceState(innocent), true
}
