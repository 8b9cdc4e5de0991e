package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/alecthomas/kong"

	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/lab/exercises"
)

// exerciseCommand shows tasks, and grades answers to them.
type exerciseCommand struct {
	Next     exerciseNextCommand     `cmd:"" help:"Show the task of the first exercise that isn't done."`
	List     exerciseListCommand     `cmd:"" help:"List the exercises, and which are done."`
	Show     exerciseShowCommand     `cmd:"" help:"Show the task of an exercise."`
	Answer   exerciseAnswerCommand   `cmd:"" help:"Grade an answer."`
	Hint     exerciseHintCommand     `cmd:"" help:"Show the next hint, or the first N."`
	Solution exerciseSolutionCommand `cmd:"" help:"Show an answer that gets full marks."`
	Watch    exerciseWatchCommand    `cmd:"" help:"Grade a file each time it is saved."`
	Reset    exerciseResetCommand    `cmd:"" help:"Forget the progress of an exercise, or of all."`
	Old      exerciseOldCommand      `cmd:"" hidden:"" default:"withargs"`
}

// Help is shown below the usage.
func (exerciseCommand) Help() string {
	return "Begin with tracelab exercise next. What is done is kept in tracelab/progress.json in XDG_DATA_HOME, or in " +
		"the system's directory for data of programs."
}

// exerciseSeed is the flag of commands that show or grade a task.
type exerciseSeed struct {
	Seed uint64 `help:"Seed of the IDs in the task." default:"0" placeholder:"N"`
}

// flag returns the flag that repeats the seed in a command line.
func (s exerciseSeed) flag() string {
	if s.Seed == 0 {
		return ""
	}
	return fmt.Sprintf(" --seed %d", s.Seed)
}

// find returns the exercise with a name. Without a name, it returns the first that isn't done.
func (s exerciseSeed) find(name string) (exercises.Exercise, error) {
	all, err := exercises.All(s.Seed)
	if err != nil {
		return exercises.Exercise{}, err
	}
	if name == "" {
		next, _, err := nextOf(all)
		if err == nil && next == nil {
			err = usageError("all %d exercises are done: want the name of one, or tracelab exercise reset --all", len(all))
		}
		if err != nil {
			return exercises.Exercise{}, err
		}
		return *next, nil
	}
	if i := slices.IndexFunc(all, func(e exercises.Exercise) bool { return e.Name == name }); i >= 0 {
		return all[i], nil
	}
	return exercises.Exercise{}, usageError("unknown exercise %q: want one that tracelab exercise list shows%s", name,
		closest(name, exerciseNames()))
}

// nextOf returns the first exercise that isn't done, nil if all are, and the number of those that
// are.
func nextOf(all []exercises.Exercise) (next *exercises.Exercise, done int, err error) {
	p, err := readProgress()
	if err != nil {
		return nil, 0, err
	}
	for i := range all {
		switch {
		case p.Exercises[all[i].Name].Done():
			done++
		case next == nil:
			next = &all[i]
		}
	}
	return next, done, nil
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

// exerciseNextCommand shows the first task that isn't done.
type exerciseNextCommand struct{ exerciseSeed }

func (c exerciseNextCommand) Run(env *environment) error {
	all, err := exercises.All(c.Seed)
	if err != nil {
		return err
	}
	next, done, err := nextOf(all)
	if err != nil {
		return err
	}
	if next == nil {
		_, err := fmt.Fprintf(env.stdout, "%s\n", show.Bold(fmt.Sprintf("All %d exercises are done.", len(all))))
		return err
	}
	fmt.Fprintf(env.stdout, "%s, %d of %d done\n\n", next.Name, done, len(all))
	return printQuestion(env.stdout, env.width, *next, c.exerciseSeed)
}

// exerciseListCommand lists the exercises.
type exerciseListCommand struct {
	Format string `help:"Output format: ${enum}." enum:"text,json" default:"text"`
}

func (c exerciseListCommand) Run(env *environment) error {
	all, err := exercises.All(0)
	if err != nil {
		return err
	}
	p, err := readProgress()
	if err != nil {
		return err
	}
	return show.Exercises(env.stdout, all, p, c.Format)
}

// exerciseShowCommand shows a task.
type exerciseShowCommand struct {
	Name string `arg:"" help:"The exercise: ${exercises}." values:"exercises"`
	exerciseSeed
}

func (c exerciseShowCommand) Run(env *environment) error {
	e, err := c.find(c.Name)
	if err != nil {
		return err
	}
	return printQuestion(env.stdout, env.width, e, c.exerciseSeed)
}

// printQuestion prints the task, and the commands that go on from there.
func printQuestion(w io.Writer, width int, e exercises.Exercise, seed exerciseSeed) error {
	if err := printTask(w, width, e, seed); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "Your answer: tracelab exercise answer %s FILE%s\n", e.Name, seed.flag())
	return err
}

// printTask prints the task.
func printTask(w io.Writer, width int, e exercises.Exercise, seed exerciseSeed) error {
	_, err := fmt.Fprintf(w, "%s\n\n%s\nThere are %s: tracelab exercise hint %s%s\n", show.Bold(e.Title),
		show.Prose(e.Task, width), words.Count(len(e.Hints), "hint"), e.Name, seed.flag())
	return err
}

