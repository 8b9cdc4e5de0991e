// Package chart has what all drawings of trees have in common, for a terminal or a page: the texts
// of durations, the scales of time, the notes at lines, equal siblings, and the order of the
// services. It draws nothing.
package chart

import (
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode"

	"tracelab/tracetree"
)

// Scale is the time that a tree takes, from its first start to its last end, in Unix nanoseconds.
type Scale struct{ Start, End int64 }

// Extend returns the scale with the time of a span, if that is known. The zero Scale has no time.
func (s Scale) Extend(span *tracetree.Span) Scale {
	switch {
	case span.Start == 0:
		return s
	case s == Scale{}:
		s = Scale{span.Start, span.Start}
	}
	return Scale{min(s.Start, span.Start), max(s.End, span.End)}
}

// Bar returns where the bar of a span begins and ends, as parts of the scale from 0 to 1, and
// whether the span has one.
func (s Scale) Bar(span *tracetree.Span) (from, to float64, known bool) {
	total := s.End - s.Start
	if span.Start == 0 || span.End < span.Start || total <= 0 {
		return 0, 0, false
	}
	return float64(span.Start-s.Start) / float64(total), float64(span.End-s.Start) / float64(total), true
}

// DurationOf returns the text of a span's duration, "?" if it is not known.
func DurationOf(span *tracetree.Span) string {
	d, ok := span.Duration()
	if !ok {
		return "?"
	}
	return Duration(d)
}

// Duration returns a duration with three digits and a unit of its size.
func Duration(d time.Duration) string {
	switch abs := d.Abs(); {
	case abs < time.Microsecond:
		return fmt.Sprintf("%dns", d)
	case abs < time.Millisecond:
		return significant(float64(d)/1e3) + "µs"
	case abs < time.Second:
		return significant(float64(d)/1e6) + "ms"
	case abs < time.Minute:
		return significant(d.Seconds()) + "s"
	default:
		return d.Round(time.Second).String()
	}
}

func significant(v float64) string {
	switch {
	case v < 9.995 && v > -9.995:
		return fmt.Sprintf("%.2f", v)
	case v < 99.95 && v > -99.95:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// Note returns what the text of a line doesn't contain: which of several producers a consumer is
// shown below, the code with which a folded client failed, and why the span failed.
func Note(line tracetree.Line) string {
	var notes []string
	if line.Share.N > 1 {
		notes = append(notes, fmt.Sprintf("%d of %d", line.Share.K, line.Share.N))
	}
	span := line.Node.Span()
	if !line.Folded.IsZero() && line.Folded.Span().Status == tracetree.StatusError &&
		span.Status != tracetree.StatusError {
		notes = append(notes, "the client got "+failure(line.Folded.Span()))
	}
	if span.Status == tracetree.StatusError && span.StatusMessage != "" {
		notes = append(notes, Clean(span.StatusMessage))
	}
	return strings.Join(notes, "; ")
}

func failure(span *tracetree.Span) string {
	for _, key := range []string{"rpc.response.status_code", "http.response.status_code", "error.type"} {
		if value, ok := span.Attr(key); ok {
			return Clean(value.Text())
		}
	}
	return "an error"
}

// Clean returns text with its control characters escaped: text from a service must be able neither
// to control a terminal nor to turn the direction of a page.
func Clean(text string) string {
	if !strings.ContainsFunc(text, isControl) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isControl(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isControl also holds for the characters that turn the direction of text, and for those that end a
// line without being a control character.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029
}

// Services returns the services of the spans, in the order in which they come; zero nodes are
// skipped. Drawings give each service its color in this order.
func Services(nodes iter.Seq[tracetree.Node]) []string {
	var services []string
	known := map[string]bool{}
	origins := map[*tracetree.Origin]bool{}
	for node := range nodes {
		if node.IsZero() || origins[node.Span().Origin] {
			continue
		}
		origins[node.Span().Origin] = true
		if service := node.Span().Service(); !known[service] {
			known[service] = true
			services = append(services, service)
		}
	}
	return services
}
