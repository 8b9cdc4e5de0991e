package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/lab/scenarios"
)

// mysteryName is the name of a random fault instead of a scenario.
const mysteryName = "mystery"

// maxScore is the greatest number of mysteries in a row.
const maxScore = 1000

// checkMystery refuses flags that have no effect on a mystery.
func (c runCommand) checkMystery(g given) error {
	switch {
	case c.Reveal:
		return g.noEffect("--reveal", "--answer", "--score")
	case c.Answer != nil:
		return g.noEffect("--answer", "--score", "--full", "--attributes", "--ids", "--logs")
	case c.Score != nil && (*c.Score < 1 || *c.Score > maxScore):
		return usageError("--score is %d: want 1 to %d", *c.Score, maxScore)
	}
	return nil
}

// runMystery runs a fault that the seed chooses, and reads or grades an answer. It prints the name
// of the fault only with --reveal, or after an answer that is accepted.
func (c runCommand) runMystery(ctx context.Context, env *environment) error {
	seed := seedOf(c.Seed)
	if c.Score != nil {
		return c.scoreMysteries(ctx, env, seed, *c.Score)
	}
	m, o, err := c.performMystery(ctx, env, seed)
	if err != nil {
		return err
	}
	switch {
	case c.Format != "tree":
		return c.printScenarioBare(env, o)
	case c.Answer != nil:
		answer, err := m.answer(*c.Answer)
		if err != nil {
			return usageError("--answer: %w", err)
		}
		accepted, err := c.judge(env.stdout, m, o, answer, env.width)
		if err == nil && !accepted {
			err = &exitError{code: exitFailed}
		}
		return err
	case c.Reveal:
		return c.reveal(env, seed, o)
	}
	if err := c.showMystery(env.stdout, env, m, o); err != nil {
		return err
	}
	if isTyped(env.stdin) {
		return c.promptMystery(ctx, env, m, o)
	}
	_, err = fmt.Fprintf(env.stdout, "\nLook closer:  %[1]s --attributes   (or --ids, --full, --wire, --logs)\n"+
		"Answer:       %[1]s --answer %[2]s\nFind out:     %[1]s --reveal\n", m.command(), show.Letter(0))
	return err
}

// A mystery is a fault to be guessed: the seed that chose it, and the answers to choose from.
type mystery struct {
	seed    uint64
	fault   *scenarios.Scenario
	options []*scenarios.Scenario
	faults  []*scenarios.Scenario
}

// command returns the command that shows the mystery again.
func (m mystery) command() string { return fmt.Sprintf("tracelab run mystery --seed %d", m.seed) }

func (c runCommand) performMystery(ctx context.Context, env *environment, seed uint64) (m mystery, o *scenarios.Outcome,
	err error,
) {
	m.seed = seed
	if m.fault, err = scenarios.Mystery(seed); err != nil {
		return m, nil, err
	}
	if m.options, err = scenarios.Options(seed); err != nil {
		return m, nil, err
	}
	if m.faults, err = scenarios.Faults(); err != nil {
		return m, nil, err
	}
	o, err = perform(ctx, env, m.fault)
	return m, o, err
}

// showMystery prints the trees and the options.
func (c runCommand) showMystery(out io.Writer, env *environment, m mystery, o *scenarios.Outcome) error {
	w := bufio.NewWriter(out)
	printMystery(w, m.seed)
	// The scenario itself would show where to look.
	if err := c.view(env).Outcome(w, o, nil); err != nil {
		return err
	}
	if !c.Wire && o.NeedsWire() {
		fmt.Fprintf(w, "\nThe tree alone can't tell the cause. Add --wire to see what went over each hop.\n")
	}
	fmt.Fprintln(w)
	for i, s := range m.options {
		fmt.Fprint(w, show.Listed(show.Letter(i)+") ", s.Mystery, env.width))
	}
	return w.Flush()
}

func printMystery(w io.Writer, seed uint64) {
	fmt.Fprintf(w, "%s  Something is wrong in this trace, or was wrong in the system. What is it?\n\n",
		show.Bold(fmt.Sprintf("Mystery %d", seed)))
}

