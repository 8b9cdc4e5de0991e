// Package draw draws the lines of trees for a terminal. It makes no decisions about content:
// callers select the lines, and it returns styled text. Styles are always written; the caller's
// writer removes those that its terminal can't show.
package draw

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tracelab/tracetree"
	"tracelab/tracetree/chart"
)

// Waterfall configures how a waterfall is drawn.
type Waterfall struct {
	// Width is the number of columns. The text of a line is never cut: with too few columns the
	// bars are left out.
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
	columns := d.columns(lines)
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
			b.WriteString(paint.bar(span, bar(scales[line.Tree], span, columns.bar)) + faint("│"))
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

// columns is the number of columns of each part of a line.
type columns struct{ text, bar, duration int }

const gutters = len(" |") + len("| ") // the space between the parts

func (d Waterfall) columns(lines []tracetree.Line) columns {
	var l columns
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

// maxIndent is the deepest level of comments. The notation writes deeper lines with their level as
// a number; the comments of a deep tree would otherwise take quadratic space.
const maxIndent = 64

// Comments writes texts as comments of the notation, below a line of the given depth.
func Comments(w io.Writer, depth int, texts []string) error {
	return comments(w, depth, texts, faint)
}

func comments(w io.Writer, depth int, texts []string, style func(string) string) error {
	for _, text := range texts {
		comment := strings.Repeat("  ", min(depth+1, maxIndent)) + "# " + text
		if _, err := fmt.Fprintln(w, style(comment)); err != nil {
			return err
		}
	}
	return nil
}

// noteOf returns the notes of a line in one text.
func (d Waterfall) noteOf(line tracetree.Line) string {
	note := chart.Note(line)
	if before := d.Notes[line.Node]; before != "" && note != "" {
		return before + "; " + note
	} else if before != "" {
		return before
	}
	return note
}

func durationText(span *tracetree.Span) string { return chart.DurationOf(span) }

// Duration returns a duration with three digits and a unit of its size, as [chart.Duration] does.
func Duration(d time.Duration) string { return chart.Duration(d) }

// Clean returns text with its control characters escaped, as [chart.Clean] does.
func Clean(text string) string { return chart.Clean(text) }

// Services returns the services of the lines, in the order in which they come.
func Services(lines []tracetree.Line) []string {
	return chart.Services(func(yield func(tracetree.Node) bool) {
		for i := range lines {
			if !yield(lines[i].Folded) || !yield(lines[i].Node) {
				return
			}
		}
	})
}
