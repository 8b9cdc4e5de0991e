package cli

import (
	"context"
	"fmt"

	"tracelab/cli/show"
	"tracelab/tracetree"
)

// diffCommand compares the traces of two files by their shape: ids, times and
// attributes don't count.
type diffCommand struct {
	A    string `arg:"" help:"A trace file, as view takes it. - is stdin."`
	B    string `arg:"" help:"Another one."`
	Full bool   `help:"Compare every span, also the CLIENT halves of calls."`
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
