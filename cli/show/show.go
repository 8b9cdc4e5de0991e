// Package show prints values for people and for other programs: runs, findings, reports, tables.
// It takes values and a writer, and neither flags nor an environment, so that every command prints
// the same thing in the same way. Styles are written always; the caller's writer removes those that
// its terminal can't show.
package show

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/redact"
)

// Text returns text from elsewhere as a terminal may show it on one line: secrets are masked, then
// control characters are escaped. The order matters, as an escaped secret might not be recognized.
func Text(text string) string { return draw.Clean(redact.Text(text)) }

// Message is Text for text of several lines.
func Message(text string) string {
	lines := strings.Split(redact.Text(text), "\n")
	for i, line := range lines {
		lines[i] = draw.Clean(line)
	}
	return strings.Join(lines, "\n")
}

// Excerpt is Message for text that goes into a list. The lines after the first, as in an error of
// the notation, are indented.
func Excerpt(text string) string {
	return strings.ReplaceAll(Message(text), "\n", "\n    ")
}

// Bold returns text in bold.
func Bold(text string) string { return ansi.NewStyle().Bold().Styled(text) }

// Count returns a number with its noun, which gets an s unless there is one.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// JSON writes v, indented.
func JSON(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}
