package show

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// widest is the greatest width of a line of text, even on wider terminals: a reader's eye has to
// find the next line.
const widest = 100

// wrapped breaks text at its spaces into lines, each after an indent. It leaves headers and labels
// whole, and lines that begin with a space.
func Wrapped(text, indent string, width int) string {
	room := max(20, min(width, widest)-len(indent))
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(indent)
		column := 0
		for i, word := range strings.Split(line, " ") {
			size := ansi.StringWidth(word)
			switch {
			case i == 0:
			case column+1+size > room && !strings.HasPrefix(line, " "):
				b.WriteString("\n" + indent)
				column = 0
			default:
				b.WriteString(" ")
				column++
			}
			b.WriteString(word)
			column += size
		}
		b.WriteString("\n")
	}
	return b.String()
}

// listed wraps a text after a mark.
func Listed(mark, text string, width int) string {
	indent := strings.Repeat(" ", ansi.StringWidth(mark))
	return mark + strings.TrimPrefix(Wrapped(text, indent, width), indent)
}

// prose wraps text of several paragraphs, with lists in it. Lines that begin with four spaces are
// left unchanged.
func Prose(text string, width int) string {
	var b strings.Builder
	var lines []string // of the paragraph or the item at hand
	flush := func() {
		switch joined := strings.Join(lines, " "); {
		case len(lines) == 0:
		case strings.HasPrefix(joined, "- "):
			b.WriteString(Listed("- ", joined[len("- "):], width))
		default:
			b.WriteString(Wrapped(joined, "", width))
		}
		lines = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "", strings.HasPrefix(line, "    "):
			flush()
			b.WriteString(line + "\n")
		case strings.HasPrefix(line, "- "):
			flush()
			lines = []string{line}
		default:
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	flush()
	return b.String()
}
