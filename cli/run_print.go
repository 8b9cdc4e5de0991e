package cli

import (
	"bufio"
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/redact"
	"tracelab/tracetree"
)

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
	if err := c.writeTrees(w, env, &result.recorded, nil); err != nil {
		return err
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

func bold(text string) string { return ansi.NewStyle().Bold().Styled(text) }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
