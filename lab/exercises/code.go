package exercises

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tracelab/lab/exercises/code"
)

// WithCode returns the exercises of [All], followed by those in Go. An answer to one of these is
// the directory with the code.
func WithCode(seed uint64) ([]Exercise, error) {
	list, err := All(seed)
	if err != nil {
		return nil, err
	}
	builtin, err := code.Builtin()
	if err != nil {
		return nil, err
	}
	return append(list, OfPack(builtin)...), nil
}

// OfPack returns exercises in Go.
func OfPack(pack []*code.Exercise) []Exercise {
	list := make([]Exercise, len(pack))
	for i, e := range pack {
		list[i] = Exercise{
			Name: e.Name, Title: e.Title, Lesson: e.Lesson, Task: e.Task, Hints: e.Hints, Solution: e.Solution(),
			Code: e, grade: func(ctx context.Context, dir string) (Grade, error) { return gradeCode(ctx, e, dir) },
		}
	}
	return list
}

// gradeCode runs the tests of an exercise in Go. Each is a requirement.
func gradeCode(ctx context.Context, e *code.Exercise, dir string) (Grade, error) {
	results, err := e.Grade(ctx, dir)
	if errors.Is(err, code.ErrNoGo) {
		return Grade{}, fmt.Errorf("%w: %w", ErrNotRun, err)
	}
	if err != nil {
		return Grade{}, err
	}
	var g Grade
	for _, r := range results {
		if r.Passed {
			g.pass(r.Test, "the test passes", "")
		} else {
			g.fail(r.Test, "the test fails", r.Output)
		}
	}
	if _, rest, found := strings.Cut(results[0].Output, "TRACELAB_SEED="); found {
		number, _, _ := strings.Cut(rest, " ")
		g.note("the inputs are those of TRACELAB_SEED=%s", number)
	}
	return g, nil
}
