// Package exercises contains exercises for learners of distributed tracing, and grades their
// answers: what is right, what isn't, and why. The texts of the exercises are files in texts/,
// which a teacher can read.
//
// Nothing here prints. Text that a verdict quotes from an answer is masked by package redact, but
// may contain terminal control characters: a printer has to escape it.
package exercises

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tracelab/internal/redact"
	"tracelab/lab/exercises/code"
)

// Exercise is a task with its hints and its grader. It may be used by several goroutines.
type Exercise struct {
	Name   string // as given on the command line: "ex1"
	Title  string
	Lesson string // the terms that it teaches
	Task   string
	// Hints go from vague to concrete. There are at least two.
	Hints []string
	// IsFile reports that an answer is a whole file, in which lines may be empty.
	IsFile bool
	// Solution is one of the answers that get full marks.
	Solution string
	// Code is set for an exercise in Go, whose answer is the directory with the code.
	Code *code.Exercise

	grade func(ctx context.Context, answer string) (Grade, error)
}

// Grade is the result of grading an answer.
type Grade struct {
	Verdicts []Verdict `json:"verdicts"`
	// Notes explain how unclear parts of the answer were read. They don't affect whether it passes.
	Notes []string `json:"notes,omitempty"`
}

// Verdict is the result for one requirement of an exercise.
type Verdict struct {
	OK bool `json:"ok"`
	// Asked is the requirement.
	Asked string `json:"asked"`
	// Has is the part of the answer that was compared with it.
	Has string `json:"has"`
	// Why explains why the requirement matters, and how to fix the answer. It may be empty if OK.
	Why string `json:"why,omitempty"`
}

// Passed reports whether every verdict is OK.
func (g Grade) Passed() bool {
	return !slices.ContainsFunc(g.Verdicts, func(v Verdict) bool { return !v.OK })
}

func (g *Grade) pass(asked, has, why string) { g.add(true, asked, has, why) }

func (g *Grade) fail(asked, has, why string) { g.add(false, asked, has, why) }

// add masks the texts that a verdict quotes, so that no caller has to.
func (g *Grade) add(ok bool, asked, has, why string) {
	g.Verdicts = append(g.Verdicts, Verdict{OK: ok, Asked: asked, Has: redact.Text(has), Why: redact.Text(why)})
}

func (g *Grade) note(format string, args ...any) {
	g.Notes = append(g.Notes, redact.Text(fmt.Sprintf(format, args...)))
}

// maxAnswer is the greatest length of an answer, in bytes.
const maxAnswer = 64 << 10

// ErrNotRun reports that an answer is graded by running it, and that the run failed for a reason
// other than the answer.
var ErrNotRun = errors.New("run answer")

// Grade grades an answer. If the answer can't be read, the error contains the position and what was
// expected; for an error in the notation it is a [*tracetree.ParseError]. An error that wraps
// [ErrNotRun] isn't the answer's fault.
func (e Exercise) Grade(ctx context.Context, answer string) (Grade, error) {
	if len(answer) > maxAnswer {
		return Grade{}, fmt.Errorf("read answer: found %d bytes, want at most %d", len(answer), maxAnswer)
	}
	if e.Code == nil {
		answer = pasted(answer)
	}
	grade, err := e.grade(ctx, answer)
	if errors.Is(err, ErrNotRun) {
		return Grade{}, err
	}
	if err != nil {
		return Grade{}, fmt.Errorf("read answer: %w", err)
	}
	return grade, nil
}

// All returns the exercises in the order of the course. The seed determines the generated values in
// them, such as ids: the same seed gives the same exercises. With seed 0 they are as the documents
// show them.
func All(seed uint64) ([]Exercise, error) {
	header := newHeaderTask(seed)
	generated := strings.NewReplacer(append(header.words(), policyWords()...)...)
	list := []Exercise{
		{Name: "ex1", grade: gradeCall},
		{Name: "ex2", grade: header.grade},
		{Name: "ex3", IsFile: true, grade: policyTask{seed, policyRequests}.grade},
		{Name: "checkout", grade: gradeCheckout},
	}
	for i := range list {
		if err := list[i].readTexts(generated); err != nil {
			return nil, err
		}
	}
	return list, nil
}
