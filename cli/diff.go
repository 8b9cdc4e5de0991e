package cli

import (
	"context"
	"fmt"

	"tracelab/cli/show"
	"tracelab/tracetree"
)

// diffCommand compares the shapes of the traces in two files, and ignores IDs, times and attributes.
type diffCommand struct {
	A    string `arg:"" help:"A trace file. - is standard input."`
	B    string `arg:"" help:"The trace file to compare it with."`
	Full bool   `help:"Compare all spans, including CLIENT spans that are folded by default."`
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
	// What A prints is what B is expected to be.
	pattern, err := tracetree.Parse(tracetree.Format(a, options...))
	if err != nil {
		return fmt.Errorf("read the trees of %s: %w", c.A, err)
	}
	report := pattern.Match(b, options...)
	if report == nil {
		return nil
	}
	fmt.Fprintf(env.stdout, "- %s\n+ %s\n\n", c.A, c.B)
	if err := show.Report(env.stdout, report); err != nil {
		return err
	}
	return &exitError{code: exitFailed}
}
