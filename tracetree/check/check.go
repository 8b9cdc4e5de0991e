package check

import (
	"fmt"

	"tracelab/tracetree"
)

// Severity is the severity of a finding.
type Severity uint8

// The severities, in ascending order. Off silences a check.
const (
	Off Severity = iota
	Info
	Warning
	Error
)

var severityNames = [...]string{"off", "info", "warning", "error"}

// String returns the severity in lower case.
func (s Severity) String() string { return severityNames[s] }

// MarshalText returns the severity in lower case.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets the severity from its name in lower case.
func (s *Severity) UnmarshalText(text []byte) error {
	for i, name := range severityNames {
		if name == string(text) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("severity is %q: want off, info, warning or error", text)
}

// A Check looks for one kind of mistake in traces. It has at least one of the
// functions span, attr and run. span is called for every span, then attr for each
// of the span's attributes, and run once at the end. A check that collects
// something on the way keeps it in pass.State.
type Check struct {
	// ID names the check: lower case, with hyphens.
	ID string
	// Title is what is wrong, in a few words.
	Title string
	// Doc describes what the check catches, why it matters and how to fix it, in
	// three paragraphs of Markdown.
	Doc string
	// Severity is that of its findings, unless a finding has its own.
	Severity Severity
	// Lesson names the items of the course's self-check list that the check
	// covers, and Mistakes those of its common mistakes, in the course's words.
	Lesson, Mistakes []string
	// bad are traces that the check flags, and good are near misses that it must
	// not flag. Both have at least one.
	bad, good []example

	span func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning)
	attr func(p *pass, i int, at place, a *tracetree.Attr, key *keyFacts)
	run  func(p *pass)
}

// An example is a trace of a check's documentation: a tree of the notation, or
// spans where the notation can't express it.
type example struct {
	// Why is what the example shows.
	Why string
	// Tree is in the notation of trees.
	Tree string
	// Spans are in the notation of package spantext. Indentation does not count.
	Spans string
	// Config is the configuration of the check.
	Config Config
}

// place is where an attribute is.
type place uint8

// The places of attributes. Those of a resource and a scope are visited once,
// with the first span that has them.
const (
	onSpan place = iota
	onEvent
	onLink
	onResource
	onScope
)

var placeNames = [...]string{"span", "event", "link", "resource", "scope"}

// String returns the place in lower case.
func (p place) String() string { return placeNames[p] }
