package show

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/redact"
	"tracelab/lab/quiz"
)

// Question prints a question. Its term is printed with the answer, because it might give that away.
func Question(w io.Writer, head string, q quiz.Question, width int) {
	fmt.Fprintf(w, "\n%s\n\n", Bold(head))
	for line := range strings.Lines(draw.Notation(redact.Text(q.Tree))) {
		if strings.TrimSpace(line) != "" {
			line = "    " + line
		}
		fmt.Fprint(w, line)
	}
	fmt.Fprint(w, "\n"+Wrapped(q.Ask, "", width)+"\n")
}

// Answer prints whether the chosen option is right and why, and the right option.
func Answer(w io.Writer, q quiz.Question, chosen, width int) {
	mark := ansi.NewStyle().ForegroundColor(ansi.Red).Styled("✗ Not " + Letter(chosen) + ".")
	if q.Options[chosen].Right {
		mark = ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓ Right.")
	}
	fmt.Fprintln(w, mark)
	fmt.Fprint(w, Wrapped(q.Options[chosen].Why, "  ", width))
	for i, o := range q.Options {
		if o.Right && i != chosen {
			fmt.Fprint(w, Listed("  "+Letter(i)+") ", o.Text, width)+Wrapped(o.Why, "     ", width))
		}
	}
	printTerm(w, q)
}

// printTerm prints the subject of a question, and the check that finds it.
func printTerm(w io.Writer, q quiz.Question) {
	about := "About: " + q.Term
	if len(q.Finds) > 0 {
		about += ". More: tracelab checks " + q.Finds[0]
	}
	fmt.Fprintln(w, "  "+ansi.NewStyle().Faint().Styled(about))
}

// Letter returns the letter before an option.
func Letter(i int) string { return string(rune('a' + i)) }

// Letters returns the letters of the options of a question.
func Letters(q quiz.Question) string { return "a to " + Letter(len(q.Options)-1) }

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

// Questions lists questions with their answers, as text or as JSON.
func Questions(out io.Writer, all []quiz.Question, width int, format string) error {
	if format == "json" {
		var list []questionJSON
		for _, q := range all {
			j := questionJSON{Name: q.Name, Term: q.Term, Tree: redact.Text(q.Tree), Finds: q.Finds, Ask: q.Ask}
			for _, o := range q.Options {
				j.Options = append(j.Options, optionJSON(o))
			}
			list = append(list, j)
		}
		return JSON(out, "questions", list)
	}
	w := bufio.NewWriter(out)
	for i, q := range all {
		Question(w, fmt.Sprintf("%d of %d: %s", i+1, len(all), q.Name), q, width)
		for _, o := range q.Options {
			mark := "✗ "
			if o.Right {
				mark = ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓") + " "
			}
			fmt.Fprint(w, Listed(mark, o.Text, width)+Wrapped(o.Why, "    ", width))
		}
		printTerm(w, q)
	}
	return w.Flush()
}
