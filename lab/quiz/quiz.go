// Package quiz contains questions about the terms of distributed tracing and about common mistakes,
// each with a tree. The questions are files in questions/, which a teacher can read. Nothing here
// prints.
package quiz

import (
	"embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Question is a multiple-choice question about a tree. One option is right.
type Question struct {
	Name string // the name of its file: "orphan"
	Term string // its subject: "lost context"
	// Tree is in the notation. It can be played, so it is realistic.
	Tree string
	// Finds are the checks that report findings for the tree.
	Finds   []string
	Ask     string
	Options []Option
}

// Option is one of the answers to choose from.
type Option struct {
	Text  string
	Right bool
	// Why explains why the option is right or wrong.
	Why string
}

//go:embed questions/*.txtar
var files embed.FS

// Questions returns all questions, sorted by name, each with its right option first.
func Questions() ([]Question, error) {
	entries, err := files.ReadDir("questions")
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	var all []Question
	for _, entry := range entries {
		data, err := files.ReadFile("questions/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read questions: %w", err)
		}
		q, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("read question %s: %w", entry.Name(), err)
		}
		q.Name = strings.TrimSuffix(entry.Name(), ".txtar")
		all = append(all, q)
	}
	return all, nil
}

// numOptions is the number of options of a question.
const numOptions = 4

// parse reads a file with the sections term, tree and ask, and a section right or wrong for each
// option, with a blank line before the explanation. The section finds lists the checks that report
// findings, one on each line.
func parse(data []byte) (Question, error) {
	var q Question
	right := 0
	for _, section := range txtar.Parse(data).Files {
		text := strings.TrimSpace(string(section.Data))
		switch section.Name {
		case "term":
			q.Term = text
		case "finds":
			q.Finds = strings.Fields(text)
		case "tree":
			q.Tree = text + "\n"
		case "ask":
			q.Ask = text
		case "right", "wrong":
			answer, why, found := strings.Cut(text, "\n\n")
			if !found {
				return q, fmt.Errorf("section %s %q: want an answer, a blank line and an explanation", section.Name, text)
			}
			if section.Name == "right" {
				right++
			}
			q.Options = append(q.Options, Option{Text: answer, Right: section.Name == "right", Why: why})
		default:
			return q, fmt.Errorf("section %q: want term, finds, tree, ask, right or wrong", section.Name)
		}
	}
	switch {
	case q.Term == "" || q.Tree == "" || q.Ask == "":
		return q, errors.New("want a term, a tree and a question")
	case right != 1 || len(q.Options) != numOptions:
		return q, fmt.Errorf("%d options, %d of them right: want %d and 1", len(q.Options), right, numOptions)
	}
	return q, nil
}

// Draw returns n of the questions, or all if there are fewer, in an order that the seed determines.
// The seed also determines the order of the options. Draw doesn't change its argument.
func Draw(questions []Question, seed uint64, n int) []Question {
	r := rand.New(rand.NewPCG(seed, 1))
	drawn := slices.Clone(questions)
	r.Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	drawn = drawn[:max(0, min(n, len(drawn)))]
	for i := range drawn {
		options := slices.Clone(drawn[i].Options)
		r.Shuffle(len(options), func(i, j int) { options[i], options[j] = options[j], options[i] })
		drawn[i].Options = options
	}
	return drawn
}