// exerciseHintCommand shows hints.
type exerciseHintCommand struct {
	Name string `arg:"" optional:"" help:"The exercise. Without it, the first that isn't done." values:"exercises"`
	N    *int   `arg:"" optional:"" help:"Show the first N hints. Without it, one more than before."`
	exerciseSeed
	Format string `help:"Output format: ${enum}." enum:"text,json" default:"text"`
}

func (c exerciseHintCommand) Run(env *environment) error {
	e, err := c.find(c.Name)
	if err != nil {
		return err
	}
	first, last := 0, 0
	if c.N != nil {
		if last = *c.N; last < 1 || last > len(e.Hints) {
			return usageError("the number of hints is %d: want 1 to %d, the hints of %s", last, len(e.Hints), e.Name)
		}
	} else {
		p, err := readProgress()
		if err != nil {
			return err
		}
		last = min(p.Exercises[e.Name].Hints+1, len(e.Hints))
		first = last - 1
	}
	if err := show.Hints(env.stdout, e, first, last, gradeFormat(env, c.Format, c.exerciseSeed)); err != nil {
		return err
	}
	noteProgress(env, e.Name, func(done *doneExercise) { done.Hints = max(done.Hints, last) })
	return nil
}

func gradeFormat(env *environment, format string, seed exerciseSeed) show.GradeFormat {
	return show.GradeFormat{Format: format, Width: env.width, Seed: seed.flag()}
}

// exerciseSolutionCommand shows the solution of an exercise.
type exerciseSolutionCommand struct {
	Name string `arg:"" help:"The exercise: ${exercises}." values:"exercises"`
	exerciseSeed
	Format string `help:"Output format: ${enum}. json has the task and all hints, too." enum:"text,json" default:"text"`
}

func (c exerciseSolutionCommand) Run(env *environment) error {
	e, err := c.find(c.Name)
	if err != nil {
		return err
	}
	return show.Solution(env.stdout, e, c.Format)
}

// exerciseResetCommand forgets progress.
type exerciseResetCommand struct {
	Name string `arg:"" optional:"" help:"The exercise." values:"exercises"`
	All  bool   `help:"Forget the progress of all exercises."`
}

func (c exerciseResetCommand) Run(env *environment) error {
	switch {
	case c.All && c.Name != "":
		return usageError("--all resets all exercises: want it without %s", c.Name)
	case !c.All && c.Name == "":
		return usageError("reset needs an exercise: want its name, or --all")
	case c.Name != "" && !slices.Contains(exerciseNames(), c.Name):
		_, err := exerciseSeed{}.find(c.Name)
		return err
	}
	return resetProgress(env, c.Name)
}

// graded notes an answer that was graded.
func graded(env *environment, name string, passed bool) {
	noteProgress(env, name, func(done *doneExercise) {
		done.Tries++
		if passed && !done.Done() {
			done.Passed = now()
		}
	})
}

// exerciseOldCommand is the form that exercise had before it had commands. It lists the exercises,
// or names the new form.
type exerciseOldCommand struct {
	Name     string  `arg:"" optional:""`
	List     bool    `hidden:""`
	Answer   *string `hidden:""`
	File     string  `hidden:""`
	Question bool    `hidden:""`
	Edit     bool    `hidden:""`
	Hint     int     `hidden:"" type:"counter"`
	Solution bool    `hidden:""`
	Seed     uint64  `hidden:""`
	Format   string  `hidden:"" enum:"text,json" default:"text"`
}

func (c exerciseOldCommand) Run(env *environment, g given, model *kong.Application) error {
	if c.Name == "" && !slices.ContainsFunc([]string{
		"--list", "--answer", "--file", "--question", "--edit", "--hint", "--solution", "--seed", "--format",
	}, func(flag string) bool { return g[flag] }) {
		return exerciseListCommand{Format: "text"}.Run(env)
	}
	known := slices.Contains(exerciseNames(), c.Name)
	if c.Name != "" && !known {
		return usageError("unknown command or exercise %q: want a command of tracelab exercise --help%s", c.Name,
			closest(c.Name, append(childNames(model, "exercise"), exerciseNames()...)))
	}
	return usageError("exercise has commands: want tracelab exercise %s", c.now())
}

// childNames returns the names of the commands of a command.
func childNames(model *kong.Application, command string) []string {
	var names []string
	if node := childOf(model.Node, command); node != nil {
		for _, child := range node.Children {
			if !child.Hidden {
				names = append(names, child.Name)
			}
		}
	}
	return names
}

// now returns the new form of the command line.
func (c exerciseOldCommand) now() string {
	if c.Name == "" {
		return "list"
	}
	switch {
	case c.Hint > 1:
		return fmt.Sprintf("hint %s %d", c.Name, c.Hint)
	case c.Hint == 1:
		return "hint " + c.Name
	case c.Solution:
		return "solution " + c.Name
	case c.Question:
		return "show " + c.Name
	case c.Answer != nil:
		return "answer " + c.Name + " --text TEXT"
	case c.Edit:
		return "answer " + c.Name + " --edit"
	case c.File != "":
		return "answer " + c.Name + " " + c.File
	}
	return "answer " + c.Name
}
