package draw

import (
	"fmt"
	"io"
	"strings"

	"tracelab/tracetree"
)

// Sequence writes trees as a Mermaid sequence diagram: a message for each span, from the service
// that caused it to its actor, and crosses back from failed spans. Messages come from the system
// that they were sent with, and open arrows say that nothing waits for them, nor for linked spans.
func Sequence(w io.Writer, lines []tracetree.Line) error {
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	ids := map[string]string{}
	participant := func(name string) string {
		if ids[name] == "" {
			ids[name] = fmt.Sprintf("p%d", len(ids))
			fmt.Fprintf(&b, "  participant %s as %s\n", ids[name], sequenceText(name))
		}
		return ids[name]
	}
	type sender struct{ service, system string } // the system of a span that sends messages
	var above []sender                           // of the last line of each depth
	for _, line := range lines {
		span := line.Node.Span()
		actor, operation, found := strings.Cut(tracetree.Label(span), ": ")
		if !found {
			actor, operation = span.Service(), span.Name
		}
		from, arrow := "client", "->>"
		if line.Depth > 0 {
			from = above[line.Depth-1].service
			system := above[line.Depth-1].system
			if system != "" && (span.Kind == tracetree.KindConsumer || span.Service() != from) {
				from, arrow = system, "-)"
			}
		}
		if line.Marks&tracetree.Linked != 0 {
			arrow = "-)"
		}
		from = participant(from)
		to := participant(actor)
		text := operation
		if d, known := span.Duration(); known {
			text += " " + Duration(d)
		}
		fmt.Fprintf(&b, "  %s%s%s: %s\n", from, arrow, to, sequenceText(text))
		if span.Status == tracetree.StatusError && from != to {
			fmt.Fprintf(&b, "  %s--x%s: failed\n", to, from)
		}
		this := sender{service: span.Service()}
		if tracetree.MeaningOf(span).Class == tracetree.ClassSend {
			this.system = actor
		}
		above = append(above[:line.Depth], this)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sequenceText also escapes the semicolon, which ends a statement in sequence diagrams.
func sequenceText(text string) string {
	return strings.ReplaceAll(mermaidText(strings.ReplaceAll(Clean(text), ";", "\x00")), "\x00", "#59;")
}
