package tracetree

import (
	"fmt"
	"strings"
	"time"
)

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
