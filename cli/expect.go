package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/charmbracelet/x/ansi"

	"tracelab/tracetree"
)

// expectCommand compares the traces of files with an expected tree.
type expectCommand struct {
	Files []string `arg:"" name:"file" help:"Trace files, as view takes them. - is stdin."`
	Tree  string   `required:"" help:"The file of the expected tree, in the notation." placeholder:"FILE"`
	Any   bool     `help:"One of the traces has to be the expected one; others may be there."`
	Full  bool     `help:"Compare every span, also the CLIENT halves of calls."`
}

func (c expectCommand) Run(ctx context.Context, env *environment) error {
	pattern, err := readPattern(c.Tree)
	if err != nil {
		return err
	}
	forest, err := readForest(ctx, env, c.Files)
	if err != nil {
		return err
	}
	var options []tracetree.Option
	if c.Any {
		options = append(options, tracetree.Any)
	}
	if c.Full {
		options = append(options, tracetree.Full)
	}
	report := pattern.Match(forest, options...)
	if report == nil {
		_, err := fmt.Fprintf(env.stdout, "as expected: %s, %s\n", count(forest.NumTops(), "tree"), count(forest.Len(), "span"))
		return err
	}
	if err := printReport(env.stdout, report); err != nil {
		return err
	}
	return &exitError{code: exitFailed}
}

// readPattern reads a file of notation.
func readPattern(name string) (*tracetree.Pattern, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, usageError("%w", err)
	}
	pattern, err := tracetree.Parse(string(text))
	return pattern, inFile(name, 0, err)
}

// readForest reads all the spans of files.
func readForest(ctx context.Context, env *environment, names []string) (forest *tracetree.Forest, err error) {
	capture, err := openCapture(env, names)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, capture.close()) }()
	spans, err := capture.spans(ctx, env, nil)
	if err != nil {
		return nil, err
	}
	return tracetree.Build(spans), nil
}

// printReport prints how a forest differs from a pattern: what is missing in
// red, what is too much in green, what differs in yellow.
func printReport(out io.Writer, report *tracetree.Report) error {
	w := bufio.NewWriter(out)
	colors := map[tracetree.Op]ansi.BasicColor{
		tracetree.Missing: ansi.Red, tracetree.Unexpected: ansi.Green, tracetree.Different: ansi.Yellow,
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
	fmt.Fprintln(w, bold(report.Summary()))
	return w.Flush()
}
