// Package filter selects traces by what their spans have in common with a question: a service, an
// operation, an attribute, a failure, a duration, a time. The commands and the live store have the
// same filters, because they share it.
package filter

import (
	"fmt"
	"strings"
	"time"

	"tracelab/tracetree"
)

// Filter selects traces. The zero Filter selects all of them. A trace matches if [Filter.Trace] is
// true of it and [Filter.Span] of one of its spans: that span has everything that is wanted of
// spans, so Service and Error together select traces in which a span of this service failed.
type Filter struct {
	// Wanted of a trace.

	TraceID     string        // a prefix of the ID in hexadecimal digits, of either case
	MinDuration time.Duration // 0: no bound
	MaxDuration time.Duration // 0: no bound
	Since       time.Time     // the trace started then or later; zero: no bound
	Until       time.Time     // the trace started before; zero: no bound

	// Conditions on a single span.

	Service    string
	Operation  string // part of the label or of the name
	Error      bool   // the span failed
	Attributes []Attribute
}

// Attribute is a condition on an attribute of a span, or of its resource.
type Attribute struct {
	Key string
	// Value is the text of the value; see [tracetree.Value.Text]. It is ignored unless HasValue is
	// set: any value matches then.
	Value    string
	HasValue bool
}

// ParseAttribute parses KEY=VALUE, or KEY for any value.
func ParseAttribute(text string) (Attribute, error) {
	key, value, has := strings.Cut(text, "=")
	if key == "" {
		return Attribute{}, fmt.Errorf("attribute is %.80q: want KEY or KEY=VALUE, such as http.route=/tasks", text)
	}
	return Attribute{key, value, has}, nil
}

// String returns the form that [ParseAttribute] reads.
func (a Attribute) String() string {
	if !a.HasValue {
		return a.Key
	}
	return a.Key + "=" + a.Value
}

// Trace reports whether a trace has what is wanted of traces: by its ID, its first start in Unix
// nanoseconds (0 if unknown), and its duration, if that is known.
func (f *Filter) Trace(id tracetree.TraceID, start int64, duration time.Duration, known bool) bool {
	switch {
	case f.TraceID != "" && !strings.HasPrefix(id.String(), strings.ToLower(f.TraceID)):
		return false
	case f.MinDuration > 0 && (!known || duration < f.MinDuration):
		return false
	case f.MaxDuration > 0 && (!known || duration > f.MaxDuration):
		return false
	case !f.Since.IsZero() && (start == 0 || time.Unix(0, start).Before(f.Since)):
		return false
	case !f.Until.IsZero() && (start == 0 || !time.Unix(0, start).Before(f.Until)):
		return false
	}
	return true
}

// Span reports whether a span has everything that is wanted of one span.
func (f *Filter) Span(s *tracetree.Span) bool {
	return (f.Service == "" || s.Service() == f.Service) &&
		(!f.Error || s.Status == tracetree.StatusError) &&
		f.hasAttributes(s) &&
		(f.Operation == "" || strings.Contains(s.Name, f.Operation) || strings.Contains(tracetree.Label(s), f.Operation))
}

// WantsSpan reports whether the filter has conditions on spans. Without any, the spans of a trace
// need not be looked at.
func (f *Filter) WantsSpan() bool {
	return f.Service != "" || f.Operation != "" || f.Error || len(f.Attributes) > 0
}

func (f *Filter) hasAttributes(s *tracetree.Span) bool {
	for _, wanted := range f.Attributes {
		if !wanted.in(s.Attributes) && (s.Origin == nil || !wanted.in(s.Origin.Resource)) {
			return false
		}
	}
	return true
}

func (a Attribute) in(attrs []tracetree.Attr) bool {
	for i := range attrs {
		if attrs[i].Key == a.Key && (!a.HasValue || attrs[i].Value.Text() == a.Value) {
			return true
		}
	}
	return false
}
