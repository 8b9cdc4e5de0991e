package cli

import (
	"tracelab/internal/redact"
	"tracelab/tracetree"
)

// maskSpans masks what looks like a secret in spans, in place, and returns how
// many texts it changed. Resources are shared by many spans, and each is looked
// at once.
func maskSpans(spans []tracetree.Span) int {
	m := masker{origins: map[*tracetree.Origin]bool{}}
	for i := range spans {
		m.span(&spans[i])
	}
	return m.changed
}

type masker struct {
	changed int
	origins map[*tracetree.Origin]bool
}

func (m *masker) span(s *tracetree.Span) {
	s.Name = m.text(s.Name)
	s.StatusMessage = m.text(s.StatusMessage)
	m.attributes(s.Attributes)
	for i := range s.Events {
		s.Events[i].Name = m.text(s.Events[i].Name)
		m.attributes(s.Events[i].Attributes)
	}
	for i := range s.Links {
		m.attributes(s.Links[i].Attributes)
	}
	if s.Rare != nil {
		s.Rare.TraceState = m.text(s.Rare.TraceState)
	}
	if s.Origin != nil && !m.origins[s.Origin] {
		m.origins[s.Origin] = true
		m.attributes(s.Origin.Resource)
		m.attributes(s.Origin.ScopeAttributes)
	}
}

func (m *masker) text(text string) string {
	masked := redact.Text(text)
	if masked != text {
		m.changed++
	}
	return masked
}

func (m *masker) attributes(attrs []tracetree.Attr) {
	for i := range attrs {
		attr := &attrs[i]
		switch attr.Value.Kind() {
		case tracetree.StringValue:
			text := attr.Value.Text()
			if masked := redact.Attribute(attr.Key, text); masked != text {
				attr.Value = tracetree.String(masked)
				m.changed++
			}
		case tracetree.JSONValue:
			text := attr.Value.Text()
			if redact.Key(attr.Key) {
				attr.Value = tracetree.String(redact.Mask)
				m.changed++
			} else if masked := redact.Text(text); masked != text {
				// What is masked stands inside a JSON string, and so does the mask.
				attr.Value = tracetree.JSON(masked)
				m.changed++
			}
		case tracetree.IntValue, tracetree.FloatValue:
			// A number may be a card's.
			if text := attr.Value.Text(); redact.Attribute(attr.Key, text) != text {
				attr.Value = tracetree.String(redact.Attribute(attr.Key, text))
				m.changed++
			}
		case tracetree.EmptyValue, tracetree.BoolValue: // says nothing
		}
	}
}
