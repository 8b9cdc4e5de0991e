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

// exerciseAnswerCommand grades an answer.
type exerciseAnswerCommand struct {
	Name string  `arg:"" help:"The exercise: ${exercises}." values:"exercises"`
	File string  `arg:"" optional:"" help:"File with the answer, or for an exercise in Go its directory. - is standard input, which is the default unless it is a terminal."`
	Text *string `help:"The answer itself." placeholder:"TEXT"`
	Edit bool    `help:"Write the answer in the editor that VISUAL or EDITOR names. With FILE, edit and keep that file."`
	exerciseFrom
	Format string `help:"Output format: ${enum}." enum:"text,json" default:"text"`
}

func (c exerciseAnswerCommand) Run(ctx context.Context, env *environment, g given) error {
	if c.Text != nil {
		if err := g.noEffect("--text", "--edit", "<file>"); err != nil {
			return err
		}
	}
	e, err := c.find(c.Name, g)
	if err != nil {
		return err
	}
	name, answer, err := c.answer(ctx, env, e)
	if err != nil {
		return err
	}
	passed, err := gradeAnswer(ctx, env, e, name, answer, c.Format, c.exerciseFrom)
	if err == nil && !passed {
		err = &exitError{code: exitFailed}
	}
	return err
}

// gradeAnswer grades an answer, prints the verdicts, and notes the result.
func gradeAnswer(ctx context.Context, env *environment, e exercises.Exercise, name, answer, format string,
	from exerciseFrom,
) (passed bool, err error) {
	stop := hintAfter(env.stderr, time.Second, "running the answer, for a few seconds…")
	grade, err := e.Grade(ctx, answer)
	stop()
	if err != nil {
		return false, unreadable(ctx, name, err)
	}
	if err := show.Grade(env.stdout, e, grade, gradeFormat(env, format, from)); err != nil {
		return false, err
	}
	graded(env, from.key(e.Name), grade.Passed())
	return grade.Passed(), nil
}

// answer returns the answer and the name of its source.
func (c exerciseAnswerCommand) answer(ctx context.Context, env *environment,
	e exercises.Exercise,
) (name, answer string, err error) {
	switch {
	case e.Code != nil && (c.File == "" || c.File == stdinName || c.Text != nil || c.Edit):
		return "", "", usageError("%s is an exercise in Go: want its directory, as in tracelab exercise answer %[1]s DIR",
			e.Name)
	case e.Code != nil:
		return c.File, c.File, nil
	case c.Text != nil:
		return "--text", *c.Text, nil
	case c.Edit:
		return c.edit(ctx, env, e)
	case c.File == "" && isTyped(env.stdin):
		return c.ask(ctx, env, e)
	}
	name, text, err := readInput(ctx, env, cmp.Or(c.File, stdinName))
	return name, pasted(string(text)), err
}

// ask prints the task and reads the answer that is typed, up to a lone dot or the end of the input.
func (c exerciseAnswerCommand) ask(ctx context.Context, env *environment,
	e exercises.Exercise,
) (name, answer string, err error) {
	w := env.stdout
	if c.Format == "json" {
		w = env.stderr // the JSON has to be the whole output
	}
	if err := printTask(w, env.width, e, c.exerciseFrom); err != nil {
		return "", "", err
	}
	fmt.Fprintf(w, "Or in an editor: tracelab exercise answer %s --edit%s\n", e.Name, c.flags())
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
func (c exerciseAnswerCommand) edit(ctx context.Context, env *environment,
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
	if err := printTask(env.stdout, env.width, e, c.exerciseFrom); err != nil {
		return "", "", err
	}
	if _, err := fmt.Fprintf(env.stdout,
		"Your answer is in %s. To edit it again: tracelab exercise answer %s %s --edit%s\n\n",
		file, e.Name, file, c.flags()); err != nil {
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
