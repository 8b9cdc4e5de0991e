package cli

import (
	"tracelab/internal/redact"
	"tracelab/tracetree"
)

// maskSpans masks what looks like a secret in spans, in place, and returns how many texts, keys and
// values it changed. Origins are shared by many spans, and each is masked once.
func maskSpans(spans []tracetree.Span) int {
	m := masker{rules: redact.NewMasker(), origins: map[*tracetree.Origin]bool{}}
	for i := range spans {
		m.span(&spans[i])
	}
	return m.changed
}

// masker shows the parts of spans to a [redact.Masker], which has the rules.
type masker struct {
	rules   *redact.Masker
	changed int
	origins map[*tracetree.Origin]bool
}

func (m *masker) span(s *tracetree.Span) {
	m.text(&s.Name)
	m.text(&s.StatusMessage)
	m.attributes(s.Attributes)
	for i := range s.Events {
		m.text(&s.Events[i].Name)
		m.attributes(s.Events[i].Attributes)
	}
	for i := range s.Links {
		m.attributes(s.Links[i].Attributes)
	}
	if s.Rare != nil {
		state, changed := m.rules.TraceState(s.Rare.TraceState)
		m.set(changed, func() { s.Rare.TraceState = state })
		if *s.Rare == (tracetree.Rare{}) {
			s.Rare = nil
		}
	}
	if o := s.Origin; o != nil && !m.origins[o] {
		m.origins[o] = true
		m.attributes(o.Resource)
		m.text(&o.ScopeName)
		m.text(&o.ScopeVersion)
		m.attributes(o.ScopeAttributes)
	}
}

func (m *masker) set(changed bool, set func()) {
	if changed {
		m.changed++
		set()
	}
}

func (m *masker) text(text *string) {
	masked, changed := m.rules.Text(*text)
	m.set(changed, func() { *text = masked })
}

func (m *masker) attributes(attrs []tracetree.Attr) {
	for i := range attrs {
		attr := &attrs[i]
		rule := m.rules.Rule(attr.Key)
		value, changed := m.value(attr.Value, rule)
		m.set(rule.Key != attr.Key, func() { attr.Key = rule.Key })
		m.set(changed, func() { attr.Value = value })
	}
}

func (m *masker) value(v tracetree.Value, rule redact.Rule) (tracetree.Value, bool) {
	switch v.Kind() {
	case tracetree.StringValue:
		text, changed := rule.String(v.Text())
		return tracetree.String(text), changed
	case tracetree.JSONValue:
		text, plain, changed := m.rules.JSON(rule, v.Text())
		if plain {
			return tracetree.String(text), changed
		}
		return tracetree.JSON(text), changed
	case tracetree.IntValue:
		n, _ := v.AsInt()
		return tracetree.String(redact.Mask), rule.Int(n)
	case tracetree.FloatValue:
		f, _ := v.AsFloat()
		return tracetree.String(redact.Mask), rule.Float(f)
	case tracetree.EmptyValue, tracetree.BoolValue:
	}
	return v, false
}
