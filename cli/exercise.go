package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
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
	Question bool    `help:"Print the task without reading an answer."`
	Edit     bool    `help:"Write the answer in the editor that VISUAL or EDITOR names. With --file, edit and keep that file."`
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
	return usageError("unknown exercise %q: want one that tracelab exercise --list shows%s", c.Name,
		closest(c.Name, exerciseNames()))
}

// checkFlags refuses flags that have no effect. The example is the name of an exercise.
func (c exerciseCommand) checkFlags(g given, example string) error {
	switch {
	case c.Name != "" && c.List:
		return usageError("--list lists all exercises: want it without %s", c.Name)
	case c.Name == "":
		return g.onlyFor(fmt.Sprintf("one exercise: want its name, as in tracelab exercise %s", example),
			"--answer", "--file", "--edit", "--question", "--hint", "--solution", "--seed")
	case c.Hint > 0:
		return g.noEffect("--hint", "--answer", "--file", "--edit", "--question")
	case c.Solution:
		return g.noEffect("--solution", "--answer", "--file", "--edit", "--question")
	case c.Question:
		return g.noEffect("--question", "--answer", "--file", "--edit", "--format")
	case c.Answer != nil:
		return g.noEffect("--answer", "--edit")
	}
	return nil
}

// exerciseNames returns the names by which exercises can be chosen.
func exerciseNames() []string {
	all, err := exercises.All(0)
	if err != nil {
		return nil // running one reports the error
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
	if c.Question {
		return c.printQuestion(env.stdout, env.width, e)
	}
	if c.Hint > 0 || c.Solution {
		return show.Hints(env.stdout, e, c.Hint, c.Solution, c.gradeFormat(env))
	}
	name, answer, err := c.answer(ctx, env, e)
	if err != nil {
		return err
	}
	stop := hintAfter(env.stderr, time.Second, "running the answer, for a few seconds…")
	grade, err := e.Grade(ctx, answer)
	stop()
	if err != nil {
		return unreadable(ctx, name, err)
	}
	err = show.Grade(env.stdout, e, grade, c.gradeFormat(env))
	if err == nil && !grade.Passed() {
		err = &exitError{code: exitFailed}
	}
	return err
}

// seedFlag returns the flag that repeats the seed in a command line.
func (c exerciseCommand) seedFlag() string {
	if c.Seed == 0 {
		return ""
	}
	return fmt.Sprintf(" --seed %d", c.Seed)
}

func (c exerciseCommand) gradeFormat(env *environment) show.GradeFormat {
	return show.GradeFormat{Format: c.Format, Width: env.width, Seed: c.seedFlag()}
}

// answer returns the answer and the name of its source.
func (c exerciseCommand) answer(ctx context.Context, env *environment,
	e exercises.Exercise,
) (name, answer string, err error) {
	switch {
	case c.Answer != nil:
		return "--answer", *c.Answer, nil
	case c.Edit:
		return c.edit(ctx, env, e)
	case c.File == "" && isTyped(env.stdin):
		return c.ask(ctx, env, e)
	}
	name, text, err := readInput(ctx, env, cmp.Or(c.File, stdinName))
	return name, pasted(string(text)), err
}

// printQuestion prints the task.
func (c exerciseCommand) printQuestion(w io.Writer, width int, e exercises.Exercise) error {
	_, err := fmt.Fprintf(w, "%s\n\n%s\nThere are %s: tracelab exercise %s --hint%s\n", show.Bold(e.Title),
		show.Prose(e.Task, width), show.Count(len(e.Hints), "hint"), e.Name, c.seedFlag())
	return err
}

// ask prints the task and reads the answer that is typed, up to a lone dot or the end of the input.
func (c exerciseCommand) ask(ctx context.Context, env *environment,
	e exercises.Exercise,
) (name, answer string, err error) {
	w := env.stdout
	if c.Format == "json" {
		w = env.stderr // the JSON has to be the whole output
	}
	if err := c.printQuestion(w, env.width, e); err != nil {
		return "", "", err
	}
	fmt.Fprintf(w, "Or in an editor: tracelab exercise %s --edit%s\n", e.Name, c.seedFlag())
	fmt.Fprintln(w, "Your answer, and then a line with a dot:")
	if err := flush(w); err != nil {
		return "", "", err
	}
	lines := newLineReader(env.stdin)
	var b strings.Builder
	for {
		line, err := lines.read(ctx)
		if errors.Is(err, io.EOF) || err == nil && strings.TrimSpace(line) == "." {
			return "the answer", pasted(b.String()), nil
		}
		if err != nil {
			return "", "", err
		}
		b.WriteString(line + "\n")
	}
}

// edit lets the reader write the answer in an editor. The file is kept, so that a wrong answer can
// be corrected.
func (c exerciseCommand) edit(ctx context.Context, env *environment,
	e exercises.Exercise,
) (name, answer string, err error) {
	editor := strings.Fields(cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR")))
	if len(editor) == 0 {
		return "", "", usageError("--edit needs an editor: want its name in EDITOR, for example EDITOR=vi")
	}
	file := c.File
	if file == "" {
		f, err := os.CreateTemp("", "tracelab-"+e.Name+"-*.txt")
		if err != nil {
			return "", "", fmt.Errorf("make a file for the answer: %w", err)
		}
		file = f.Name()
		if err := f.Close(); err != nil {
			return "", "", err
		}
	}
	if err := c.printQuestion(env.stdout, env.width, e); err != nil {
		return "", "", err
	}
	if _, err := fmt.Fprintf(env.stdout,
		"Your answer is in %s. To edit it again: tracelab exercise %s --edit --file %s%s\n\n",
		file, e.Name, file, c.seedFlag()); err != nil {
		return "", "", err
	}
	if err := flush(env.stdout); err != nil {
		return "", "", err
	}
	command := exec.CommandContext(ctx, editor[0], append(editor[1:], file)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return "", "", fmt.Errorf("run the editor %s: %w", editor[0], err)
	}
	name, text, err := readInput(ctx, env, file)
	return name, pasted(string(text)), err
}

// pasted returns an answer without the fence and the indentation that it has in a document. Its
// lines keep their numbers.
func pasted(text string) string {
	lines := strings.Split(text, "\n")
	indent := -1
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			lines[i] = ""
			continue
		}
		if trimmed := strings.TrimLeft(line, " "); strings.TrimSpace(trimmed) != "" {
			if n := len(line) - len(trimmed); indent < 0 || n < indent {
				indent = n
			}
		}
	}
	for i, line := range lines {
		lines[i] = line[min(max(indent, 0), len(line)-len(strings.TrimLeft(line, " "))):]
	}
	return strings.Join(lines, "\n")
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
