package tracetree

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The names after @.
const (
	fieldKind    = "kind"
	fieldStatus  = "status"
	fieldService = "service"
	fieldName    = "name"
	fieldScope   = "scope"
	fieldTrace   = "trace"
	fieldEvent   = "event"

	newTrace = "new"
)

var fieldNames = []string{fieldKind, fieldStatus, fieldService, fieldName, fieldScope, fieldTrace, fieldEvent}

// match reports whether the span meets the condition; above is the span above it in the view, or
// nil. If there are several values, as with events, one of them is enough.
func (c *Condition) match(s, above *Span) bool {
	values := c.values(s, above)
	if c.Compare == Absent {
		return len(values) == 0
	}
	return slices.ContainsFunc(values, c.Holds)
}

// Holds reports whether a value with this text meets the condition. For an absent value, only a
// condition whose Compare is [Absent] holds, and no value meets that one.
func (c *Condition) Holds(text string) bool {
	switch c.Compare {
	case "":
		return true
	case Equal:
		return c.Value.match(text)
	case NotEqual:
		return !c.Value.match(text)
	case Matching:
		return c.expr != nil && c.expr.MatchString(text)
	case Below, Above:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return false // text is neither below nor above a number
		}
		if c.Compare == Below {
			return number < c.number
		}
		return number > c.number
	default:
		return false
	}
}

// values returns the span's values for the condition's key, as text.
func (c *Condition) values(s, above *Span) []string {
	var values []string
	if !c.Field {
		for i := range s.Attributes {
			if s.Attributes[i].Key == c.Key {
				values = append(values, s.Attributes[i].Value.Text())
			}
		}
		return values
	}
	switch c.Key {
	case fieldKind:
		return []string{s.Kind.String()}
	case fieldStatus:
		return []string{s.Status.String()}
	case fieldService:
		return []string{s.Service()}
	case fieldName:
		return []string{s.Name}
	case fieldScope:
		if s.Origin != nil && s.Origin.ScopeName != "" {
			return []string{s.Origin.ScopeName}
		}
	case fieldTrace:
		if above == nil || above.TraceID != s.TraceID {
			return []string{newTrace}
		}
	case fieldEvent:
		for i := range s.Events {
			values = append(values, s.Events[i].Name)
		}
	}
	return values
}

// explain describes how a span that does not meet the condition differs from it.
func (c *Condition) explain(s, above *Span) string {
	key := string(c.appendKey(nil))
	want := strings.TrimPrefix(string(c.append(nil)), key)
	switch c.Compare {
	case "":
		want = "any value"
	case Absent:
		want = "(absent)"
	case Equal:
		want = strings.TrimPrefix(want, "=")
	}
	got := "(absent)"
	if values := c.values(s, above); len(values) > 0 {
		for i, v := range values {
			values[i] = string(appendQuoted(nil, v, quoteValue(v)))
		}
		got = strings.Join(values, ", ")
	}
	return key + ": want " + want + ", got " + got
}

// compared reports whether the timing restricts a span.
func (t *Timing) compared() bool { return t != nil && t.Compare != "" }

// match compares a span, whose parent in the view is above or nil. If it does not match, got
// describes the span.
func (t *Timing) match(s, above *Span) (got string, ok bool) {
	d, known := s.Duration()
	if !known {
		return "an unknown duration", false
	}
	switch t.Compare {
	case Equal:
		ok = d == t.Low
	case Below:
		ok = d < t.Low
	case AtMost:
		ok = d <= t.Low
	case Above:
		ok = d > t.Low
	case AtLeast:
		ok = d >= t.Low
	case Between:
		ok = t.Low <= d && d <= t.High
	}
	if !ok {
		return d.String(), false
	}
	if !t.HasOffset {
		return "", true
	}
	var offset time.Duration // zero for a top, which starts its trace
	if above != nil {
		if above.Start == 0 {
			return "an unknown start above", false
		}
		offset = time.Duration(s.Start - above.Start)
	}
	if offset != t.Offset {
		return fmt.Sprintf("%v at +%v", d, offset), false
	}
	return "", true
}
