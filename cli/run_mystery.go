package cli

import (
	"bufio"
	"context"
	"fmt"

	"tracelab/cli/show"
	"tracelab/lab/scenarios"
)

// mysteryName is the name of a random fault instead of a scenario.
const mysteryName = "mystery"

// runMystery runs a fault that the seed chooses. It prints the name of the fault only with
// --reveal.
func (c runCommand) runMystery(ctx context.Context, env *environment) error {
	seed := seedOf(c.Seed)
	m, err := scenarios.Mystery(seed)
	if err != nil {
		return err
	}
	o, err := perform(ctx, env, m)
	if err != nil {
		return err
	}
	if c.Format != "tree" {
		return c.printScenarioBare(env, o)
	}
	w := bufio.NewWriter(env.stdout)
	fmt.Fprintf(w, "%s  Something is wrong in this trace, or was wrong in the system. What is it?\n\n",
		show.Bold(fmt.Sprintf("Mystery %d", seed)))
	from := m
	if !c.Reveal {
		from = nil // it would show where to look
	}
	if err := c.view(env).Outcome(w, o, from); err != nil {
		return err
	}
	again := fmt.Sprintf("tracelab run mystery --seed %d", seed)
	if !c.Reveal {
		if !c.Wire && o.NeedsWire() {
			fmt.Fprintf(w, "\nThe tree alone can't tell the cause. Add --wire to see what went over each hop.\n")
		}
		fmt.Fprintf(w, "\nLook closer:  %s --attributes   (or --ids, --full, --wire, --logs)\n", again)
		fmt.Fprintf(w, "Find out:     %s --reveal\n", again)
		return w.Flush()
	}
	fmt.Fprintf(w, "\n%s\n", show.Bold(m.Mystery))
	if m.Unseen != "" {
		fmt.Fprintf(w, "The checks can't find it: %s.\n", m.Unseen)
	}
	if err := show.Findings(w, o.Findings.Findings); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nIts story:    tracelab run %s\n", m.Name)
	return w.Flush()
}
