package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/redact"
	"tracelab/lab/scenarios"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/stats"
)

// introduce prints what a scenario is about. It is there to be read while the scenario runs.
func introduce(w io.Writer, env *environment, s *scenarios.Scenario) error {
	_, err := fmt.Fprintf(w, "%s\n\n%s\n", bold(draw.Clean(redact.Text(s.Title))), story(s.Story, env.width))
	return err
}

// tell prints what happened, what the checks say of it, and what to try next.
func (c runCommand) tell(w io.Writer, env *environment, o *scenarios.Outcome) error {
	s := o.Scenario
	if err := c.printOutcome(w, env, o, s); err != nil {
		return err
	}
	if err := c.printChecks(w, o); err != nil {
		return err
	}
	if err := printVerdict(w, o); err != nil {
		return err
	}
	if len(s.Next) > 0 {
		fmt.Fprintf(w, "\n%s\n", bold("Next"))
	}
	for _, command := range s.Next {
		fmt.Fprintf(w, "  %s\n", redact.Text(draw.Clean(command)))
	}
	return nil
}

// story wraps the paragraphs of a story. What it says in backticks stands out.
func story(text string, width int) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(text, "\n\n") {
		var styled strings.Builder
		for j, part := range strings.Split(redact.Text(strings.Join(strings.Fields(paragraph), " ")), "`") {
			if part = draw.Clean(part); j%2 == 1 {
				part = bold("`" + part + "`")
			}
			styled.WriteString(part)
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(wrapped(styled.String(), "", width))
	}
	return b.String()
}

func recordedBy(o *scenarios.Outcome) *recorded {
	r := newRecorded(o.Spans, o.Wire, o.Logs)
	return &r
}

// printOutcome prints the answers and the trees, with what the flags want shown. With show, it is what that scenario finds
// worth looking at, too.
func (c runCommand) printOutcome(w io.Writer, env *environment, o *scenarios.Outcome, show *scenarios.Scenario) error {
	r := recordedBy(o)
	if show == nil {
		show = &scenarios.Scenario{}
	}
	printAnswers(w, o.Answers)
	if err := c.showing(show.Show).writeTrees(w, env, r, show.Attributes); err != nil {
		return err
	}
	if o.DeadLetters > 0 {
		fmt.Fprintf(w, "\nIn the dead-letter queue: %s\n", count(o.DeadLetters, "message"))
	}
	if !slices.Contains(show.Show, "critical-path") {
		return nil
	}
	fmt.Fprintln(w)
	return printWaits(w, r.forest)
}

// printAnswers prints a line for each request, those that are the same once.
func printAnswers(w io.Writer, answers []scenarios.Answer) {
	for i := 0; i < len(answers); {
		n := 1
		for i+n < len(answers) && answers[i+n].Status == answers[i].Status &&
			answers[i+n].Request.Method == answers[i].Request.Method && answers[i+n].Request.Path == answers[i].Request.Path {
			n++
		}
		a := answers[i]
		times := ""
		if n > 1 {
			times = fmt.Sprintf("%d× ", n)
		}
		fmt.Fprintf(w, "%s%s → %s\n", times, bold(a.Request.Method+" "+redact.Text(draw.Clean(a.Request.Path))),
			bold(fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status))))
		i += n
	}
	if len(answers) > 0 {
		fmt.Fprintln(w)
	}
}

// printWaits prints what each tree was waiting for.
func printWaits(w io.Writer, forest *tracetree.Forest) error {
	for top := range forest.Tops() {
		path, known := stats.CriticalPath(top)
		if !known {
			continue
		}
		if err := printPath(w, path); err != nil {
			return err
		}
	}
	return nil
}

// printChecks prints what the checks found, whole, or item by item of the course's list.
func (c runCommand) printChecks(w io.Writer, o *scenarios.Outcome) error {
	fmt.Fprintln(w)
	all := newChecked(o.Forest, o.Checked)
	if c.Explain {
		return all.explain(w)
	}
	if len(o.Checked.Findings) == 0 {
		_, err := fmt.Fprintf(w, "%d checks: nothing is wrong.\n", len(all.checks))
		return err
	}
	fmt.Fprintf(w, "%d checks: %s.\n", len(all.checks), all.verdict())
	return printFindings(w, o.Checked.Findings)
}

func printFindings(w io.Writer, findings []check.Finding) error {
	for i := range findings {
		fmt.Fprintln(w)
		if err := writeFinding(w, &findings[i]); err != nil {
			return err
		}
	}
	return nil
}

// printVerdict says whether all is as the scenario's file says, and what isn't.
func printVerdict(w io.Writer, o *scenarios.Outcome) error {
	if o.AsExpected() {
		_, err := fmt.Fprintf(w, "\n%s\n", bold("All of this is as the scenario says."))
		return err
	}
	fmt.Fprintf(w, "\n%s\n", ansi.NewStyle().Bold().ForegroundColor(ansi.Red).Styled("This is not as the scenario says:"))
	for _, wrong := range o.Wrong {
		fmt.Fprintf(w, "  %s\n", redact.Text(draw.Clean(wrong)))
	}
	if o.Report == nil {
		return nil
	}
	fmt.Fprintln(w)
	return printReport(w, o.Report)
}

// printScenarioBare prints nothing but the spans: as notation, or as JSON.
func (c runCommand) printScenarioBare(ctx context.Context, env *environment, o *scenarios.Outcome) error {
	err := c.writeBare(ctx, env, recordedBy(o))
	if err != nil || o.AsExpected() {
		return err
	}
	fmt.Fprintln(env.stderr, "tracelab: this is not as the scenario says: run it without --format to see why")
	return &exitError{code: exitFailed}
}
