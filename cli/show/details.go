package show

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tracelab/cli/draw"
	"tracelab/internal/redact"
	"tracelab/lab"
	"tracelab/tracetree"
)

// Details are printed below the lines of a tree, as comments of the notation.
type Details struct {
	IDs, Attributes bool
	Keys            []string                   // the attributes to show, if not all of them
	Logs            map[string][]lab.LogRecord // by span id
}

// Below returns the comment lines printed under a tree line.
func (d Details) Below(line tracetree.Line) []string {
	var texts []string
	nodes := []tracetree.Node{line.Node}
	if !line.Folded.IsZero() {
		nodes = []tracetree.Node{line.Folded, line.Node}
	}
	for _, node := range nodes {
		span := node.Span()
		if d.IDs {
			texts = append(texts, idsOf(span))
		}
		if node == line.Node {
			texts = append(texts, d.attributesOf(span)...)
		}
		for _, record := range d.Logs[span.SpanID.String()] {
			texts = append(texts, logText(record))
		}
	}
	return texts
}

// attributesOf returns the attributes that are to be shown, and with them the events.
func (d Details) attributesOf(span *tracetree.Span) []string {
	var texts []string
	for _, attr := range span.Attributes {
		if d.Attributes || slices.Contains(d.Keys, attr.Key) {
			texts = append(texts, draw.Clean(attr.Key+"="+redact.Attribute(attr.Key, attr.Value.Text())))
		}
	}
	if !d.Attributes && len(d.Keys) == 0 {
		return texts
	}
	for _, event := range span.Events {
		text := "event " + redact.Text(event.Name)
		if event.Time != 0 && span.Start != 0 {
			text += " at +" + draw.Duration(time.Duration(event.Time-span.Start))
		}
		texts = append(texts, draw.Clean(text))
	}
	return texts
}

// WriteText writes the bare notation, with the details as comments, so that the
// whole stays notation.
func (d Details) WriteText(w io.Writer, lines []tracetree.Line) error {
	for i, line := range lines {
		if i > 0 && line.Depth == 0 {
			fmt.Fprintln(w)
		}
		if _, err := fmt.Fprintln(w, line.Text); err != nil {
			return err
		}
		if err := draw.Comments(w, line.Depth, d.Below(line)); err != nil {
			return err
		}
	}
	return nil
}

func idsOf(span *tracetree.Span) string {
	id, parent := span.InputIDs()
	text := fmt.Sprintf("%s span %s, trace %s", span.Kind, id, span.TraceID)
	if !parent.IsZero() {
		text += fmt.Sprintf(", parent %s", parent)
	}
	for _, link := range span.Links {
		text += fmt.Sprintf(", link to %s in %s", link.SpanID, link.TraceID)
	}
	return text
}

// logText returns a log record as one line. It has the first line of values with several, such as
// stacks.
func logText(record lab.LogRecord) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s: %s", record.Time.Format("15:04:05.000"), record.Level, record.Service, record.Message)
	for _, attr := range record.Attrs {
		text, more := attr.Value.String(), ""
		if before, _, lines := strings.Cut(text, "\n"); lines {
			text, more = before, " …"
		}
		fmt.Fprintf(&b, " %s=%s%s", attr.Key, text, more)
	}
	return draw.Clean(b.String())
}
