package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"tracelab/cli/show"
	"tracelab/lab/scenarios"
)

// checkFlags refuses flags that say nothing in this kind of run.
func (c runCommand) checkFlags() error {
	ofScenarios := map[string]bool{"--compare": c.Compare}
	ofMysteries := map[string]bool{"--seed": c.Seed != nil, "--reveal": c.Reveal}
	ofRequests := map[string]bool{
		"--consumer": c.Consumer != "child", "--latency": c.Latency != "realistic", "--header": len(c.Header) > 0,
		"--title": c.Title != defaultTitle, "--expect": c.Expect,
	}
	refuse := func(flags map[string]bool, why string) error {
		var given []string
		for flag, is := range flags {
			if is {
				given = append(given, flag)
			}
		}
		if len(given) == 0 {
			return nil
		}
		slices.Sort(given)
		return usageError("%s %s", strings.Join(given, ", "), why)
	}
	if c.Explain && c.Format != "tree" {
		return usageError("--explain is for people: leave --format out")
	}
	if c.Scenario == "" {
		return errors.Join(refuse(ofScenarios, "is for a scenario: name one that tracelab scenarios lists"),
			refuse(ofMysteries, "is for a mystery: try tracelab run mystery"))
	}
	if c.Scenario == mysteryName {
		if c.Reveal && c.Format != "tree" {
			return usageError("--reveal is for people: leave --format out")
		}
		return errors.Join(refuse(map[string]bool{"--explain": c.Explain}, "would tell what the mystery is: try --reveal"),
			refuse(ofRequests, "changes the request, and a mystery has its own"), refuse(ofScenarios, "would tell what the mystery is: try --reveal"))
	}
	if c.Compare {
		shown := map[string]bool{"--ids": c.IDs, "--attributes": c.Attributes, "--logs": c.Logs, "--wire": c.Wire, "--explain": c.Explain}
		if err := refuse(shown, "is not shown beside another tree: leave --compare out"); err != nil {
			return err
		}
	}
	return errors.Join(refuse(ofRequests, "changes the request, and a scenario says itself what is asked"), refuse(ofMysteries, "is for a mystery: try tracelab run mystery"))
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
		return c.printScenarioBare(ctx, env, o)
	}
	w := bufio.NewWriter(env.stdout)
	if err := c.view(env).Scenario(w, recordedBy(o.Recording), o); err != nil {
		return err
	}
	if err := w.Flush(); err != nil || o.AsExpected() {
		return err
	}
	return &exitError{code: exitFailed}
}

// isFileName tells the names of files from those of scenarios: by a separator, or the extension.
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
		return nil, usageError("there is no command and no scenario %q%s; tracelab --help lists the commands, tracelab scenarios the scenarios",
			name, closest(name, append(scenarios.Names(), mysteryName)))
	}
	return s, err
}

// perform runs a scenario with the telemetry that the environment asks for.
func perform(ctx context.Context, env *environment, s *scenarios.Scenario) (*scenarios.Outcome, error) {
	config, err := environmentConfig(ctx, env)
	if err != nil {
		return nil, err
	}
	config.Version = version()
	return s.Run(ctx, config)
}

// printScenarioBare prints nothing but the spans: as notation, or as JSON.
func (c runCommand) printScenarioBare(ctx context.Context, env *environment, o *scenarios.Outcome) error {
	err := c.writeBare(ctx, env, recordedBy(o.Recording))
	if err != nil || o.AsExpected() {
		return err
	}
	fmt.Fprintln(env.stderr, "tracelab: this is not as the scenario says: run it without --format to see why")
	return &exitError{code: exitFailed}
}
