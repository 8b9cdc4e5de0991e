package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tracelab/cli/show"
	"tracelab/internal/source"
	"tracelab/lab/exercises"
)

// exerciseCommand shows a task and grades the answer.
type exerciseCommand struct {
	Name     string  `arg:"" optional:"" help:"The exercise: ${exercises}. Without it, all exercises are listed." values:"exercises"`
	List     bool    `help:"List the exercises."`
	Answer   *string `help:"The answer to grade." placeholder:"TEXT" xor:"answer"`
	File     string  `help:"File with the answer to grade. - is standard input, which is the default unless it is a terminal." placeholder:"FILE" xor:"answer"`
	Hint     int     `help:"Show the first hint. Repeated, or as --hint=N, show the first N." type:"counter"`
	Solution bool    `help:"Show an answer that gets full marks."`
	Seed     uint64  `help:"Seed of the IDs in the task." default:"0" placeholder:"N"`
	Format   string  `help:"Output format: ${enum}." enum:"text,json" default:"text"`
}

func (c exerciseCommand) Run(ctx context.Context, env *environment, g given) error {
	all, err := exercises.All(c.Seed)
	if err != nil {
		return err
	}
	if err := c.checkFlags(g, all[0].Name); err != nil {
		return err
	}
	if c.Name == "" || c.List {
		return show.Exercises(env.stdout, all, c.Format)
	}
	for _, e := range all {
		if e.Name == c.Name {
			return c.exercise(ctx, env, e)
		}
	}
	return usageError("unknown exercise %q: want one that tracelab exercise --list shows%s", c.Name, closest(c.Name, exerciseNames()))
}

// checkFlags refuses flags that have no effect. The example is the name of an exercise.
func (c exerciseCommand) checkFlags(g given, example string) error {
	switch {
	case c.Name != "" && c.List:
		return usageError("--list lists all exercises: want it without %s", c.Name)
	case c.Name == "":
		return g.onlyFor(fmt.Sprintf("one exercise: want its name, as in tracelab exercise %s", example),
			"--answer", "--file", "--hint", "--solution", "--seed")
	case c.Hint > 0:
		return g.noEffect("--hint", "--answer", "--file")
	case c.Solution:
		return g.noEffect("--solution", "--answer", "--file")
	}
	return nil
}

// exerciseNames returns the names that an exercise can be asked for by.
func exerciseNames() []string {
	all, err := exercises.All(0)
	if err != nil {
		return nil // whoever runs one is told
	}
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name
	}
	return names
}

func (c exerciseCommand) exercise(ctx context.Context, env *environment, e exercises.Exercise) error {
	if c.Hint < 0 || c.Hint > len(e.Hints) {
		return usageError("--hint is %d: want 1 to %d, the number of hints of %s", c.Hint, len(e.Hints), e.Name)
	}
	if c.Hint > 0 || c.Solution {
		return show.Hints(env.stdout, e, c.Hint, c.Solution, c.gradeFormat(env))
	}
	name, answer, err := c.answer(ctx, env, e)
	if err != nil {
		return err
	}
	slow := time.AfterFunc(time.Second, func() { fmt.Fprintln(env.stderr, "tracelab: running the answer, for a few seconds…") })
	grade, err := e.Grade(ctx, answer)
	slow.Stop()
	if err != nil {
		return unreadable(ctx, name, err)
	}
	err = show.Grade(env.stdout, e, grade, c.gradeFormat(env))
	if err == nil && !grade.Passed() {
		err = &exitError{code: exitFailed}
	}
	return err
}

// seedFlag is what repeats the seed in a command line.
func (c exerciseCommand) seedFlag() string {
	if c.Seed == 0 {
		return ""
	}
	return fmt.Sprintf(" --seed %d", c.Seed)
}

func (c exerciseCommand) gradeFormat(env *environment) show.GradeFormat {
	return show.GradeFormat{Format: c.Format, Width: env.width, Seed: c.seedFlag()}
}

// answer returns the answer and what to call the place that it comes from.
func (c exerciseCommand) answer(ctx context.Context, env *environment, e exercises.Exercise) (name, answer string, err error) {
	switch {
	case c.Answer != nil:
		return "--answer", *c.Answer, nil
	case c.File == "" && isTyped(env.stdin):
		return c.ask(ctx, env, e)
	}
	name, text, err := readInput(ctx, env, cmp.Or(c.File, stdinName))
	return name, string(text), err
}

// ask prints the task and reads what is typed, up to an empty line or the end.
func (c exerciseCommand) ask(ctx context.Context, env *environment, e exercises.Exercise) (name, answer string, err error) {
	w := env.stdout
	if c.Format == "json" {
		w = env.stderr // the JSON is to be all of the output
	}
	fmt.Fprintf(w, "%s\n\n%s\n", show.Bold(e.Title), show.Prose(e.Task, env.width))
	fmt.Fprintf(w, "There are %s: tracelab exercise %s --hint%s\n", show.Count(len(e.Hints), "hint"), e.Name, c.seedFlag())
	end := ""
	if e.IsFile {
		end = "." // a file that is pasted has empty lines
		fmt.Fprintln(w, "Your answer, and then a line with nothing but a dot:")
	} else {
		fmt.Fprintln(w, "Your answer, and then an empty line:")
	}
	if err := flush(w); err != nil {
		return "", "", err
	}
	lines := newLineReader(env.stdin)
	var b strings.Builder
	for {
		line, err := lines.read(ctx)
		if errors.Is(err, io.EOF) || err == nil && strings.TrimSpace(line) == end && b.Len() > 0 {
			return "the answer", b.String(), nil
		}
		if err != nil {
			return "", "", err
		}
		if e.IsFile || strings.TrimSpace(line) != "" {
			b.WriteString(line + "\n")
		}
	}
}

// unreadable puts the name of the place before what is wrong with an answer.
func unreadable(ctx context.Context, name string, err error) error {
	var parse *source.Error
	switch {
	case ctx.Err() != nil, errors.Is(err, exercises.ErrNotRun):
		return err
	case errors.As(err, &parse):
		return inFile(name, 0, parse)
	default:
		return usageError("%s: %w", name, err)
	}
}
