package show

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/redact"
	"tracelab/internal/words"
	"tracelab/lab"
	"tracelab/lab/scenarios"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/clock"
	"tracelab/tracetree/stats"
)

// Introduction prints the title and the story of a scenario. They can be read while it runs.
func Introduction(w io.Writer, s *scenarios.Scenario, width int) error {
	_, err := fmt.Fprintf(w, "%s\n\n%s\n", Bold(Text(s.Title)), story(s.Story, width))
	return err
}

// Scenario prints the outcome of a scenario, the findings, and the commands to try next.
func (v View) Scenario(w io.Writer, o *scenarios.Outcome) error {
	s := o.Scenario
	if err := v.Outcome(w, o, s); err != nil {
		return err
	}
	if err := v.printChecks(w, o); err != nil {
		return err
	}
	if err := printVerdict(w, o); err != nil {
		return err
	}
	if len(s.Next) > 0 {
		fmt.Fprintf(w, "\n%s\n", Bold("Next"))
	}
	for _, command := range s.Next {
		fmt.Fprintf(w, "  %s\n", Text(command))
	}
	return nil
}

// story wraps the paragraphs of a story. Its claims, in backticks, are bold.
func story(text string, width int) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(text, "\n\n") {
		var styled strings.Builder
		for j, part := range strings.Split(redact.Text(strings.Join(strings.Fields(paragraph), " ")), "`") {
			if part = draw.Clean(part); j%2 == 1 {
				part = Bold("`" + part + "`")
			}
			styled.WriteString(part)
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(Wrapped(styled.String(), "", width))
	}
	return b.String()
}

// Outcome prints the responses and the trees. With show, it also prints what that scenario's file
// selects.
func (v View) Outcome(w io.Writer, o *scenarios.Outcome, show *scenarios.Scenario) error {
	if show == nil {
		show = &scenarios.Scenario{}
	}
	printAnswers(w, o.Answers)
	if err := v.with(show).Trees(w, o.Recording); err != nil {
		return err
	}
	if o.DeadLetters > 0 {
		fmt.Fprintf(w, "\nIn the dead-letter queue: %s\n", words.Count(o.DeadLetters, "message"))
	}
	if !slices.Contains(show.Show, "critical-path") {
		return nil
	}
	fmt.Fprintln(w)
	return printWaits(w, o.Forest)
}

// printAnswers prints a line for each request, equal lines once.
func printAnswers(w io.Writer, answers []lab.Answer) {
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
		fmt.Fprintf(w, "%s%s → %s\n", times, Bold(a.Request.Method+" "+Text(a.Request.Path)),
			Bold(statusText(a.Status)))
		i += n
	}
	if len(answers) > 0 {
		fmt.Fprintln(w)
	}
}

// printWaits prints the critical path of each tree.
func printWaits(w io.Writer, forest *tracetree.Forest) error {
	clocks := clock.Estimate(forest)
	for top := range forest.Tops() {
		path, known := stats.CriticalPath(top, clocks)
		if !known {
			continue
		}
		if err := CriticalPath(w, path); err != nil {
			return err
		}
	}
	return nil
}

// printChecks prints what the checks found, whole, or item by item of the course's list.
func (v View) printChecks(w io.Writer, o *scenarios.Outcome) error {
	fmt.Fprintln(w)
	all := RecordingChecked(o.Recording)
	if v.Explain {
		return all.Explain(w)
	}
	if len(o.Findings.Findings) == 0 {
		_, err := fmt.Fprintln(w, all.Line())
		return err
	}
	fmt.Fprintf(w, "The checks found %s.\n", all.Totals())
	return Findings(w, o.Findings.Findings)
}

func Findings(w io.Writer, findings []check.Finding) error {
	for len(findings) > 0 {
		n := alike(findings)
		fmt.Fprintln(w)
		if err := writeFindings(w, findings[:n]); err != nil {
			return err
		}
		findings = findings[n:]
	}
	return nil
}

// printVerdict prints whether the run matches the scenario's file, and the differences.
func printVerdict(w io.Writer, o *scenarios.Outcome) error {
	if o.AsExpected() {
		_, err := fmt.Fprintf(w, "\n%s\n", Bold("Matches the scenario."))
		return err
	}
	fmt.Fprintf(w, "\n%s\n", ansi.NewStyle().Bold().ForegroundColor(ansi.Red).Styled("Differs from the scenario:"))
	for _, wrong := range o.Wrong {
		fmt.Fprintf(w, "  %s\n", Text(wrong))
	}
	if o.Report == nil {
		return nil
	}
	fmt.Fprintln(w)
	return Report(w, o.Report)
}

// with returns the view with the additional selections of a scenario's file.
func (v View) with(s *scenarios.Scenario) View {
	v.IDs = v.IDs || slices.Contains(s.Show, "ids")
	v.Attributes = v.Attributes || slices.Contains(s.Show, "attributes")
	v.Full = v.Full || slices.Contains(s.Show, "full")
	v.Wire = v.Wire || slices.Contains(s.Show, "wire")
	v.Logs = v.Logs || slices.Contains(s.Show, "logs")
	v.Keys = s.Attributes
	return v
}
