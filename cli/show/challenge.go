package show

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/challenge"
	"tracelab/cli/draw"
	"tracelab/internal/redact"
	"tracelab/tracetree/check"
)

// Challenge is a grade, as it is printed: without secrets.
type Challenge struct {
	grade    challenge.Grade
	language string
}

// NewChallenge returns the grade for printing. The language is the ID of the one that advice is
// for; if it is empty, each item's advice is for the language of its service.
func NewChallenge(grade challenge.Grade, language string) Challenge {
	verdicts := make([]challenge.Verdict, len(grade.Verdicts))
	for i, v := range grade.Verdicts {
		v.Seen, v.At.Label, v.At.Service = redact.Text(v.Seen), redact.Text(v.At.Label), redact.Text(v.At.Service)
		verdicts[i] = v
	}
	grade.Verdicts = verdicts
	return Challenge{grade, language}
}

// Write writes the grade in a format: text, json, junit, markdown or github.
func (c Challenge) Write(w io.Writer, format string) error {
	return writeAs(w, format, c)
}

// mark returns the mark of an item's status in lists.
func (c Challenge) mark(s challenge.Status) string {
	switch s {
	case challenge.Met:
		return ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓")
	case challenge.NotMet:
		return ansi.NewStyle().ForegroundColor(ansi.Red).Styled("✗")
	default:
		return "–"
	}
}

func (c Challenge) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%s (✓ met, ✗ not met, – not visible in this trace)\n", Bold("Challenge"))
	group := ""
	for i := range c.grade.Verdicts {
		v := &c.grade.Verdicts[i]
		if v.Item.Group != group {
			group = v.Item.Group
			fmt.Fprintf(w, "%s\n", Bold(group))
		}
		fmt.Fprintf(w, "  %s %s %s\n", c.mark(v.Status), draw.Clean(v.Item.Title),
			ansi.NewStyle().Faint().Styled("("+v.Item.ID+")"))
		if v.Status == challenge.Met {
			continue
		}
		fmt.Fprintf(w, "      seen  %s\n", draw.Clean(v.Seen))
		if v.At.Span != "" {
			fmt.Fprintf(w, "      at    %s\n", c.at(v))
		}
		fmt.Fprintf(w, "      do    %s\n", c.advice(v))
	}
	_, err := fmt.Fprintf(w, "\n%s\n", c.summary())
	return err
}

// Progress returns the lines of a list of the items, without what was seen instead, followed by the
// first open item with it. They are for a terminal of the given size: if the items don't fit, there
// is a line for each group.
func (c Challenge) Progress(width, most int) []string {
	lines := c.itemLines()
	next := c.nextLines(width)
	if len(lines)+len(next) > most {
		lines = c.groupLines()
	}
	lines = append(lines, next...)
	return lines[:min(len(lines), max(most, 1))]
}

// itemLines returns a line for each item, below one for its group.
func (c Challenge) itemLines() []string {
	var lines []string
	group := ""
	for i := range c.grade.Verdicts {
		v := &c.grade.Verdicts[i]
		if v.Item.Group != group {
			group = v.Item.Group
			lines = append(lines, Bold(group))
		}
		lines = append(lines, fmt.Sprintf("  %s %s", c.mark(v.Status), draw.Clean(v.Item.Title)))
	}
	return lines
}

// groupLines returns a line for each group, with the marks of its items.
func (c Challenge) groupLines() []string {
	var lines []string
	group := ""
	for i := range c.grade.Verdicts {
		v := &c.grade.Verdicts[i]
		if v.Item.Group != group {
			group = v.Item.Group
			lines = append(lines, Bold(fmt.Sprintf("%-16s", group)))
		}
		lines[len(lines)-1] += " " + c.mark(v.Status)
	}
	return lines
}

// nextLines returns the number of met items, and the first open one with what to do. Items that are
// not met come before those that are not visible, which often need them.
func (c Challenge) nextLines(width int) []string {
	total := len(c.grade.Verdicts)
	met := total - c.grade.Open()
	lines := []string{fmt.Sprintf("%d of %d items are met. Ctrl-C stops and prints the result.", met, total)}
	var next *challenge.Verdict
	for i := range c.grade.Verdicts {
		v := &c.grade.Verdicts[i]
		if v.Status != challenge.Met && (next == nil || v.Status > next.Status) {
			next = v
		}
	}
	if next == nil {
		return lines
	}
	lines = append(lines,
		fmt.Sprintf("Next: %s %s", draw.Clean(next.Item.Title), ansi.NewStyle().Faint().Styled("("+next.Item.ID+")")))
	const label = 8
	for _, part := range [][2]string{{"seen", draw.Clean(next.Seen)}, {"do", c.advice(next)}} {
		for i, line := range strings.Split(ansi.Wrap(part[1], max(width-label, label), ""), "\n") {
			if i > 0 {
				part[0] = ""
			}
			lines = append(lines, fmt.Sprintf("  %-*s%s", label-2, part[0], line))
		}
	}
	return lines
}

