package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

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
	below := c.below(result, false)
	for i, line := range tracetree.Lines(result.forest, options...) {
		if i > 0 && line.Depth == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, line.Text)
		if err := draw.Comments(w, line.Depth, below(line)); err != nil {
			return err
		}
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
	fmt.Fprint(w, "\n\n")
	if len(lines) == 0 {
		fmt.Fprintln(w, "No span was recorded: the request's traceparent says so, OTEL_TRACES_SAMPLER samples nothing, or OTEL_SDK_DISABLED is set.")
	}
	waterfall := draw.Waterfall{Width: env.width, Below: c.below(result, c.Attributes)}
	if err := waterfall.Write(w, lines); err != nil {
		return err
	}
	if len(result.system.Wire()) > 0 {
		fmt.Fprintf(w, "\n%s\n", bold("On the wire"))
	}
	for _, hop := range result.system.Wire() {
		printHop(w, hop, "  ")
	}
	services := len(draw.Services(tracetree.Lines(result.forest, tracetree.Full)))
	fmt.Fprintf(w, "\n%s, %s, %s. %s\n", count(result.forest.Len(), "span"), count(services, "service"),
		draw.Duration(draw.Extent(lines)), c.verdict(result))
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

// below returns what stands below a line: ids, attributes and log records, as
// far as they were asked for.
func (c runCommand) below(result *observation, attributes bool) func(tracetree.Line) []string {
	logs := map[string][]lab.LogRecord{}
	for _, record := range result.system.Logs() {
		logs[record.SpanID] = append(logs[record.SpanID], record)
	}
	return func(line tracetree.Line) []string {
		var texts []string
		nodes := []tracetree.Node{line.Node}
		if !line.Folded.IsZero() {
			nodes = []tracetree.Node{line.Folded, line.Node}
		}
		for _, node := range nodes {
			span := node.Span()
			if c.IDs {
				texts = append(texts, idsOf(span))
			}
			if attributes && node == line.Node {
				for _, attr := range span.Attributes {
					texts = append(texts, draw.Clean(attr.Key+"="+redact.Attribute(attr.Key, attr.Value.Text())))
				}
			}
			for _, record := range logs[span.SpanID.String()] {
				texts = append(texts, logText(record))
			}
		}
		return texts
	}
}

func idsOf(span *tracetree.Span) string {
	text := fmt.Sprintf("%s span %s, trace %s", span.Kind, span.SpanID, span.TraceID)
	if !span.Parent.IsZero() {
		text += fmt.Sprintf(", parent %s", span.Parent)
	}
	for _, link := range span.Links {
		text += fmt.Sprintf(", link to %s in %s", link.SpanID, link.TraceID)
	}
	return text
}

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
