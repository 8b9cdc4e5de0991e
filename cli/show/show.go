// Package show prints values for people and for other programs: runs, findings, reports, tables.
// It takes values and a writer, and neither flags nor an environment, so that every command prints
// the same thing in the same way. Styles are written always; the caller's writer removes those that
// its terminal can't show.
package show

import (
	"bytes"
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

// SchemaVersion is the version of the JSON that commands print. It changes when a key is removed or
// changes its meaning, and not when a key is added.
const SchemaVersion = 1

// JSON writes v as an indented object whose first key is schema_version. A list becomes the value
// of the key with the given name; for other values, the name is not used.
func JSON(w io.Writer, name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(text, []byte("{")) {
		text = fmt.Appendf(nil, "{%q:%s}", name, text)
	}
	separator := ","
	if len(text) == len("{}") {
		separator = ""
	}
	text = fmt.Appendf(nil, `{"schema_version":%d%s%s`, SchemaVersion, separator, text[1:])
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", out.Bytes())
	return err
}

// ciFormats is what commands that can be steps of a CI run print.
type ciFormats interface {
	writeText(w io.Writer) error
	writeJSON(w io.Writer) error
	writeJUnit(w io.Writer) error
	writeMarkdown(w io.Writer) error
	writeGitHub(w io.Writer) error
}

// writeAs writes a value in the format with this name, or as text for any other name.
func writeAs(w io.Writer, format string, v ciFormats) error {
	switch format {
	case "json":
		return v.writeJSON(w)
	case "junit":
		return v.writeJUnit(w)
	case "markdown":
		return v.writeMarkdown(w)
	case "github":
		return v.writeGitHub(w)
	default:
		return v.writeText(w)
	}
}
