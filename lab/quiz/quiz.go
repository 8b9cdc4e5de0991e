// Package quiz has questions about the terms of distributed tracing and its common mistakes, each about a tree on screen.
// The questions are files that a teacher can read, in questions/. Nothing here prints.
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

// Question is about a tree, with some answers to choose from. One of them is right.
type Question struct {
	Name string // that of its file: "orphan"
	Term string // what it is about: "lost context"
	// Tree is in the notation, and could have been seen: it can be played.
	Tree string
	// Finds are the checks that find something in the tree.
	Finds   []string
	Ask     string
	Options []Option
}

// Option is an answer to choose.
type Option struct {
	Text  string
	Right bool
	// Why explains why it is right, or what is wrong with it.
	Why string
}

//go:embed questions/*.txtar
var files embed.FS

// Questions returns all questions by name, each with its right option first.
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

// numOptions is how many options a question has.
const numOptions = 4

// parse reads a file of sections: term, tree, ask, and an option in each of right and wrong, with a blank line before
// its explanation. The section finds lists the checks that find something, one on each line.
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

// Draw returns n of the questions, or all if there are fewer, and their options, in an order that the seed decides. The
// questions that it is given are not changed.
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
