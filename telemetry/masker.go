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

// masker masks the parts of spans. Each method returns what it was given when
// there is no secret in it, and whether there was one. It remembers what comes
// with every span.
type masker struct {
	keys      map[attribute.Key]keyVerdict
	innocent  map[attribute.Value]struct{} // lists without secrets
	resources map[*resource.Resource]*resource.Resource
	scopes    map[instrumentation.Scope]instrumentation.Scope
}

// keyVerdict is what is known of a key.
type keyVerdict struct {
	masked attribute.Key // what stands for it
	secret bool          // its values are secrets
}

// maxRemembered bounds each of a masker's maps. A map that is full is emptied.
const maxRemembered = 1024

func newMasker() *masker {
	return &masker{
		keys:      make(map[attribute.Key]keyVerdict),
		innocent:  make(map[attribute.Value]struct{}),
		resources: make(map[*resource.Resource]*resource.Resource),
		scopes:    make(map[instrumentation.Scope]instrumentation.Scope),
	}
}

func remember[K comparable, V any](m map[K]V, key K, value V) {
	if len(m) >= maxRemembered {
		clear(m)
	}
	m[key] = value
}

func maskText(text string) (string, bool) {
	if redact.Find(text) == nil {
		return text, false
	}
	return redact.Text(text), true
}

func (m *masker) key(key attribute.Key) keyVerdict {
	if known, ok := m.keys[key]; ok {
		return known
	}
	verdict := keyVerdict{attribute.Key(redact.Text(string(key))), redact.Key(string(key))}
	remember(m.keys, key, verdict)
	return verdict
}

func (m *masker) attributes(attrs []attribute.KeyValue) ([]attribute.KeyValue, bool) {
	masked, cloned := attrs, false
	for i := range attrs {
		key := m.key(attrs[i].Key)
		value, changed := m.value(attrs[i].Value, key.secret)
		if !changed && key.masked == attrs[i].Key {
			continue
		}
		if !cloned {
			masked, cloned = slices.Clone(attrs), true
		}
		masked[i] = attribute.KeyValue{Key: key.masked, Value: value}
	}
	return masked, cloned
}

func (m *masker) events(events []sdktrace.Event) ([]sdktrace.Event, bool) {
	masked, cloned := events, false
	for i := range events {
		name, renamed := maskText(events[i].Name)
		attrs, changed := m.attributes(events[i].Attributes)
		if !renamed && !changed {
			continue
		}
		if !cloned {
			masked, cloned = slices.Clone(events), true
		}
		masked[i].Name, masked[i].Attributes = name, attrs
	}
	return masked, cloned
}

func (m *masker) links(links []sdktrace.Link) ([]sdktrace.Link, bool) {
	masked, cloned := links, false
	for i := range links {
		attrs, changed := m.attributes(links[i].Attributes)
		sc, stripped := maskSpanContext(links[i].SpanContext)
		if !changed && !stripped {
			continue
		}
		if !cloned {
			masked, cloned = slices.Clone(links), true
		}
		masked[i].Attributes, masked[i].SpanContext = attrs, sc
	}
	return masked, cloned
}

// resource masks a resource once: the spans of a service share it.
func (m *masker) resource(r *resource.Resource) (*resource.Resource, bool) {
	if known, ok := m.resources[r]; ok {
		return known, known != r
	}
	masked := r
	if attrs, changed := m.attributes(r.Attributes()); changed {
		masked = resource.NewWithAttributes(r.SchemaURL(), attrs...)
	}
	remember(m.resources, r, masked)
	return masked, masked != r
}

// scope masks a scope once, like a resource.
func (m *masker) scope(scope instrumentation.Scope) (instrumentation.Scope, bool) {
	if known, ok := m.scopes[scope]; ok {
		return known, known != scope
	}
	masked := scope
	masked.Name, masked.Version, masked.SchemaURL = redact.Text(scope.Name), redact.Text(scope.Version), redact.Text(scope.SchemaURL)
	if attrs, changed := m.attributes(scope.Attributes.ToSlice()); changed {
		masked.Attributes = attribute.NewSet(attrs...)
	}
	remember(m.scopes, scope, masked)
	return masked, masked != scope
}

// maskSpanContext leaves out of the tracestate, the only free text of a span
// context, what has a secret in it.
func maskSpanContext(sc trace.SpanContext) (trace.SpanContext, bool) {
	state := sc.TraceState()
	found := false
	state.Walk(func(key, value string) bool {
		found = sensitiveMember(key, value)
		return !found
	})
	if !found {
		return sc, false
	}
	innocent := state
	state.Walk(func(key, value string) bool {
		if sensitiveMember(key, value) {
			innocent = innocent.Delete(key)
		}
		return true
	})
	return sc.WithTraceState(innocent), true
}

func sensitiveMember(key, value string) bool {
	return redact.Key(key) && !redact.Placeholder(value) || redact.Find(key) != nil || redact.Find(value) != nil
}
