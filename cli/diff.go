package cli

import (
	"context"
	"fmt"

	"tracelab/cli/show"
	"tracelab/tracetree"
)

// diffCommand compares the shapes of the traces in two files, and ignores IDs, times and attributes.
type diffCommand struct {
	A      string `arg:"" help:"A trace file. - is standard input."`
	B      string `arg:"" help:"The trace file to compare it with."`
	Full   bool   `help:"Compare all spans, including CLIENT spans that are folded by default."`
	Format string `help:"Output format: ${enum}." enum:"text,json" default:"text"`
}

func (c diffCommand) Run(ctx context.Context, env *environment) error {
	if c.A == stdinName && c.B == stdinName {
		return usageError("only one of the files can be standard input")
	}
	var options []tracetree.Option
	if c.Full {
		options = append(options, tracetree.Full)
	}
	a, err := readForest(ctx, env, []string{c.A})
	if err != nil {
		return err
	}
	b, err := readForest(ctx, env, []string{c.B})
	if err != nil {
		return err
	}
	// The trees of A are the pattern for B.
	pattern, err := tracetree.Parse(tracetree.Format(a, options...))
	if err != nil {
		return fmt.Errorf("read the trees of %s: %w", c.A, err)
	}
	report := pattern.Match(b, options...)
	result := &show.Comparison{Equal: report == nil, Trees: b.NumTops(), Spans: b.Len(), Report: report}
	result.Head = fmt.Sprintf("- %s\n+ %s", show.Text(c.A), show.Text(c.B))
	if report != nil || c.Format == "json" {
		if err := show.Compared(env.stdout, result, c.Format); err != nil {
			return err
		}
	}
	if report != nil {
		return &exitError{code: exitFailed}
	}
	return nil
}
