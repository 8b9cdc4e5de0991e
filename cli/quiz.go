package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/redact"
	"tracelab/lab/quiz"
)

// quizCommand asks questions, each about a tree, and explains the answers.
type quizCommand struct {
	Seed      *uint64 `help:"Ask the same questions in the same order as with this number before. Without it, one is made up." placeholder:"N"`
	Questions int     `help:"Ask so many." default:"10" placeholder:"N"`
	List      bool    `help:"List all questions with their answers, for teachers."`
	Format    string  `help:"What --list prints: ${enum}." enum:"text,json" default:"text"`
}

func (c quizCommand) Run(ctx context.Context, env *environment) error {
	all, err := quiz.Questions()
	if err != nil {
		return err
	}
	switch {
	case c.List:
		return c.list(env, all)
	case c.Format != "text":
		return usageError("--format is for --list: the questions are asked as text")
	case c.Questions < 1 || c.Questions > len(all):
		return usageError("--questions is %d: it takes a number from 1 to %d", c.Questions, len(all))
	}
	seed := seedOf(c.Seed)
	fmt.Fprintf(env.stdout, "%s. The same ones again: tracelab quiz --seed %d --questions %d\n", count(c.Questions, "question"), seed, c.Questions)
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
	return s.score(len(drawn))
}

// session is one run of the quiz.
type session struct {
	env             *environment
	lines           *lineReader
	typed           bool // somebody types, and sees what is typed
	answered, right int
}

// maxTries is how often a question is asked again in a row: a pipe may never
// have an answer.
const maxTries = 10

// ask asks one question. The error is io.EOF when nobody answers any more.
func (s *session) ask(ctx context.Context, number, of int, q quiz.Question) error {
	printQuestion(s.env.stdout, fmt.Sprintf("%d of %d", number, of), q, s.env.width)
	for i, o := range q.Options {
		fmt.Fprint(s.env.stdout, listed(letter(i)+") ", o.Text, s.env.width))
	}
	fmt.Fprintln(s.env.stdout)
	for range maxTries {
		fmt.Fprintf(s.env.stdout, "Your answer (%s): ", letters(q))
		line, err := s.lines.read(ctx)
		if !s.typed {
			fmt.Fprintln(s.env.stdout, shownText(line))
		}
		if err != nil {
			return err
		}
		chosen := optionOf(q, line)
		if chosen < 0 {
			fmt.Fprintf(s.env.stdout, "That is none of %s: type one letter.\n", letters(q))
			continue
		}
		s.answered++
		if q.Options[chosen].Right {
			s.right++
		}
		printAnswer(s.env.stdout, q, chosen, s.env.width)
		return nil
	}
	return usageError("standard input: %d answers in a row are none of %s", maxTries, letters(q))
}

func (s *session) score(of int) error {
	text := fmt.Sprintf("%d of %d right.", s.right, s.answered)
	if s.answered < of {
		text += fmt.Sprintf(" The quiz ended early, with %s to go.", count(of-s.answered, "question"))
	}
	_, err := fmt.Fprintf(s.env.stdout, "\n%s\n", bold(text))
	return err
}

// letter returns what stands before an option.
func letter(i int) string { return string(rune('a' + i)) }

func letters(q quiz.Question) string { return "a to " + letter(len(q.Options)-1) }

// optionOf returns the option that a line chooses, or -1.
func optionOf(q quiz.Question, line string) int {
	line = strings.TrimRight(strings.ToLower(strings.TrimSpace(line)), ".)")
	for i := range q.Options {
		if line == letter(i) {
			return i
		}
	}
	return -1
}

// printQuestion prints what is asked. The term comes with the answer, which it
// might give away.
func printQuestion(w io.Writer, head string, q quiz.Question, width int) {
	fmt.Fprintf(w, "\n%s\n\n", bold(head))
	for line := range strings.Lines(draw.Notation(redact.Text(q.Tree))) {
		if strings.TrimSpace(line) != "" {
			line = "    " + line
		}
		fmt.Fprint(w, line)
	}
	fmt.Fprint(w, "\n"+wrapped(q.Ask, "", width)+"\n")
}

// printAnswer says whether the chosen option is right, why, and which one is.
func printAnswer(w io.Writer, q quiz.Question, chosen, width int) {
	mark := ansi.NewStyle().ForegroundColor(ansi.Red).Styled("✗ Not " + letter(chosen) + ".")
	if q.Options[chosen].Right {
		mark = ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓ Right.")
	}
	fmt.Fprintln(w, mark)
	fmt.Fprint(w, wrapped(q.Options[chosen].Why, "  ", width))
	for i, o := range q.Options {
		if o.Right && i != chosen {
			fmt.Fprint(w, listed("  "+letter(i)+") ", o.Text, width)+wrapped(o.Why, "     ", width))
		}
	}
	printTerm(w, q)
}

// printTerm says what a question was about, and which check sees it too.
func printTerm(w io.Writer, q quiz.Question) {
	about := "About: " + q.Term
	if len(q.Finds) > 0 {
		about += ". More: tracelab checks " + q.Finds[0]
	}
	fmt.Fprintln(w, "  "+ansi.NewStyle().Faint().Styled(about))
}

// The JSON of a question.
type questionJSON struct {
	Name    string       `json:"name"`
	Term    string       `json:"term"`
	Tree    string       `json:"tree"`
	Finds   []string     `json:"finds,omitempty"`
	Ask     string       `json:"ask"`
	Options []optionJSON `json:"options"`
}

type optionJSON struct {
	Text  string `json:"text"`
	Right bool   `json:"right"`
	Why   string `json:"why"`
}

func (c quizCommand) list(env *environment, all []quiz.Question) error {
	if c.Format == "json" {
		var list []questionJSON
		for _, q := range all {
			j := questionJSON{Name: q.Name, Term: q.Term, Tree: redact.Text(q.Tree), Finds: q.Finds, Ask: q.Ask}
			for _, o := range q.Options {
				j.Options = append(j.Options, optionJSON(o))
			}
			list = append(list, j)
		}
		return writeJSON(env.stdout, list)
	}
	w := bufio.NewWriter(env.stdout)
	for i, q := range all {
		printQuestion(w, fmt.Sprintf("%d of %d: %s", i+1, len(all), q.Name), q, env.width)
		for _, o := range q.Options {
			mark := "✗ "
			if o.Right {
				mark = ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓") + " "
			}
			fmt.Fprint(w, listed(mark, o.Text, env.width)+wrapped(o.Why, "    ", env.width))
		}
		printTerm(w, q)
	}
	return w.Flush()
}
