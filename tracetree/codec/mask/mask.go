// Package mask masks secrets in spans of tracetree, by the rules of package redact. Code that
// prints or writes spans of other programs masks them first; escaping for a terminal comes after.
package mask

import (
	"tracelab/internal/redact"
	"tracelab/tracetree"
)

// Spans masks the secrets in spans, in place, and returns how many texts and values it changed.
// That includes the origins that they share. Spans that are masked already stay as they are.
func Spans(spans []tracetree.Span) int { return New().Spans(spans) }

// Masker masks spans that come in batches: it remembers the origins and keys that it has seen. It
// is not safe for concurrent use.
type Masker struct {
	rules   *redact.Masker
	origins map[*tracetree.Origin]struct{}
	changed int
}

// New returns a Masker that remembers nothing yet.
func New() *Masker {
	return &Masker{rules: redact.NewMasker(), origins: make(map[*tracetree.Origin]struct{})}
}

// Spans masks spans as the function [Spans] does.
func (m *Masker) Spans(spans []tracetree.Span) int {
	m.changed = 0
	for i := range spans {
		m.span(&spans[i])
	}
	return m.changed
}

func (m *Masker) span(s *tracetree.Span) {
	m.text(&s.Name)
	m.text(&s.StatusMessage)
	m.attributes(s.Attributes)
	for i := range s.Events {
		m.text(&s.Events[i].Name)
		m.attributes(s.Events[i].Attributes)
	}
	for i := range s.Links {
		m.attributes(s.Links[i].Attributes)
		m.state(&s.Links[i].TraceState)
	}
	if s.Rare != nil {
		m.state(&s.Rare.TraceState)
		if *s.Rare == (tracetree.Rare{}) {
			s.Rare = nil
		}
	}
	m.origin(s.Origin)
}

// origin masks an origin once.
func (m *Masker) origin(o *tracetree.Origin) {
	if o == nil {
		return
	}
	if _, masked := m.origins[o]; masked {
		return
	}
	redact.Remember(m.origins, o, struct{}{})
	m.text(&o.ScopeName)
	m.text(&o.ScopeVersion)
	m.text(&o.ScopeSchema)
	m.text(&o.ResourceSchema)
	m.attributes(o.Resource)
	m.attributes(o.ScopeAttributes)
	m.attributes(o.Entities)
}

// Text returns a name or a message with its secrets masked.
func (m *Masker) Text(text string) string {
	masked, _ := m.rules.Text(text)
	return masked
}

// TraceState returns the value of a tracestate header with its secrets masked.
func (m *Masker) TraceState(state string) string {
	masked, _ := m.rules.TraceState(state)
	return masked
}

// Attr returns an attribute with the secrets in its key and its value masked.
func (m *Masker) Attr(a tracetree.Attr) tracetree.Attr {
	rule := m.rules.Rule(a.Key)
	if value, changed := m.value(a.Value, rule); changed {
		a.Value = value
	}
	a.Key = rule.Key
	return a
}

func (m *Masker) text(text *string) {
	if masked, changed := m.rules.Text(*text); changed {
		*text = masked
		m.changed++
	}
}

func (m *Masker) state(state *string) {
	if masked, changed := m.rules.TraceState(*state); changed {
		*state = masked
		m.changed++
	}
}

func (m *Masker) attributes(attrs []tracetree.Attr) {
	for i := range attrs {
		rule := m.rules.Rule(attrs[i].Key)
		if rule.Key != attrs[i].Key {
			attrs[i].Key = rule.Key
			m.changed++
		}
		if value, changed := m.value(attrs[i].Value, rule); changed {
			attrs[i].Value = value
			m.changed++
		}
	}
}

func (m *Masker) value(v tracetree.Value, rule redact.Rule) (tracetree.Value, bool) {
	switch v.Kind() {
	case tracetree.StringValue:
		text, changed := rule.String(v.Text())
		return tracetree.String(text), changed
	case tracetree.IntValue:
		n, _ := v.AsInt()
		return tracetree.String(redact.Mask), rule.Int(n)
	case tracetree.FloatValue:
		f, _ := v.AsFloat()
		return tracetree.String(redact.Mask), rule.Float(f)
	case tracetree.JSONValue:
		text, plain, changed := m.rules.JSON(rule, v.Text())
		if plain {
			return tracetree.String(text), changed
		}
		if !changed {
			return v, false
		}
		return tracetree.JSON(text), true
	case tracetree.EmptyValue, tracetree.BoolValue: // never sensitive
	}
	return v, false
}
