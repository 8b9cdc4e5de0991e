package tracetree

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
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

// timing is what stands in brackets: a note, or a comparison of a span's duration and start.
type timing struct {
	form      timingForm
	low, high time.Duration // high in a range only
	offset    time.Duration // from the start of the span above to the start of this one
	hasOffset bool
}

// timingForm is the comparison of a duration.
type timingForm uint8

const (
	timingNote timingForm = iota // never compared
	timingEqual
	timingBelow
	timingAtMost
	timingAbove
	timingAtLeast
	timingRange
)

var timingSigns = [...]string{
	timingEqual: "=", timingBelow: "<", timingAtMost: "<=", timingAbove: ">", timingAtLeast: ">=",
}

// parseTiming reads the text between brackets. Of an error, at is where in the text it is.
func parseTiming(text string) (t *timing, at int, err error) {
	t = &timing{}
	rest := text
	for _, form := range []timingForm{timingAtMost, timingAtLeast, timingBelow, timingAbove, timingEqual} {
		if after, ok := strings.CutPrefix(rest, timingSigns[form]); ok {
			t.form, rest = form, after
			break
		}
	}
	if t.form == timingNote || t.form == timingEqual {
		if duration, offset, ok := strings.Cut(rest, " at "); ok {
			offset = strings.TrimLeft(offset, " ")
			plus, ok := strings.CutPrefix(offset, "+")
			if !ok {
				return nil, len(text) - len(offset), fmt.Errorf(`want "+" and a duration after "at", as in "at +3ms"`)
			}
			if t.offset, err = parseDuration(plus); err != nil {
				return nil, len(text) - len(plus), err
			}
			t.hasOffset = true
			text, rest = text[:len(text)-len(rest)+len(duration)], duration
		}
	}
	if low, high, ok := strings.Cut(rest, ".."); ok && t.form == timingNote && !t.hasOffset {
		t.form = timingRange
		if t.high, err = parseDuration(high); err != nil {
			return nil, len(text) - len(high), err
		}
		rest = low
		if t.low, err = parseDuration(low); err == nil && t.low > t.high {
			err = fmt.Errorf("want the shorter duration first")
		}
		return t, 0, err
	}
	if t.low, err = parseDuration(rest); err != nil {
		return nil, len(text) - len(rest), err
	}
	return t, 0, nil
}

func parseDuration(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || text[0] == '+' {
		return 0, fmt.Errorf("%.40q is no duration: want one as in 12ms, <50ms, >=5ms, 10ms..50ms or =12ms at +3ms", text)
	}
	return d, nil
}

func (t *timing) append(buf []byte) []byte {
	if t.form == timingRange {
		return append(buf, t.low.String()+".."+t.high.String()...)
	}
	buf = append(buf, timingSigns[t.form]...)
	buf = append(buf, t.low.String()...)
	if t.hasOffset {
		buf = append(buf, " at +"+t.offset.String()...)
	}
	return buf
}

// compared reports whether the timing says something about a span.
func (t *timing) compared() bool { return t != nil && t.form != timingNote }

// match compares a span, whose parent in the view is above or nil. Where it doesn't match it returns what was seen.
func (t *timing) match(s, above *Span) (got string, ok bool) {
	d, known := s.Duration()
	if !known {
		return "an unknown duration", false
	}
	switch t.form {
	case timingEqual:
		ok = d == t.low
	case timingBelow:
		ok = d < t.low
	case timingAtMost:
		ok = d <= t.low
	case timingAbove:
		ok = d > t.low
	case timingAtLeast:
		ok = d >= t.low
	case timingRange:
		ok = t.low <= d && d <= t.high
	}
	if !ok {
		return d.String(), false
	}
	if !t.hasOffset {
		return "", true
	}
	var offset time.Duration // a top starts its trace
	if above != nil {
		if above.Start == 0 {
			return "an unknown start above", false
		}
		offset = time.Duration(s.Start - above.Start)
	}
	if offset != t.offset {
		return fmt.Sprintf("%v at +%v", d, offset), false
	}
	return "", true
}
