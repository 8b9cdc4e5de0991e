package tracetree

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// predicate is one condition in braces, on an attribute or on the span itself.
type predicate struct {
	key    string
	field  bool // key is a name after @, not an attribute's key
	op     predicateOp
	value  glob           // what it compares with; as it was written with opBelow, opAbove and opMatch
	number float64        // of opBelow and opAbove
	expr   *regexp.Regexp // of opMatch
	column int32          // where it begins in the line, from 1
}

type predicateOp uint8

const (
	opPresent predicateOp = iota
	opAbsent
	opEqual
	opNotEqual
	opBelow
	opAbove
	opMatch
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

func (p *predicate) append(buf []byte) []byte {
	if p.op == opAbsent {
		buf = append(buf, '!')
	}
	if p.field {
		buf = append(buf, '@')
		buf = append(buf, p.key...)
	} else {
		buf = appendQuoted(buf, p.key, quoteKey(p.key))
	}
	switch p.op {
	case opEqual:
		buf = append(buf, '=')
		buf = p.value.append(buf, quoteValue)
	case opNotEqual:
		buf = append(buf, "!="...)
		buf = p.value.append(buf, quoteValue)
	case opBelow:
		buf = append(buf, '<')
		buf = strconv.AppendFloat(buf, p.number, 'g', -1, 64)
	case opAbove:
		buf = append(buf, '>')
		buf = strconv.AppendFloat(buf, p.number, 'g', -1, 64)
	case opMatch:
		buf = append(buf, '~')
		buf = strconv.AppendQuote(buf, p.expr.String())
	}
	return buf
}

// match reports whether the span fulfils the condition; above is the span above it in the view, or nil. What has
// several values, as events have, fulfils it when one of them does.
func (p *predicate) match(s, above *Span) bool {
	values := p.values(s, above)
	switch p.op {
	case opPresent:
		return len(values) > 0
	case opAbsent:
		return len(values) == 0
	default:
		return slices.ContainsFunc(values, p.holds)
	}
}

func (p *predicate) holds(value string) bool {
	switch p.op {
	case opEqual:
		return p.value.match(value)
	case opNotEqual:
		return !p.value.match(value)
	case opMatch:
		return p.expr.MatchString(value)
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return false // text is neither below nor above a number
	}
	if p.op == opBelow {
		return number < p.number
	}
	return number > p.number
}

// values returns what the span has under the predicate's key, in text form.
func (p *predicate) values(s, above *Span) []string {
	var values []string
	if !p.field {
		for i := range s.Attributes {
			if s.Attributes[i].Key == p.key {
				values = append(values, s.Attributes[i].Value.Text())
			}
		}
		return values
	}
	switch p.key {
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

// explain says what the predicate wants of a span that doesn't fulfil it, and what the span has.
func (p *predicate) explain(s, above *Span) string {
	key := p.key
	if p.field {
		key = "@" + key
	}
	full := string(p.append(nil))
	want := strings.TrimPrefix(full, key)
	switch p.op {
	case opPresent:
		want = "any value"
	case opAbsent:
		want = "(absent)"
	case opEqual:
		want = strings.TrimPrefix(want, "=")
	}
	got := "(absent)"
	if values := p.values(s, above); len(values) > 0 {
		for i, v := range values {
			values[i] = string(appendQuoted(nil, v, quoteValue(v)))
		}
		got = strings.Join(values, ", ")
	}
	return key + ": want " + want + ", got " + got
}