// reveal prints the trees, the fault, and what the checks find.
func (c runCommand) reveal(env *environment, seed uint64, o *scenarios.Outcome) error {
	w := bufio.NewWriter(env.stdout)
	s := o.Scenario
	printMystery(w, seed)
	if err := c.view(env).Outcome(w, o, s); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", show.Bold(s.Mystery))
	if s.Unseen != "" {
		fmt.Fprintf(w, "The checks can't find it: %s.\n", s.Unseen)
	}
	if err := show.Findings(w, o.Findings.Findings); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nIts story:    tracelab run %s\n", s.Name)
	return w.Flush()
}

// answer returns the fault that a text names: by the letter of an option, by the name of its
// scenario, or by its sentence.
func (m mystery) answer(text string) (*scenarios.Scenario, error) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	for i, s := range m.options {
		if strings.TrimRight(text, ".)") == show.Letter(i) {
			return s, nil
		}
	}
	var names []string
	for _, s := range m.faults {
		names = append(names, s.Name)
		if text == s.Name || strings.TrimRight(text, ".") == strings.TrimRight(strings.ToLower(s.Mystery), ".") {
			return s, nil
		}
	}
	var found []*scenarios.Scenario
	if len(text) >= minPart {
		for _, s := range m.faults {
			if strings.Contains(strings.ToLower(s.Mystery), text) {
				found = append(found, s)
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fmt.Errorf("%d faults contain %q: want %s, or more of the sentence", len(found), text, m.letters())
	}
	return nil, fmt.Errorf("unknown fault %q: want %s, or a name of these: %s%s", text, m.letters(),
		strings.Join(names, ", "), words.Closest(text, names))
}

// minPart is the least length of a text that is taken for a part of a fault's sentence.
const minPart = 8

// letters are those of the options.
func (m mystery) letters() string { return "a to " + show.Letter(len(m.options)-1) }

// judge grades an answer, and prints the reasons.
func (c runCommand) judge(out io.Writer, m mystery, o *scenarios.Outcome, answer *scenarios.Scenario, width int) (
	accepted bool, err error,
) {
	j, err := o.Judge(answer, c.Wire)
	if err != nil {
		return false, err
	}
	w := bufio.NewWriter(out)
	show.Judgment(w, o.Scenario, answer, j, width)
	if j.Accepted {
		fmt.Fprintf(w, "\nIts story:    tracelab run %s\n", o.Scenario.Name)
	}
	return j.Accepted, w.Flush()
}

// promptMystery reads answers from the terminal until one is accepted, or the input ends.
func (c runCommand) promptMystery(ctx context.Context, env *environment, m mystery, o *scenarios.Outcome) error {
	s := session{env: env, lines: newLineReader(env.stdin), typed: true}
	for range maxTries {
		answer, err := s.mystery(ctx, m)
		if errors.Is(err, io.EOF) {
			_, err = fmt.Fprintf(env.stdout, "\nFind out:     %s --reveal\n", m.command())
			return err
		}
		if err != nil {
			return err
		}
		if accepted, err := c.judge(env.stdout, m, o, answer, env.width); accepted || err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(env.stdout, "Find out:     %s --reveal\n", m.command())
	return err
}

// scoreMysteries shows mysteries of consecutive seeds, reads an answer to each, and prints how many
// were right.
func (c runCommand) scoreMysteries(ctx context.Context, env *environment, seed uint64, n int) error {
	fmt.Fprintf(env.stdout, "%s. To repeat them: tracelab run mystery --seed %d --score %d\n\n",
		words.Count(n, "mystery"), seed, n)
	s := session{env: env, lines: newLineReader(env.stdin), typed: isTyped(env.stdin)}
	for i := range uint64(n) {
		m, o, err := c.performMystery(ctx, env, seed+i)
		if err != nil {
			return err
		}
		if err := c.showMystery(env.stdout, env, m, o); err != nil {
			return err
		}
		answer, err := s.mystery(ctx, m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		s.answered++
		accepted, err := c.judge(env.stdout, m, o, answer, env.width)
		if err != nil {
			return err
		}
		if accepted {
			s.right++
		} else {
			fmt.Fprintf(env.stdout, "It was:       %s\n", o.Scenario.Mystery)
		}
		fmt.Fprintln(env.stdout)
	}
	return s.score(n, "game", "mystery")
}

// mystery reads an answer to a mystery. The error is io.EOF at the end of the input.
func (s *session) mystery(ctx context.Context, m mystery) (*scenarios.Scenario, error) {
	var answer *scenarios.Scenario
	err := s.read(ctx, m.letters(), func(line string) (err error) {
		answer, err = m.answer(line)
		return err
	})
	return answer, err
}
