package show

import (
	"bufio"
	"fmt"
	"io"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/words"
	"tracelab/lab/exercises"
	"tracelab/lab/exercises/logbook"
)

// A GradeFormat is how exercises are shown.
type GradeFormat struct {
	Format string // text or json
	Width  int
	From   string // the flags that choose the exercise in a command line, after a space; may be empty
}

// Exercises lists exercises and what is done of them, as text or as JSON.
func Exercises(w io.Writer, all []exercises.Exercise, progress func(name string) logbook.Exercise,
	format string,
) error {
	if format == "json" {
		list := []exerciseJSON{}
		for _, e := range all {
			done := progress(e.Name)
			list = append(list, exerciseJSON{
				Name: e.Name, Title: e.Title, Lesson: e.Lesson,
				Progress: &progressJSON{Passed: done.Done(), Tries: done.Tries, Hints: done.Hints},
			})
		}
		return JSON(w, "exercises", list)
	}
	var rows [][]string
	for _, e := range all {
		state := "open"
		if progress(e.Name).Done() {
			state = "done"
		}
		rows = append(rows, []string{e.Name, state, e.Title, e.Lesson})
	}
	return draw.Table(w, []draw.Column{
		{Head: "exercise"}, {Head: "state"}, {Head: "what to do"}, {Head: "what it is about"},
	}, rows)
}

// exerciseJSON is the JSON of an exercise.
type exerciseJSON struct {
	Name     string        `json:"name"`
	Title    string        `json:"title"`
	Lesson   string        `json:"lesson"`
	Task     string        `json:"task,omitempty"`
	Hints    []string      `json:"hints,omitempty"`
	Solution string        `json:"solution,omitempty"`
	Progress *progressJSON `json:"progress,omitempty"`
}

// progressJSON is the JSON of what was done of an exercise.
type progressJSON struct {
	Passed bool `json:"passed"`
	Tries  int  `json:"tries"`
	Hints  int  `json:"hints"`
}

// gradeJSON is the verdict on an answer.
type gradeJSON struct {
	Exercise string `json:"exercise"`
	Passed   bool   `json:"passed"`
	exercises.Grade
}

// Hints shows e.Hints[first:last]. As JSON, it shows the task and e.Hints[:last].
func Hints(out io.Writer, e exercises.Exercise, first, last int, f GradeFormat) error {
	if f.Format == "json" {
		return JSON(out, "exercise", exerciseJSON{
			Name: e.Name, Title: e.Title, Lesson: e.Lesson, Task: e.Task, Hints: e.Hints[:last],
		})
	}
	w := bufio.NewWriter(out)
	for i := first; i < last; i++ {
		fmt.Fprintf(w, "%s\n%s\n", Bold(fmt.Sprintf("Hint %d of %d", i+1, len(e.Hints))), Prose(e.Hints[i], f.Width))
	}
	if last < len(e.Hints) {
		fmt.Fprintf(w, "The next one: tracelab exercise hint %s%s\n", e.Name, f.From)
	} else {
		fmt.Fprintf(w, "That was the last one. An answer that gets full marks: tracelab exercise solution %s%s\n", e.Name,
			f.From)
	}
	return w.Flush()
}

// Solution shows an answer that gets full marks. As JSON, it shows the task and all hints, too.
func Solution(out io.Writer, e exercises.Exercise, format string) error {
	if format == "json" {
		return JSON(out, "exercise", exerciseJSON{
			Name: e.Name, Title: e.Title, Lesson: e.Lesson, Task: e.Task, Hints: e.Hints, Solution: e.Solution,
		})
	}
	_, err := fmt.Fprintln(out, e.Solution)
	return err
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
		right := "the only point is right."
		if n := len(grade.Verdicts); n > 1 {
			right = "all " + words.Count(n, "point") + " are right."
		}
		fmt.Fprintln(w, Bold("Full marks:")+" "+right)
	} else {
		fmt.Fprintf(w, "%s of %s not right yet. A hint: tracelab exercise hint %s%s\n",
			Bold(fmt.Sprint(wrong)), words.Count(len(grade.Verdicts), "point")+verbFor(wrong), e.Name, f.From)
	}
	return w.Flush()
}

func verbFor(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}
