package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/lab/scenarios"
)

// scenariosCommand lists the scenarios.
type scenariosCommand struct {
	Format string `help:"What to print: ${enum}." enum:"text,json" default:"text"`
	Print  string `help:"Print the file of this scenario, to be copied and changed." placeholder:"NAME" values:"scenarios"`
}

func (c scenariosCommand) Run(env *environment) error {
	if c.Print != "" {
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
			Repair string `json:"repair,omitempty"`
		}
		entries := make([]entry, len(list))
		for i, s := range list {
			entries[i] = entry{s.Name, s.Title, s.Lesson, s.Repair}
		}
		return writeJSON(env.stdout, entries)
	}
	if err := listScenarios(env, list); err != nil {
		return err
	}
	_, err = fmt.Fprint(env.stdout, "\nRun one:        tracelab run NAME   (with --compare, beside its repair)\n"+
		"Guess a fault:  tracelab run mystery\n"+
		"Make your own:  tracelab scenarios --print NAME > mine.txtar; tracelab run ./mine.txtar\n")
	return err
}

// listScenarios prints a table, or where that is too wide, the titles below the names.
func listScenarios(env *environment, list []*scenarios.Scenario) error {
	rows := make([][]string, 0, len(list))
	name, lesson, title := 0, 0, 0
	for _, s := range list {
		rows = append(rows, []string{s.Name, s.Lesson, s.Title})
		name, lesson, title = max(name, ansi.StringWidth(s.Name)), max(lesson, ansi.StringWidth(s.Lesson)), max(title, ansi.StringWidth(s.Title))
	}
	const between = 2
	if name+lesson+title+2*between <= env.width {
		return draw.Table(env.stdout, []draw.Column{{Head: "scenario"}, {Head: "lesson"}, {Head: "what it shows"}}, rows)
	}
	for _, s := range list {
		if _, err := fmt.Fprintf(env.stdout, "%s\n%s", bold(s.Name), wrapped(s.Title, "  ", env.width)); err != nil {
			return err
		}
	}
	return nil
}

func printSource(env *environment, name string) error {
	text, err := scenarios.Source(name)
	if errors.Is(err, fs.ErrNotExist) {
		return usageError("there is no scenario %q%s; tracelab scenarios lists them", name, closest(name, scenarios.Names()))
	}
	if err != nil {
		return err
	}
	_, err = env.stdout.Write(text)
	return err
}
