package cli

import (
	"bufio"
	"context"
	"fmt"
	"path/filepath"

	"tracelab/cli/draw"
	"tracelab/cli/show"
	"tracelab/internal/redact"
	"tracelab/internal/words"
	"tracelab/lab/scenarios"
	"tracelab/tracetree"
)

// compare runs a scenario and its fix, or another scenario, and prints the trees side by side.
func (c runCommand) compare(ctx context.Context, env *environment, s *scenarios.Scenario) error {
	if s.Fix == "" {
		return usageError("scenario %s has nothing to compare with: want a line fix: NAME in its file", s.Name)
	}
	name := s.Fix
	if isFileName(c.Scenario) {
		// The fix of a file is a file in the same directory, or else a built-in scenario.
		if _, err := scenarios.Source(name); err != nil {
			name = filepath.Join(filepath.Dir(c.Scenario), name+".txtar")
		}
	}
	other, err := findScenario(ctx, env, name)
	if err != nil {
		return usageError("%s names %s in its line fix: …: %w", c.Scenario, s.Fix, err)
	}
	left, err := perform(ctx, env, s)
	if err != nil {
		return err
	}
	right, err := perform(ctx, env, other)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(env.stdout)
	beside := draw.Beside{Width: env.width}
	if err := beside.Write(w, c.side(env, left), c.side(env, right)); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if options := c.view(env).Options(); tracetree.Format(left.Checked, options...) == tracetree.Format(right.Checked,
		options...) {
		fmt.Fprint(w, "The trees are equal. The difference is in the IDs, the attributes, or the findings.\n\n")
	}
	for _, o := range []*scenarios.Outcome{left, right} {
		all := show.RecordingChecked(o.Recording)
		fmt.Fprintf(w, "%s  %s, %s: %s\n", show.Bold(o.Scenario.Name), words.Count(all.Traces, "trace"),
			words.Count(all.Spans, "span"), all.Totals())
		for _, f := range o.Findings.Findings {
			fmt.Fprintf(w, "  %s\n", scenarios.Expected{Severity: f.Severity, Check: f.Check, Label: f.Label})
		}
	}
	if err := w.Flush(); err != nil || left.AsExpected() && right.AsExpected() {
		return err
	}
	for _, o := range []*scenarios.Outcome{left, right} {
		if !o.AsExpected() {
			fmt.Fprintf(env.stderr, "tracelab: the run of %s differs from its file: run it alone to see why\n", o.Scenario.Name)
		}
	}
	return &exitError{code: exitFailed}
}

func (c runCommand) side(env *environment, o *scenarios.Outcome) draw.Side {
	return draw.Side{Title: redact.Text(o.Scenario.Title), Lines: tracetree.Lines(o.Forest, c.view(env).Options()...)}
}
