package show

import (
	"bufio"
	"fmt"
	"io"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/lab/exercises"
)

// A GradeFormat is how exercises are shown.
type GradeFormat struct {
	Format string // text or json
	Width  int
	Seed   string // the flag that repeats the seed in a command line, after a space; may be empty
}

// Exercises lists exercises, as text or as JSON.
func Exercises(w io.Writer, all []exercises.Exercise, format string) error {
	if format == "json" {
		var list []exerciseJSON
		for _, e := range all {
			list = append(list, exerciseJSON{Name: e.Name, Title: e.Title, Lesson: e.Lesson})
		}
		return JSON(w, "exercises", list)
	}
	var rows [][]string
	for _, e := range all {
		rows = append(rows, []string{e.Name, e.Title, e.Lesson})
	}
	return draw.Table(w, []draw.Column{{Head: "exercise"}, {Head: "what to do"}, {Head: "what it is about"}}, rows)
}

// exerciseJSON is the JSON of an exercise.
type exerciseJSON struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Lesson   string   `json:"lesson"`
	Task     string   `json:"task,omitempty"`
	Hints    []string `json:"hints,omitempty"`
	Solution string   `json:"solution,omitempty"`
}

// gradeJSON is the verdict on an answer.
type gradeJSON struct {
	Exercise string `json:"exercise"`
	Passed   bool   `json:"passed"`
	exercises.Grade
}

// Hints shows the first hints of an exercise, and with solution an answer that gets full marks. The
// command is the one that chose the exercise.
func Hints(out io.Writer, e exercises.Exercise, hints int, solution bool, f GradeFormat) error {
	if f.Format == "json" {
		shown := exerciseJSON{Name: e.Name, Title: e.Title, Lesson: e.Lesson, Task: e.Task, Hints: e.Hints[:hints]}
		if solution {
			shown.Solution = e.Solution
		}
		return JSON(out, "exercise", shown)
	}
	w := bufio.NewWriter(out)
	for i, hint := range e.Hints[:hints] {
		fmt.Fprintf(w, "%s\n%s\n", Bold(fmt.Sprintf("Hint %d of %d", i+1, len(e.Hints))), Prose(hint, f.Width))
	}
	switch {
	case solution:
		fmt.Fprintln(w, e.Solution)
	case hints < len(e.Hints):
		fmt.Fprintf(w, "The next one: tracelab exercise %s --hint=%d%s\n", e.Name, hints+1, f.Seed)
	default:
		fmt.Fprintf(w, "That was the last one. An answer that gets full marks: tracelab exercise %s --solution%s\n", e.Name,
			f.Seed)
	}
	return w.Flush()
}

// Grade prints a verdict on each line, and below it what to know about it.
func Grade(out io.Writer, e exercises.Exercise, grade exercises.Grade, f GradeFormat) error {
	if f.Format == "json" {
		return JSON(out, "grade", gradeJSON{e.Name, grade.Passed(), grade})
	}
	w := bufio.NewWriter(out)
	wrong := 0
	for _, v := range grade.Verdicts {
		mark := ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓")
		if !v.OK {
			wrong++
			mark = ansi.NewStyle().ForegroundColor(ansi.Red).Styled("✗")
		}
		fmt.Fprint(w, Listed(mark+" ", Bold(v.Asked)+": "+Excerpt(v.Has), f.Width))
		if v.Why != "" {
			fmt.Fprint(w, Wrapped(Excerpt(v.Why), "    ", f.Width))
		}
	}
	for _, note := range grade.Notes {
		fmt.Fprint(w, Wrapped("Note: "+Excerpt(note)+".", "  ", f.Width))
	}
	fmt.Fprintln(w)
	if wrong == 0 {
		fmt.Fprintln(w, Bold("Full marks:")+" all "+Count(len(grade.Verdicts), "point")+" are right.")
	} else {
		fmt.Fprintf(w, "%s of %s not right yet. A hint: tracelab exercise %s --hint%s\n",
			Bold(fmt.Sprint(wrong)), Count(len(grade.Verdicts), "point")+verbFor(wrong), e.Name, f.Seed)
	}
	return w.Flush()
}

func verbFor(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}
