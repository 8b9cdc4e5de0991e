// Package draw draws the lines of trees for a terminal. It makes no decisions about content:
// callers select the lines, and it returns styled text. Styles are always written; the caller's
// writer removes those that its terminal can't show.
package draw

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"tracelab/tracetree"
)

// Waterfall configures how a waterfall is drawn.
type Waterfall struct {
	// Width is the number of columns. The text of a line is never cut: with too few columns the bars
	// are left out.
	Width int
	// Below returns what is written below a line, as comments of the notation
	// at the line's own depth; nil writes nothing.
	Below func(tracetree.Line) []string
	// Notes are written after the durations of lines, by their nodes.
	Notes map[tracetree.Node]string
}

const (
	minBar = 6  // columns; a narrower bar would show nothing
	maxBar = 60 // a wider one does not show more
)

// Write draws the lines: each is the notation as far as its " │", then a bar
// for when the span was under way within its tree, then how long it took.
func (d Waterfall) Write(w io.Writer, lines []tracetree.Line) error {
	columns := d.layout(lines)
	scales := scalesOf(lines)
	paint := newPalette(lines)
	for i, line := range lines {
		if i > 0 && line.Tree != lines[i-1].Tree {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		span := line.Node.Span()
		var b strings.Builder
		b.WriteString(paint.text(line))
		b.WriteString(strings.Repeat(" ", max(0, columns.text-ansi.StringWidth(line.Text))) + faint(" │"))
		if columns.bar > 0 {
			b.WriteString(paint.bar(span, scales[line.Tree].bar(span, columns.bar)) + faint("│"))
		}
		fmt.Fprintf(&b, " %*s", columns.duration, durationText(span))
		note := d.noteOf(line)
		fits := ansi.StringWidth(b.String())+len("  ")+ansi.StringWidth(note) <= d.Width
		if note != "" && fits {
			b.WriteString("  " + paint.note(span, note))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
		if note != "" && !fits {
			if err := comments(w, line.Depth, []string{note},
				func(text string) string { return paint.note(span, text) }); err != nil {
				return err
			}
		}
		if err := d.writeBelow(w, line); err != nil {
			return err
		}
	}
	return nil
}

// layout is the number of columns of each part of a line.
type layout struct{ text, bar, duration int }

const gutters = len(" |") + len("| ") // the space between the parts

func (d Waterfall) layout(lines []tracetree.Line) layout {
	var l layout
	notes := 0
	for _, line := range lines {
		l.text = max(l.text, ansi.StringWidth(line.Text))
		l.duration = max(l.duration, ansi.StringWidth(durationText(line.Node.Span())))
		notes = max(notes, ansi.StringWidth(d.noteOf(line)))
	}
	room := d.Width - l.text - l.duration - gutters
	// The notes come last. They get columns only if enough of them are left for the bars.
	if l.bar = min(room-notes-len("  "), maxBar); l.bar < minBar {
		l.bar = min(room, maxBar)
	}
	if l.bar < minBar {
		l.bar = 0
	}
	if room < 0 {
		l.text, l.duration = 0, 0 // aligned, every line would be too long
	}
	return l
}

func (d Waterfall) writeBelow(w io.Writer, line tracetree.Line) error {
	var below []string
	for _, other := range line.Elsewhere {
		below = append(below,
			fmt.Sprintf("↪ %s (%d of %d)", tracetree.Label(other.Node.Span()), other.Share.K, other.Share.N))
	}
	if d.Below != nil {
		below = append(below, d.Below(line)...)
	}
	return Comments(w, line.Depth, below)
}

// Comments writes texts as comments of the notation, below a line of the given
// depth.
func Comments(w io.Writer, depth int, texts []string) error {
	return comments(w, depth, texts, faint)
}

func comments(w io.Writer, depth int, texts []string, style func(string) string) error {
	for _, text := range texts {
		comment := strings.Repeat("  ", depth+1) + "# " + text
		if _, err := fmt.Fprintln(w, style(comment)); err != nil {
			return err
		}
	}
	return nil
}

// noteOf returns what the text of a line doesn't contain: which of several producers a consumer is
// shown below, the code with which a folded client failed, and why the span failed.
func (d Waterfall) noteOf(line tracetree.Line) string {
	var notes []string
	if note := d.Notes[line.Node]; note != "" {
		notes = append(notes, note)
	}
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

func durationText(span *tracetree.Span) string {
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

// Clean returns text with its control characters escaped: text from a service must not be able to
// control the terminal.
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

// isControl also holds for the characters that turn the direction of text, and
// for those that end a line without being a control character.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029
}

// Services returns the services of the lines, in the order in which they come.
func Services(lines []tracetree.Line) []string {
	var services []string
	for _, line := range lines {
		for _, node := range []tracetree.Node{line.Folded, line.Node} {
			if !node.IsZero() && !slices.Contains(services, node.Span().Service()) {
				services = append(services, node.Span().Service())
			}
		}
	}
	return services
}
