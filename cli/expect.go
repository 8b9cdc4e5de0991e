package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tracelab/cli/show"
	"tracelab/tracetree"
)

// expectCommand compares the traces in files with an expected tree.
type expectCommand struct {
	Files []string `arg:"" name:"file" help:"Trace files of any known format, also compressed. - is standard input."`
	Tree  string   `required:"" help:"File with the expected tree, in the notation." placeholder:"FILE"`
	Any   bool     `help:"Require one trace to match, and allow others."`
	Full  bool     `help:"Compare all spans, including CLIENT spans that are folded by default."`
}

func (c expectCommand) Run(ctx context.Context, env *environment) error {
	pattern, err := readPattern(ctx, env, c.Tree)
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
		_, err := fmt.Fprintf(env.stdout, "as expected: %s, %s\n", show.Count(forest.NumTops(), "tree"), show.Count(forest.Len(), "span"))
		return err
	}
	if c.Any && forest.NumTops() > 1 {
		report = nearest(pattern, forest, options)
		fmt.Fprintf(env.stdout, "None of %s is the expected one. This is the nearest of them:\n\n", show.Count(forest.NumTops(), "tree"))
	}
	if err := show.Report(env.stdout, report); err != nil {
		return err
	}
	return &exitError{code: exitFailed}
}

// readPattern reads a file of notation, or standard input.
func readPattern(ctx context.Context, env *environment, name string) (*tracetree.Pattern, error) {
	name, text, err := readInput(ctx, env, name)
	if err != nil {
		return nil, err
	}
	pattern, err := tracetree.Parse(strings.TrimPrefix(string(text), byteOrderMark))
	return pattern, inFile(name, 0, err)
}

// readForest reads all the spans of files. Their secrets are not masked, as a
// comparison has to see them: whatever is printed of it is masked.
func readForest(ctx context.Context, env *environment, names []string) (forest *tracetree.Forest, err error) {
	capture, err := openCapture(ctx, env, names)
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

// maxCandidates is among how many trees the nearest one is looked for.
const maxCandidates = 200

// nearest returns how the tree that differs least from the pattern does. Of very
// many trees it looks at the first ones.
func nearest(pattern *tracetree.Pattern, forest *tracetree.Forest, options []tracetree.Option) *tracetree.Report {
	var best *tracetree.Report
	least, tried := 0, 0
	for top := range forest.Tops() {
		if tried++; tried > maxCandidates {
			break
		}
		report := pattern.Match(tracetree.Build(below(top)), options...)
		if report == nil {
			continue // it needs the other trees to differ
		}
		d := report.Differences
		n := d.Missing + d.Unexpected + d.Marks + d.Statuses + d.Durations + d.Attributes + d.Orders + d.Moved
		if best == nil || n < least {
			best, least = report, n
		}
	}
	return best
}

// below returns the spans of a tree.
func below(top tracetree.Node) []tracetree.Span {
	var spans []tracetree.Span
	todo := []tracetree.Node{top}
	for len(todo) > 0 {
		node := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		spans = append(spans, *node.Span())
		for child := range node.Children() {
			todo = append(todo, child)
		}
	}
	return spans
}
