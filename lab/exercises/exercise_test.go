package exercises_test

import (
	"regexp"
	"strings"
	"testing"

	"tracelab/internal/slow"
	"tracelab/lab/exercises"
	"tracelab/tracetree"
)

// find returns the exercise with a name.
func find(t testing.TB, name string, seed uint64) exercises.Exercise {
	t.Helper()
	all, err := exercises.All(seed)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("exercise %s not found", name)
	return exercises.Exercise{}
}

// grade grades an answer, which must be readable.
func grade(t testing.TB, e exercises.Exercise, answer string) exercises.Grade {
	t.Helper()
	g, err := e.Grade(t.Context(), answer)
	if err != nil {
		t.Fatalf("answer\n%s\n%v", answer, err)
	}
	return g
}

// report returns verdicts as text, for messages.
func report(g exercises.Grade, only func(exercises.Verdict) bool) string {
	var b strings.Builder
	for _, v := range g.Verdicts {
		if only == nil || only(v) {
			mark := "✗ "
			if v.OK {
				mark = "✓ "
			}
			b.WriteString(mark + v.Asked + ": " + v.Has + ". " + v.Why + "\n")
		}
	}
	for _, note := range g.Notes {
		b.WriteString("note: " + note + "\n")
	}
	return b.String()
}

// Exercises that a seed doesn't change are graded once.
func TestSolutionsGetFullMarks(t *testing.T) {
	tasks := map[string]string{}
	for seed := range uint64(50) {
		all, err := exercises.All(seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if tasks[e.Name] == e.Task {
				continue
			}
			tasks[e.Name] = e.Task
			var g exercises.Grade
			if e.Name == "ex3" && !slow.Enabled() {
				g = gradePolicy(t, e.Solution)
			} else {
				g = grade(t, e, e.Solution)
			}
			if !g.Passed() || len(g.Verdicts) < 4 || len(g.Notes) > 0 {
				t.Errorf("%s with seed %d: the solution\n%s\nis graded\n%s", e.Name, seed, e.Solution, report(g, nil))
			}
		}
	}
}

// The examples in the texts, which are indented by four spaces, are valid notation. The header of
// ex2 is not notation.
func TestTextsShowNotation(t *testing.T) {
	all, err := exercises.All(0)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, e := range all {
		for _, text := range append([]string{e.Task}, e.Hints...) {
			if left := regexp.MustCompile(`\[(incoming|trace-id|span-id|flags)\]`).FindString(text); left != "" {
				t.Errorf("%s: placeholder %s was not replaced", e.Name, left)
			}
			var block strings.Builder
			for line := range strings.Lines(text + "\n") {
				if code, ok := strings.CutPrefix(line, "    "); ok {
					block.WriteString(code)
				}
			}
			if block.Len() == 0 || e.Name == "ex2" {
				continue
			}
			shown++
			pattern, err := tracetree.Parse(block.String())
			if err != nil {
				t.Errorf("%s: %v", e.Name, err)
			} else if got := pattern.String(); got != block.String() {
				t.Errorf("%s shows\n%s\nwhose usual form is\n%s", e.Name, &block, got)
			}
		}
	}
	if shown < 4 {
		t.Errorf("%d texts show notation, want at least 4", shown)
	}
}
