package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/lab/scenarios"
)

// The flags of run that change the request, those that choose what is shown of its tree, and those
// of mysteries.
var (
	requestFlags = []string{"--consumer", "--latency", "--header", "--title", "--expect"}
	shownFlags   = []string{"--full", "--attributes", "--ids", "--logs", "--wire"}
	mysteryFlags = []string{"--seed", "--reveal", "--answer", "--score"}
)

// checkFlags refuses flags that have no effect in this kind of run.
func (c runCommand) checkFlags(g given) error {
	if g["<scenario>"] && c.Scenario == "" {
		return usageError(`the scenario is "": want a name that tracelab scenarios lists, a file, or mystery`)
	}
	const want = "want tracelab run mystery"
	var err error
	switch {
	case c.Scenario == "":
		err = errors.Join(
			g.onlyFor("a scenario: want the name of one, as listed by tracelab scenarios", "--compare"),
			g.onlyFor("a mystery: "+want, mysteryFlags...))
	case c.Scenario == mysteryName:
		err = errors.Join(
			g.onlyFor("a request: a mystery has its own", requestFlags...),
			g.refuse([]string{"--compare", "--explain"}, "would", "would", "give the mystery away: want --reveal"),
			c.checkMystery(g))
	default:
		err = errors.Join(
			g.onlyFor("a request: the file of a scenario defines its own requests", requestFlags...),
			g.onlyFor("a mystery: "+want, mysteryFlags...))
	}
	if c.Compare {
		err = errors.Join(err, g.noEffect("--compare", "--format", "--ids", "--attributes", "--logs", "--wire", "--explain"))
	}
	if c.Format != "tree" {
		err = errors.Join(err, g.noEffect("--format "+c.Format, "--explain", "--reveal", "--answer", "--score"))
	}
	if c.Format == "json" {
		err = errors.Join(err, g.noEffect("--format json", shownFlags...))
	}
	return err
}

// runScenario runs a scenario by its name, or from a file.
func (c runCommand) runScenario(ctx context.Context, env *environment) error {
	if c.Scenario == mysteryName {
		return c.runMystery(ctx, env)
	}
	s, err := findScenario(ctx, env, c.Scenario)
	if err != nil {
		return err
	}
	if c.Compare {
		return c.compare(ctx, env, s)
	}
	if c.Format == "tree" {
		if err := show.Introduction(env.stdout, s, env.width); err != nil {
			return err
		}
	}
	o, err := perform(ctx, env, s)
	if err != nil {
		return err
	}
	if c.Format != "tree" {
		return c.printScenarioBare(env, o)
	}
	w := bufio.NewWriter(env.stdout)
	if err := c.view(env).Scenario(w, o); err != nil {
		return err
	}
	if err := w.Flush(); err != nil || o.AsExpected() {
		return err
	}
	return &exitError{code: exitFailed}
}

// isFileName reports whether a name is that of a file and not of a scenario: by a separator, or the
// extension.
func isFileName(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".txtar")
}

// findScenario finds a scenario by its name, or reads it from a file.
func findScenario(ctx context.Context, env *environment, name string) (*scenarios.Scenario, error) {
	if isFileName(name) || name == stdinName {
		label, text, err := readInput(ctx, env, name)
		if err != nil {
			return nil, err
		}
		s, err := scenarios.Parse(label, text)
		if err != nil {
			return nil, usageError("%w", err)
		}
		return s, nil
	}
	s, err := scenarios.Lookup(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil,
			usageError("unknown command or scenario %q: "+
				"want a command listed by tracelab help, or a scenario listed by tracelab scenarios%s",
				name, words.Closest(name, append(append(scenarios.Names(), mysteryName), env.program.ChildNames()...)))
	}
	return s, err
}

// perform runs a scenario with the telemetry that the environment configures.
func perform(ctx context.Context, env *environment, s *scenarios.Scenario) (*scenarios.Outcome, error) {
	config, err := environmentConfig(ctx, env)
	if err != nil {
		return nil, err
	}
	config.Version = version()
	return s.Run(ctx, config)
}

// printScenarioBare prints nothing but the spans: as notation, or as JSON.
func (c runCommand) printScenarioBare(env *environment, o *scenarios.Outcome) error {
	err := c.printBare(env, o.Recording)
	if err != nil || o.AsExpected() {
		return err
	}
	fmt.Fprintln(env.stderr, "tracelab: the run differs from the scenario: run it without --format to see why")
	return &exitError{code: exitFailed}
}
