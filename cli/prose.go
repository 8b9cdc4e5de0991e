package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/redact"
)

// widest is how wide a line of text is at most, however wide the terminal: a
// reader's eye has to find the next one.
const widest = 100

// wrapped breaks text into lines, each behind an indent.
func wrapped(text, indent string, width int) string {
	text = ansi.Wordwrap(text, max(20, min(width, widest)-len(indent)), "")
	return indent + strings.ReplaceAll(text, "\n", "\n"+indent) + "\n"
}

// listed wraps a text behind a mark.
func listed(mark, text string, width int) string {
	indent := strings.Repeat(" ", ansi.StringWidth(mark))
	return mark + strings.TrimPrefix(wrapped(text, indent, width), indent)
}

// prose wraps text of several paragraphs, with lists in it. Lines behind four
// spaces are left as they are.
func prose(text string, width int) string {
	var b strings.Builder
	var lines []string // of the paragraph or the item at hand
	flush := func() {
		switch joined := strings.Join(lines, " "); {
		case len(lines) == 0:
		case strings.HasPrefix(joined, "- "):
			b.WriteString(listed("- ", joined[len("- "):], width))
		default:
			b.WriteString(wrapped(joined, "", width))
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

// shownText is text that quotes somebody, as a terminal may show it. What
// follows a line's end, as in an error of the notation, is indented.
func shownText(text string) string {
	lines := strings.Split(redact.Text(text), "\n")
	for i, line := range lines {
		lines[i] = draw.Clean(line)
	}
	return strings.Join(lines, "\n    ")
}
