package show

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/internal/redact"
	"tracelab/tracetree"
)

// Report prints how a forest differs from a pattern: missing spans in red, unexpected ones in
// green, different ones in yellow.
func Report(out io.Writer, report *tracetree.Report) error {
	w := bufio.NewWriter(out)
	report = Masked(report)
	colors := map[byte]ansi.BasicColor{
		'-': ansi.Red, '+': ansi.Green, '~': ansi.Yellow,
	}
	for _, line := range report.Lines {
		text := string(rune(line.Op)) + " " + line.Text
		if line.Note != "" {
			text += "          " + line.Note
		}
		if color, ok := colors[line.Op]; ok {
			text = ansi.NewStyle().ForegroundColor(color).Styled(text)
		}
		fmt.Fprintln(w, text)
	}
	fmt.Fprintln(w, Bold(report.Summary()))
	return w.Flush()
}

// Masked returns a report without its secrets.
func Masked(report *tracetree.Report) *tracetree.Report {
	m := &tracetree.Report{Differences: report.Differences}
	for _, line := range report.Lines {
		m.Lines = append(m.Lines, tracetree.ReportLine{Op: line.Op, Text: redact.Text(line.Text), Note: maskNote(line.Note)})
	}
	for _, note := range report.Notes {
		m.Notes = append(m.Notes, redact.Text(note))
	}
	return m
}

// maskNote masks the secrets in the note of a line. It leaves out the values of attributes that
// hold secrets by their names.
func maskNote(note string) string {
	parts := strings.Split(note, "; ")
	for i, part := range parts {
		if key, _, found := strings.Cut(part, ": "); found && redact.Key(key) {
			// The value may contain the separator, so nothing after it is shown.
			parts = append(parts[:i], key+": it differs ("+redact.Mask+")")
			break
		}
	}
	return redact.Text(strings.Join(parts, "; "))
}
