package show

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/words"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Checked is the result of running the checks on a capture.
type Checked struct {
	check.Result
	Checks        []check.Check
	Traces, Spans int
	Unchecked     []string          // the checks that had nothing to look at
	Report        *tracetree.Report // nil: the tree is the expected one, or no tree was expected
}

func (c *Checked) Write(w io.Writer, format string) error {
	return writeAs(w, format, c)
}

var severityColors = map[check.Severity]ansi.BasicColor{
	check.Error: ansi.Red, check.Warning: ansi.Yellow,
	check.Info: ansi.Cyan,
}

func (c *Checked) writeText(w io.Writer) error {
	for rest := c.Findings; len(rest) > 0; {
		n := alike(rest)
		if err := writeFindings(w, rest[:n]); err != nil {
			return err
		}
		fmt.Fprintln(w)
		rest = rest[n:]
	}
	for _, s := range c.Silenced {
		fmt.Fprintf(w, "silenced %s: %s, %s\n", s.Check, words.Count(s.Findings, "finding"), draw.Clean(s.Reason))
	}
	if c.Report != nil {
		if err := Report(w, c.Report); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	if rows := c.summary(); len(rows) > 0 {
		if err := draw.Table(w, []draw.Column{{Head: "check"}, {Head: "severity"}, {Head: "findings", Right: true}},
			rows); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "%s, %s checked: %s\n", words.Count(c.Traces, "trace"), words.Count(c.Spans, "span"),
		c.Totals())
	return err
}

// alike returns the number of leading findings that have the check, severity, expectation and
// causes of the first.
func alike(findings []check.Finding) int {
	first := &findings[0]
	n := 1
	for n < len(findings) {
		f := &findings[n]
		if f.Check != first.Check || f.Severity != first.Severity || f.Expected != first.Expected ||
			!slices.Equal(f.Causes, first.Causes) {
			break
		}
		n++
	}
	return n
}

// writeFindings writes findings that are alike: what was seen and where of each, and what was
// expected and the likely causes once. A remark among several has a line with its service instead
// of its place.
func writeFindings(w io.Writer, findings []check.Finding) error {
	first := &findings[0]
	severity := ansi.NewStyle().Bold().ForegroundColor(severityColors[first.Severity]).Styled(first.Severity.String())
	for i := range findings {
		f := &findings[i]
		if len(findings) > 1 && f.Severity == check.Info && f.Service != "" && len(f.Related) == 0 {
			fmt.Fprintf(w, "%s %s: %s: %s\n", severity, f.Check, draw.Clean(f.Service), draw.Clean(f.Seen))
			continue
		}
		fmt.Fprintf(w, "%s %s: %s\n", severity, f.Check, draw.Clean(f.Seen))
		if f.Label != "" {
			fmt.Fprintf(w, "  at        %s (%s)\n", draw.Clean(f.Label), spanRef(f.Trace, f.Span))
		}
		for _, r := range f.Related {
			fmt.Fprintf(w, "  and       %s (%s)\n", draw.Clean(r.Label), spanRef(r.Trace, r.Span))
		}
	}
	_, err := fmt.Fprintf(w, "  expected  %s\n", draw.Clean(first.Expected))
	for i, cause := range first.Causes {
		head := "        "
		if i == 0 {
			head = "likely  "
		}
		_, err = fmt.Fprintf(w, "  %s  %s\n", head, draw.Clean(cause))
	}
	return err
}

func spanRef(trace, span string) string {
	if span == "" {
		return "trace " + trace
	}
	return "span " + span + " of trace " + trace
}

// summary counts the findings by check and severity, in the order in which they occur.
func (c *Checked) summary() [][]string {
	var rows [][]string
	counts := map[[2]string]int{}
	for _, f := range c.Findings {
		key := [2]string{f.Check, f.Severity.String()}
		if counts[key] == 0 {
			rows = append(rows, key[:])
		}
		counts[key]++
	}
	for i, row := range rows {
		rows[i] = append(row, fmt.Sprint(counts[[2]string{row[0], row[1]}]))
	}
	return rows
}

// Totals returns the number of findings of each severity as a sentence.
func (c *Checked) Totals() string {
	counts := map[check.Severity]int{}
	for _, f := range c.Findings {
		counts[f.Severity]++
	}
	var parts []string
	for _, s := range []check.Severity{check.Error, check.Warning, check.Info} {
		if n := counts[s]; n > 0 {
			noun := s.String()
			if s == check.Info {
				noun = "remark"
			}
			parts = append(parts, words.Count(n, noun))
		}
	}
	if len(parts) == 0 {
		return "all checks passed"
	}
	return strings.Join(parts, ", ")
}

func (c *Checked) writeJSON(w io.Writer) error {
	out := struct {
		Traces   int              `json:"traces"`
		Spans    int              `json:"spans"`
		Findings []check.Finding  `json:"findings"`
		Silenced []check.Silenced `json:"silenced,omitempty"`
		Expected string           `json:"expected_tree,omitempty"`
	}{Traces: c.Traces, Spans: c.Spans, Findings: c.Findings, Silenced: c.Silenced}
	if c.Report != nil {
		out.Expected = c.Report.Summary()
	}
	return JSON(w, "findings", out)
}

type checkJSON struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Title    string `json:"title"`
	Text     string `json:"explanation,omitempty"`
}

// Checks lists checks, as text or as JSON.
func Checks(w io.Writer, checks []check.Check, format string) error {
	if format == "json" {
		list := make([]checkJSON, len(checks))
		for i, c := range checks {
			list[i] = checkJSON{ID: c.ID, Severity: c.Severity.String(), Title: c.Title}
		}
		return JSON(w, "checks", list)
	}
	var rows [][]string
	for _, c := range checks {
		rows = append(rows, []string{c.ID, c.Severity.String(), c.Title})
	}
	return draw.Table(w, []draw.Column{{Head: "check"}, {Head: "severity"}, {Head: "what is wrong"}}, rows)
}

// Check explains a check, as text or as JSON.
func Check(w io.Writer, c check.Check, format string) error {
	if format == "json" {
		return JSON(w, "check", checkJSON{c.ID, c.Severity.String(), c.Title, check.Explain(c)})
	}
	_, err := fmt.Fprint(w, check.Explain(c))
	return err
}
