// Package exercises asks what a learner of distributed tracing should be able to do, and says of an answer what is
// right, what isn't, and why. The texts of the exercises are files that a teacher can read, in texts/.
//
// Nothing here prints. Whatever a verdict quotes of an answer is masked as package redact does it, but may hold
// characters that drive a terminal.
package exercises

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tracelab/internal/redact"
)

// Exercise is a task, what helps with it, and who grades its answers. It may be used by several goroutines.
type Exercise struct {
	Name   string // what it is asked for by: "ex1"
	Title  string
	Lesson string // the terms that it is about
	Task   string
	// Hints go from vague to concrete. There are several.
	Hints []string
	// IsFile says that an answer is a whole file, in which lines may be empty.
	IsFile bool
	// Solution is an answer that gets full marks. There are others.
	Solution string

	grade func(ctx context.Context, answer string) (Grade, error)
}

// Grade is what there is to say about an answer.
type Grade struct {
	Verdicts []Verdict `json:"verdicts"`
	// Notes say how something was read, where the answer could have been clearer. They cost nothing.
	Notes []string `json:"notes,omitempty"`
}

// Verdict is about one thing that was asked for.
type Verdict struct {
	OK    bool   `json:"ok"`
	Asked string `json:"asked"`
	// Has is what the answer has there.
	Has string `json:"has"`
	// Why says why that matters, and what to do when it isn't right. It may be empty when it is.
	Why string `json:"why,omitempty"`
}

// Passed reports whether every verdict is a good one.
func (g Grade) Passed() bool {
	return !slices.ContainsFunc(g.Verdicts, func(v Verdict) bool { return !v.OK })
}

func (g *Grade) pass(asked, has, why string) { g.add(true, asked, has, why) }

func (g *Grade) fail(asked, has, why string) { g.add(false, asked, has, why) }

// add masks what a verdict quotes, so that nothing else has to.
func (g *Grade) add(ok bool, asked, has, why string) {
	g.Verdicts = append(g.Verdicts, Verdict{OK: ok, Asked: asked, Has: redact.Text(has), Why: redact.Text(why)})
}

func (g *Grade) note(format string, args ...any) {
	g.Notes = append(g.Notes, redact.Text(fmt.Sprintf(format, args...)))
}

// maxAnswer is how many bytes an answer may have.
const maxAnswer = 64 << 10

// ErrNotRun says that an answer is graded by running it, and that this went wrong: nothing is known about the answer.
var ErrNotRun = errors.New("run answer")

// Grade grades an answer: every verdict says what was asked for and what the answer has. An answer that can't be read
// is an error that says where and what was expected; where the notation is wrong it is a [*tracetree.ParseError]. An error
// that wraps [ErrNotRun] is none of the answer's.
func (e Exercise) Grade(ctx context.Context, answer string) (Grade, error) {
	if len(answer) > maxAnswer {
		return Grade{}, fmt.Errorf("read answer: it is too long: want at most %d bytes", maxAnswer)
	}
	grade, err := e.grade(ctx, pasted(answer))
	if errors.Is(err, ErrNotRun) {
		return Grade{}, err
	}
	if err != nil {
		return Grade{}, fmt.Errorf("read answer: %w", err)
	}
	return grade, nil
}

// All returns the exercises in the order of the lesson. The seed chooses what is made up in them; with 0 it is what the
// documents show. The same seed gives the same exercises.
func All(seed uint64) ([]Exercise, error) {
	header := newHeaderTask(seed)
	madeUp := strings.NewReplacer(append(header.words(), policyWords()...)...)
	list := []Exercise{
		{Name: "ex1", grade: gradeCall},
		{Name: "ex2", grade: header.grade},
		{Name: "ex3", IsFile: true, grade: policyTask{seed, policyRequests}.grade},
		{Name: "checkout", grade: gradeCheckout},
	}
	for i := range list {
		if err := list[i].readTexts(madeUp); err != nil {
			return nil, err
		}
	}
	return list, nil
}
