package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/lab/exercises"
	"tracelab/lab/exercises/logbook"
)

// exerciseCommand shows tasks, and grades answers to them.
type exerciseCommand struct {
	Next     exerciseNextCommand     `cmd:"" help:"Show the task of the first exercise that isn't done."`
	List     exerciseListCommand     `cmd:"" help:"List the exercises and their state."`
	Show     exerciseShowCommand     `cmd:"" help:"Show the task of an exercise."`
	Answer   exerciseAnswerCommand   `cmd:"" help:"Grade an answer."`
	Hint     exerciseHintCommand     `cmd:"" help:"Show the next hint, or the first N."`
	Solution exerciseSolutionCommand `cmd:"" help:"Show an answer that gets full marks."`
	Watch    exerciseWatchCommand    `cmd:"" help:"Grade a file each time it is saved."`
	Start    exerciseStartCommand    `cmd:"" help:"Write the code of a Go exercise to a directory."`
	Check    exerciseCheckCommand    `cmd:"" help:"Check a pack of exercises in Go, for its author."`
	Reset    exerciseResetCommand    `cmd:"" help:"Delete the progress of one exercise, or of all of them."`
	Old      exerciseOldCommand      `cmd:"" hidden:"" default:"withargs"`
}

// Help is shown below the usage.
func (exerciseCommand) Help() string {
	return "Begin with tracelab exercise next. Progress is kept in tracelab/progress.json in XDG_DATA_HOME, or in the " +
		"system's directory for data."
}

// exerciseFrom has the flags of commands that show or grade a task: where it is from.
type exerciseFrom struct {
	Seed uint64 `help:"Seed of the IDs in the task." default:"0" placeholder:"N"`
	exercisePack
}

// exercisePack is the flag for exercises other than those of the program.
type exercisePack struct {
	Pack string `help:"Use the Go exercises of a pack, a folder of txtar files." placeholder:"FOLDER"`
}

// flags returns the flags that choose the same tasks in a command line.
func (s exerciseFrom) flags() string {
	text := ""
	if s.Seed != 0 {
		text += fmt.Sprintf(" --seed %d", s.Seed)
	}
	if s.Pack != "" {
		text += " --pack " + s.Pack
	}
	return text
}

// all returns the exercises, in order.
func (s exerciseFrom) all() ([]exercises.Exercise, error) {
	if s.Pack == "" {
		return exercises.WithCode(s.Seed)
	}
	pack, err := s.exercisePack.read()
	if err != nil {
		return nil, err
	}
	return exercises.OfPack(pack), nil
}

// key returns the name under which the progress of an exercise is kept.
func (s exercisePack) key(name string) string {
	if s.Pack == "" {
		return name
	}
	return filepath.Base(filepath.Clean(s.Pack)) + "/" + name
}

// find returns the exercise with a name. Without a name, it returns the first that isn't done. A
// seed that changes nothing is refused.
func (s exerciseFrom) find(name string, g given) (exercises.Exercise, error) {
	e, err := s.lookup(name)
	if err != nil {
		return e, err
	}
	return e, refuseSeed(e, g)
}

// refuseSeed refuses a seed for an exercise in Go, whose task has no IDs.
func refuseSeed(e exercises.Exercise, g given) error {
	if e.Code == nil {
		return nil
	}
	return g.noEffect(e.Name+", an exercise in Go", "--seed")
}

func (s exerciseFrom) lookup(name string) (exercises.Exercise, error) {
	all, err := s.all()
	if err != nil {
		return exercises.Exercise{}, err
	}
	if name == "" {
		next, _, err := s.next(all)
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
		words.Closest(name, namesOfExercises(all)))
}

// next returns the first exercise that isn't done, nil if all are, and the number of those that
// are.
func (s exercisePack) next(all []exercises.Exercise) (next *exercises.Exercise, done int, err error) {
	p, err := readProgress()
	if err != nil {
		return nil, 0, err
	}
	for i := range all {
		switch {
		case p.Exercises[s.key(all[i].Name)].Done():
			done++
		case next == nil:
			next = &all[i]
		}
	}
	return next, done, nil
}

// exerciseNames returns the names by which exercises can be chosen.
func exerciseNames() []string {
	all, err := exercises.WithCode(0)
	if err != nil {
		return nil // running one reports the error
	}
	return namesOfExercises(all)
}

func namesOfExercises(all []exercises.Exercise) []string {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name
	}
	return names
}

// exerciseNextCommand shows the first task that isn't done.
type exerciseNextCommand struct{ exerciseFrom }

func (c exerciseNextCommand) Run(env *environment, g given) error {
	all, err := c.all()
	if err != nil {
		return err
	}
	next, done, err := c.next(all)
	if err != nil {
		return err
	}
	if next == nil {
		_, err := fmt.Fprintf(env.stdout, "%s\n", show.Bold(fmt.Sprintf("All %d exercises are done.", len(all))))
		return err
	}
	if err := refuseSeed(*next, g); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s, %d of %d done\n\n", next.Name, done, len(all))
	return printQuestion(env.stdout, env.width, *next, c.exerciseFrom)
}

