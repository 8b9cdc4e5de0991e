package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/lab/quiz"
)

// quizCommand prints questions about trees and explains the answers.
type quizCommand struct {
	Seed      *uint64 `help:"Seed of the questions and their order. Without it, a random one is used." placeholder:"N"`
	Questions int     `help:"Number of questions." default:"10" placeholder:"N"`
	List      bool    `help:"List all questions with their answers, for teachers."`
	Format    string  `help:"Output format of --list: ${enum}." enum:"text,json" default:"text"`
}

func (c quizCommand) Run(ctx context.Context, env *environment, g given) error {
	if c.List {
		if err := g.noEffect("--list", "--questions", "--seed"); err != nil {
			return err
		}
	} else if err := g.onlyFor("--list: the questions are asked as text", "--format"); err != nil {
		return err
	}
	all, err := quiz.Questions()
	if err != nil {
		return err
	}
	switch {
	case c.List:
		return show.Questions(env.stdout, all, env.width, c.Format)
	case c.Questions < 1 || c.Questions > len(all):
		return usageError("--questions is %d: want 1 to %d", c.Questions, len(all))
	}
	seed := seedOf(c.Seed)
	fmt.Fprintf(env.stdout, "%s. To repeat them: tracelab quiz --seed %d --questions %d\n",
		words.Count(c.Questions, "question"), seed, c.Questions)
	s := session{env: env, lines: newLineReader(env.stdin), typed: isTyped(env.stdin)}
	drawn := quiz.Draw(all, seed, c.Questions)
	for i, q := range drawn {
		err := s.ask(ctx, i+1, len(drawn), q)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	return s.score(len(drawn), "quiz", "question")
}

// session is one run of the quiz, or of mysteries.
type session struct {
	env             *environment
	lines           *lineReader
	typed           bool // answers are typed at a terminal, which shows them
	answered, right int
}

// maxTries is how often a question is repeated without an answer: a pipe may never have one.
const maxTries = 10

// ask prints a question and reads its answer. The error is io.EOF at the end of the input.
func (s *session) ask(ctx context.Context, number, of int, q quiz.Question) error {
	show.Question(s.env.stdout, fmt.Sprintf("%d of %d", number, of), q, s.env.width)
	for i, o := range q.Options {
		fmt.Fprint(s.env.stdout, show.Listed(show.Letter(i)+") ", o.Text, s.env.width))
	}
	fmt.Fprintln(s.env.stdout)
	return s.read(ctx, show.Letters(q), func(line string) error {
		chosen := optionOf(q, line)
		if chosen < 0 {
			return fmt.Errorf("unknown answer: want one letter, %s", show.Letters(q))
		}
		s.answered++
		if q.Options[chosen].Right {
			s.right++
		}
		show.Answer(s.env.stdout, q, chosen, s.env.width)
		return nil
	})
}

// read prompts for what is wanted, and reads lines until one is accepted. The error is io.EOF at
// the end of the input.
func (s *session) read(ctx context.Context, want string, accept func(line string) error) error {
	for range maxTries {
		fmt.Fprintf(s.env.stdout, "Your answer (%s): ", want)
		if err := flush(s.env.stdout); err != nil {
			return err
		}
		line, err := s.lines.read(ctx)
		if !s.typed {
			fmt.Fprintln(s.env.stdout, show.Excerpt(line))
		}
		if err != nil {
			return err
		}
		if err := accept(line); err != nil {
			fmt.Fprintln(s.env.stdout, show.Message(sentence(err.Error())))
			continue
		}
		return nil
	}
	return usageError("standard input: %d answers in a row are unknown: want %s", maxTries, want)
}

// sentence returns an error's text as a sentence.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// score prints how many answers were right. The noun is what was to be answered.
func (s *session) score(of int, name, noun string) error {
	text := fmt.Sprintf("%d of %d right.", s.right, s.answered)
	if s.answered < of {
		text += fmt.Sprintf(" The %s ended early, with %s to go.", name, words.Count(of-s.answered, noun))
	}
	_, err := fmt.Fprintf(s.env.stdout, "\n%s\n", show.Bold(text))
	return err
}

// optionOf returns the option that a line chooses, or -1.
func optionOf(q quiz.Question, line string) int {
	line = strings.TrimRight(strings.ToLower(strings.TrimSpace(line)), ".)")
	for i := range q.Options {
		if line == show.Letter(i) {
			return i
		}
	}
	return -1
}