func (c Challenge) at(v *challenge.Verdict) string {
	return fmt.Sprintf("%s (%s)", draw.Clean(v.At.Label), spanRef(v.At.Trace, v.At.Span))
}

// advice returns what to do about an open item, in the language of the flag or of the service.
func (c Challenge) advice(v *challenge.Verdict) string {
	language := c.language
	if language == "" {
		language = v.Language
	}
	if line := v.Item.AdviceFor(language); line != "" {
		return line
	}
	var ids []string
	for _, l := range challenge.Languages() {
		ids = append(ids, l.ID)
	}
	return "For advice, add --language with one of " + strings.Join(ids, ", ") + "."
}

// summary returns the result in a sentence or two.
func (c Challenge) summary() string {
	total := len(c.grade.Verdicts)
	text := fmt.Sprintf("%d of %d items are met.", total-c.grade.Open(), total)
	if !c.grade.Trace.IsZero() {
		text += fmt.Sprintf(" Graded: trace %s", c.grade.Trace)
		if c.grade.Requests > 1 {
			text += fmt.Sprintf(", the best and latest of %d requests", c.grade.Requests)
		}
		text += "."
	}
	return text
}

type challengeItemJSON struct {
	ID       string           `json:"id"`
	Group    string           `json:"group"`
	Title    string           `json:"title"`
	Status   challenge.Status `json:"status"`
	Seen     string           `json:"seen,omitempty"`
	At       *check.Ref       `json:"at,omitempty"`
	Language string           `json:"language,omitempty"`
	Advice   string           `json:"advice,omitempty"`
}

func (c Challenge) writeJSON(w io.Writer) error {
	out := struct {
		Trace    string              `json:"trace_id,omitempty"`
		Requests int                 `json:"requests"`
		Met      int                 `json:"met"`
		Items    []challengeItemJSON `json:"items"`
	}{Requests: c.grade.Requests, Met: len(c.grade.Verdicts) - c.grade.Open()}
	if !c.grade.Trace.IsZero() {
		out.Trace = c.grade.Trace.String()
	}
	for i := range c.grade.Verdicts {
		v := &c.grade.Verdicts[i]
		item := challengeItemJSON{
			ID: v.Item.ID, Group: v.Item.Group, Title: v.Item.Title, Status: v.Status, Seen: v.Seen, Language: v.Language,
		}
		if v.At.Span != "" {
			item.At = &v.At
		}
		if v.Status != challenge.Met {
			item.Advice = c.advice(v)
		}
		out.Items = append(out.Items, item)
	}
	return JSON(w, "challenge", out)
}

func (c Challenge) writeJUnit(w io.Writer) error {
	suite := junitSuite{Name: "tracelab challenge", Tests: len(c.grade.Verdicts), Failures: c.grade.Open()}
	for i := range c.grade.Verdicts {
		v := &c.grade.Verdicts[i]
		test := junitCase{Class: "tracelab.challenge", Name: v.Item.ID}
		if v.Status != challenge.Met {
			test.Failure = &junitFailure{v.Status.String(), v.Item.Title, c.sentence(v)}
		}
		suite.Cases = append(suite.Cases, test)
	}
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

// sentence returns an open item as one line.
func (c Challenge) sentence(v *challenge.Verdict) string {
	text := v.Item.Title + ": " + v.Status.String() + ": " + draw.Clean(v.Seen)
	if v.At.Span != "" {
		text += ", at " + c.at(v)
	}
	return text + ". " + c.advice(v)
}

func (c Challenge) writeMarkdown(w io.Writer) error {
	fmt.Fprint(w, "| | item | seen | at | what to do |\n| --- | --- | --- | --- | --- |\n")
	marks := map[challenge.Status]string{challenge.Met: "✓", challenge.NotMet: "✗", challenge.NotVisible: "–"}
	for i := range c.grade.Verdicts {
		v := &c.grade.Verdicts[i]
		seen, at, do := "", "", ""
		if v.Status != challenge.Met {
			seen, at, do = v.Seen, v.At.Label, c.advice(v)
		}
		fmt.Fprintf(w, "| %s | %s: %s | %s | %s | %s |\n", marks[v.Status], v.Item.Group, markdownCell(v.Item.Title),
			markdownCell(seen), markdownCell(at), markdownCell(do))
	}
	_, err := fmt.Fprintf(w, "\n%s\n", c.summary())
	return err
}

func (c Challenge) writeGitHub(w io.Writer) error {
	for i := range c.grade.Verdicts {
		v := &c.grade.Verdicts[i]
		if v.Status == challenge.Met {
			continue
		}
		if err := githubCommand(w, "error", v.Item.ID, c.sentence(v)); err != nil {
			return err
		}
	}
	return nil
}
