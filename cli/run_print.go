package cli

import (
	"bufio"
	"fmt"
	"io"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/lab"
	"tracelab/redact"
	"tracelab/tracetree"
)

func (c runCommand) options() []tracetree.Option {
	if c.Full {
		return []tracetree.Option{tracetree.Full}
	}
	return nil
}

// printText prints the bare notation. What was asked for beside the tree
// follows as comments, so that the whole stays notation.
func (c runCommand) printText(env *environment, result *observation) error {
	w := bufio.NewWriter(env.stdout)
	options := c.options()
	if c.Attributes {
		options = append(options, tracetree.Attributes)
	}
	if err := c.details(result, false).writeText(w, tracetree.Lines(result.forest, options...)); err != nil {
		return err
	}
	for _, hop := range result.system.Wire() {
		fmt.Fprintln(w)
		printHop(w, hop, "# ")
	}
	return w.Flush()
}

// printTree prints what people look at.
func (c runCommand) printTree(env *environment, result *observation) error {
	w := bufio.NewWriter(env.stdout)
	lines := tracetree.Lines(result.forest, c.options()...)
	fmt.Fprintf(w, "%s → %s", bold(result.asked), bold(result.answered))
	if len(lines) > 0 {
		fmt.Fprintf(w, " · trace %s", lines[0].Node.Span().TraceID)
	}
	if result.detail != "" {
		fmt.Fprintf(w, "\n%s", draw.Clean(redact.Text(result.detail)))
	}
	fmt.Fprint(w, "\n\n")
	if len(lines) == 0 {
		fmt.Fprintln(w, "No span was recorded: the request's traceparent says so, OTEL_TRACES_SAMPLER samples nothing, or OTEL_SDK_DISABLED is set.")
	}
	waterfall := draw.Waterfall{Width: env.width, Below: c.details(result, c.Attributes).below}
	if err := waterfall.Write(w, lines); err != nil {
		return err
	}
	if loose := looseLogs(result); len(loose) > 0 {
		fmt.Fprintf(w, "\n%s\n", bold("Logged outside of these spans"))
		for _, text := range loose {
			fmt.Fprintln(w, "  "+text)
		}
	}
	if len(result.system.Wire()) > 0 {
		fmt.Fprintf(w, "\n%s\n", bold("On the wire"))
	}
	for _, hop := range result.system.Wire() {
		printHop(w, hop, "  ")
	}
	if len(lines) > 0 {
		fmt.Fprintln(w)
		if c.Explain {
			if err := result.checked.explain(w); err != nil {
				return err
			}
		} else {
			fmt.Fprintln(w, result.checked.checkLine())
		}
	}
	services := len(draw.Services(tracetree.Lines(result.forest, tracetree.Full)))
	fmt.Fprintf(w, "\n%s, %s", count(result.forest.Len(), "span"), count(services, "service"))
	if extent, known := draw.Extent(lines); known {
		fmt.Fprint(w, ", "+draw.Duration(extent))
	}
	fmt.Fprintf(w, ". %s\n", c.verdict(result))
	return w.Flush()
}

func (c runCommand) verdict(result *observation) string {
	if result.report == nil {
		return bold("This is the expected tree.")
	}
	text := ansi.NewStyle().Bold().ForegroundColor(ansi.Red).Styled("This is not the expected tree: ") + result.report.Summary()
	if !c.Expect {
		text += " See run --expect."
	}
	return text
}

// details are the ids, attributes and log records, as far as they were asked
// for.
func (c runCommand) details(result *observation, attributes bool) details {
	d := details{ids: c.IDs, attributes: attributes, logs: map[string][]lab.LogRecord{}}
	for _, record := range result.system.Logs() {
		d.logs[record.SpanID] = append(d.logs[record.SpanID], record)
	}
	return d
}

// looseLogs returns the log records that belong to none of the spans.
func looseLogs(result *observation) []string {
	known := map[string]bool{}
	for i := range result.forest.Spans() {
		known[result.forest.Spans()[i].SpanID.String()] = true
	}
	var texts []string
	for _, record := range result.system.Logs() {
		if !known[record.SpanID] {
			texts = append(texts, logText(record))
		}
	}
	return texts
}

func printHop(w io.Writer, hop lab.Hop, indent string) {
	fmt.Fprintf(w, "%s%s → %s  %s %s\n", indent, hop.From, hop.To, hop.Protocol, draw.Clean(hop.What))
	for _, field := range hop.Fields {
		fmt.Fprintf(w, "%s    %s: %s\n", indent, draw.Clean(field.Name), draw.Clean(field.Value))
	}
}

func bold(text string) string { return ansi.NewStyle().Bold().Styled(text) }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