// exerciseListCommand lists the exercises.
type exerciseListCommand struct {
	exercisePack
	Format string `help:"Output format: ${enum}." enum:"text,json" default:"text"`
}

func (c exerciseListCommand) Run(env *environment) error {
	all, err := exerciseFrom{exercisePack: c.exercisePack}.all()
	if err != nil {
		return err
	}
	p, err := readProgress()
	if err != nil {
		return err
	}
	done := func(name string) logbook.Exercise { return p.Exercises[c.key(name)] }
	return show.Exercises(env.stdout, all, done, c.Format)
}

// exerciseShowCommand shows a task.
type exerciseShowCommand struct {
	Name string `arg:"" help:"The exercise: ${exercises}." values:"exercises"`
	exerciseFrom
}

func (c exerciseShowCommand) Run(env *environment, g given) error {
	e, err := c.find(c.Name, g)
	if err != nil {
		return err
	}
	return printQuestion(env.stdout, env.width, e, c.exerciseFrom)
}

// printQuestion prints the task, and the commands that go on from there.
func printQuestion(w io.Writer, width int, e exercises.Exercise, from exerciseFrom) error {
	if err := printTask(w, width, e, from); err != nil {
		return err
	}
	if e.Code != nil {
		_, err := fmt.Fprintf(w, "Begin:       tracelab exercise start %[1]s DIR%[2]s\n"+
			"Your answer: tracelab exercise answer %[1]s DIR%[2]s\n", e.Name, from.flags())
		return err
	}
	_, err := fmt.Fprintf(w, "Your answer: tracelab exercise answer %s FILE%s\n", e.Name, from.flags())
	return err
}

// printTask prints the task.
func printTask(w io.Writer, width int, e exercises.Exercise, from exerciseFrom) error {
	_, err := fmt.Fprintf(w, "%s\n\n%s\nThere are %s: tracelab exercise hint %s%s\n", show.Bold(e.Title),
		show.Prose(e.Task, width), words.Count(len(e.Hints), "hint"), e.Name, from.flags())
	return err
}

// exerciseHintCommand shows hints.
type exerciseHintCommand struct {
	Name string `arg:"" optional:"" help:"The exercise. Without it, the first that isn't done." values:"exercises"`
	N    *int   `arg:"" optional:"" help:"Show the first N hints. Without it, one more than before."`
	exerciseFrom
	Format string `help:"Output format: ${enum}." enum:"text,json" default:"text"`
}

func (c exerciseHintCommand) Run(env *environment, g given) error {
	e, err := c.find(c.Name, g)
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
		last = min(p.Exercises[c.key(e.Name)].Hints+1, len(e.Hints))
		first = last - 1
	}
	if err := show.Hints(env.stdout, e, first, last, gradeFormat(env, c.Format, c.exerciseFrom)); err != nil {
		return err
	}
	noteProgress(env, c.key(e.Name), func(done *doneExercise) { done.Hints = max(done.Hints, last) })
	return nil
}

func gradeFormat(env *environment, format string, from exerciseFrom) show.GradeFormat {
	return show.GradeFormat{Format: format, Width: env.width, From: from.flags()}
}

// exerciseSolutionCommand shows the solution of an exercise.
type exerciseSolutionCommand struct {
	Name string `arg:"" help:"The exercise: ${exercises}." values:"exercises"`
	exerciseFrom
	Format string `help:"Output format: ${enum}. json has the task and all hints, too." enum:"text,json" default:"text"`
}

func (c exerciseSolutionCommand) Run(env *environment, g given) error {
	e, err := c.find(c.Name, g)
	if err != nil {
		return err
	}
	return show.Solution(env.stdout, e, c.Format)
}

// exerciseResetCommand forgets progress.
type exerciseResetCommand struct {
	Name string `arg:"" optional:"" help:"The exercise." values:"exercises"`
	exercisePack
	All bool `help:"Delete the progress of all exercises."`
}

func (c exerciseResetCommand) Run(env *environment) error {
	switch {
	case c.All && c.Name != "":
		return usageError("--all resets all exercises: want it without %s", c.Name)
	case !c.All && c.Name == "":
		return usageError("reset needs an exercise: want its name, or --all")
	case c.Name != "":
		if _, err := (exerciseFrom{exercisePack: c.exercisePack}).lookup(c.Name); err != nil {
			return err
		}
		return resetProgress(env, c.key(c.Name))
	}
	return resetProgress(env, "")
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

func (c exerciseOldCommand) Run(env *environment, g given) error {
	if c.Name == "" && !slices.ContainsFunc([]string{
		"--list", "--answer", "--file", "--question", "--edit", "--hint", "--solution", "--seed", "--format",
	}, func(flag string) bool { return g[flag] }) {
		return exerciseListCommand{Format: "text"}.Run(env)
	}
	known := slices.Contains(exerciseNames(), c.Name)
	if c.Name != "" && !known {
		return usageError("unknown command or exercise %q: want a command of tracelab exercise --help%s", c.Name,
			words.Closest(c.Name, append(env.program.Child("exercise").ChildNames(), exerciseNames()...)))
	}
	return usageError("exercise has commands: want tracelab exercise %s", c.now())
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
