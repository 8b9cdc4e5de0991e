package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/lab/scenarios"
)

// scenariosCommand lists the scenarios.
type scenariosCommand struct {
	Format string `help:"Output format: ${enum}." enum:"text,json" default:"text"`
	Print  string `help:"Print the file of a scenario, to copy and change." placeholder:"NAME" values:"scenarios"`
}

func (c scenariosCommand) Run(env *environment, g given) error {
	if c.Print != "" {
		if err := g.noEffect("--print", "--format"); err != nil {
			return err
		}
		return printSource(env, c.Print)
	}
	list, err := scenarios.All()
	if err != nil {
		return err
	}
	if c.Format == "json" {
		type entry struct {
			Name   string `json:"name"`
			Title  string `json:"title"`
			Lesson string `json:"lesson"`
			Fix    string `json:"repair,omitempty"`
		}
		entries := make([]entry, len(list))
		for i, s := range list {
			entries[i] = entry{s.Name, s.Title, s.Lesson, s.Fix}
		}
		return show.JSON(env.stdout, "scenarios", entries)
	}
	if err := show.Scenarios(env.stdout, list, env.width); err != nil {
		return err
	}
	_, err = fmt.Fprint(env.stdout, "\nRun one:        tracelab run NAME   (with --compare, next to its fix)\n"+
		"Guess a fault:  tracelab run mystery\n"+
		"Make your own:  tracelab scenarios --print NAME > mine.txtar; tracelab run ./mine.txtar\n")
	return err
}

func printSource(env *environment, name string) error {
	text, err := scenarios.Source(name)
	if errors.Is(err, fs.ErrNotExist) {
		return usageError("unknown scenario %q: want one that tracelab scenarios lists%s", name,
			words.Closest(name, scenarios.Names()))
	}
	if err != nil {
		return err
	}
	_, err = env.stdout.Write(text)
	return err
}
