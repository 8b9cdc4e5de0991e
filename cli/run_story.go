package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"

	"tracelab/cli/draw"
	"tracelab/lab"
	"tracelab/lab/scenarios"
	"tracelab/redact"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/stats"
)

// introduce prints what a scenario is about. It is there to be read while the scenario runs.
func introduce(w io.Writer, env *environment, s *scenarios.Scenario) error {
	_, err := fmt.Fprintf(w, "%s\n\n%s\n", bold(draw.Clean(redact.Text(s.Title))), story(s.Story, env.width))
	return err
}

// tell prints what happened, what the checks say of it, and what to try next.
func (c *runCommand) tell(w io.Writer, env *environment, o *scenarios.Outcome) error {
	s := o.Scenario
	if err := c.printOutcome(w, env, o, s); err != nil {
		return err
	}
	if slices.Contains(s.Show, "critical-path") {
		fmt.Fprintln(w)
		if err := printWaits(w, o.Forest); err != nil {
			return err
		}
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

// printOutcome prints the answers and the trees, with what the flags and the scenario want shown.
func (c *runCommand) printOutcome(w io.Writer, env *environment, o *scenarios.Outcome, show *scenarios.Scenario) error {
	with := *c
	if show != nil {
		with = c.showing(show.Show)
	}
	printAnswers(w, o.Answers)
	lines := tracetree.Lines(maskedForest(o), with.options()...)
	if len(lines) == 0 {
		fmt.Fprintln(w, "No span was recorded: OTEL_TRACES_SAMPLER samples nothing, or OTEL_SDK_DISABLED is set.")
	}
	d := details{ids: with.IDs, attributes: with.Attributes, logs: map[string][]lab.LogRecord{}}
	if show != nil {
		d.keys = show.Attributes
	}
	if with.Logs {
		for _, record := range o.Logs {
			d.logs[record.SpanID] = append(d.logs[record.SpanID], record)
		}
	}
	if err := (draw.Waterfall{Width: env.width, Below: d.below}).Write(w, lines); err != nil {
		return err
	}
	if len(lines) > 0 && lines[len(lines)-1].Tree > 0 {
		fmt.Fprintln(w, "\n# Each tree has a time scale of its own.")
	}
	if o.DeadLetters > 0 {
		fmt.Fprintf(w, "\nIn the dead-letter queue: %s\n", count(o.DeadLetters, "message"))
	}
	if !with.Wire || len(o.Wire) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", bold("On the wire"))
	for _, hop := range o.Wire {
		printHop(w, hop, "  ")
	}
	return nil
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

// maskedForest builds the trees again, of spans without secrets.
func maskedForest(o *scenarios.Outcome) *tracetree.Forest {
	spans := codec.FromSDK(o.Spans)
	maskSpans(spans)
	return tracetree.Build(spans)
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
func (c *runCommand) printChecks(w io.Writer, o *scenarios.Outcome) error {
	fmt.Fprintln(w)
	all := checkedOf(o)
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
func (c *runCommand) printScenarioBare(ctx context.Context, env *environment, o *scenarios.Outcome) error {
	var err error
	if c.Format == "json" {
		exporter, failed := stdouttrace.New(stdouttrace.WithWriter(env.stdout), stdouttrace.WithPrettyPrint())
		if failed != nil {
			return failed
		}
		err = telemetry.Redacting(exporter).ExportSpans(ctx, o.Spans)
	} else {
		options := c.options()
		if c.Attributes {
			options = append(options, tracetree.Attributes)
		}
		err = details{ids: c.IDs}.writeText(env.stdout, tracetree.Lines(maskedForest(o), options...))
	}
	if err != nil || o.AsExpected() {
		return err
	}
	fmt.Fprintln(env.stderr, "tracelab: this is not as the scenario says: run it without --format to see why")
	return &exitError{code: exitFailed}
}
