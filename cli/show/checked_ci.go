package show

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"tracelab/cli/draw"
	"tracelab/internal/words"
	"tracelab/tracetree/check"
)

// Formats for other programs: JUnit's XML for CI servers, Markdown for comments, and the
// annotations of GitHub's actions.

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure"`
	Skipped *junitSkipped `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// writeJUnit writes a test case for each check: it fails with its errors and
// warnings, and remarks are its output.
func (c *Checked) writeJUnit(w io.Writer) error {
	suite := junitSuite{Name: "tracelab check"}
	for _, known := range c.Checks {
		test := junitCase{Class: "tracelab.check", Name: known.ID}
		var failed, remarks []string
		for _, f := range c.Findings {
			switch {
			case f.Check != known.ID:
			case f.Severity == check.Info:
				remarks = append(remarks, sentence(f))
			default:
				failed = append(failed, f.Severity.String()+": "+sentence(f))
			}
		}
		for _, s := range c.Silenced {
			if s.Check == known.ID {
				test.Skipped = &junitSkipped{draw.Clean(s.Reason)}
			}
		}
		if len(failed) > 0 {
			test.Failure = &junitFailure{known.ID, words.Count(len(failed), "finding"), strings.Join(failed, "\n")}
			suite.Failures++
		}
		test.Output = strings.Join(remarks, "\n")
		suite.Cases = append(suite.Cases, test)
	}
	if c.Report != nil {
		suite.Failures++
		suite.Cases = append(suite.Cases, junitCase{
			Class: "tracelab.expect", Name: "expected tree",
			Failure: &junitFailure{"expected tree", c.Report.Summary(), c.Report.String()},
		})
	}
	suite.Tests = len(suite.Cases)
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

// markdownCell returns text for a cell of a table.
func markdownCell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "\n", " ").Replace(draw.Clean(text))
}

func (c *Checked) writeMarkdown(w io.Writer) error {
	if len(c.Findings) > 0 {
		fmt.Fprint(w, "| severity | check | seen | expected | at |\n| --- | --- | --- | --- | --- |\n")
	}
	for _, f := range c.Findings {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", f.Severity, f.Check, markdownCell(f.Seen),
			markdownCell(f.Expected), markdownCell(f.Label))
	}
	for _, s := range c.Silenced {
		fmt.Fprintf(w, "\nSilenced %s (%s): %s\n", s.Check, words.Count(s.Findings, "finding"), markdownCell(s.Reason))
	}
	if c.Report != nil {
		fmt.Fprintf(w, "\n```\n%s```\n", c.Report)
	}
	_, err := fmt.Fprintf(w, "\n%s, %s checked: %s\n", words.Count(c.Traces, "trace"), words.Count(c.Spans, "span"),
		c.Totals())
	return err
}

// writeGitHub writes workflow commands, which GitHub shows as annotations.
func (c *Checked) writeGitHub(w io.Writer) error {
	levels := map[check.Severity]string{check.Error: "error", check.Warning: "warning", check.Info: "notice"}
	for _, f := range c.Findings {
		if err := githubCommand(w, levels[f.Severity], f.Check, sentence(f)); err != nil {
			return err
		}
	}
	for _, s := range c.Silenced {
		text := fmt.Sprintf("silenced, %s: %s", words.Count(s.Findings, "finding"), s.Reason)
		if err := githubCommand(w, "notice", s.Check, text); err != nil {
			return err
		}
	}
	if c.Report != nil {
		return githubCommand(w, "error", "expected tree", c.Report.String())
	}
	return nil
}

// githubCommand writes a workflow command, which GitHub shows as an annotation.
func githubCommand(w io.Writer, level, title, text string) error {
	escape := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	_, err := fmt.Fprintf(w, "::%s title=%s::%s\n", level, property.Replace(title), escape.Replace(text))
	return err
}

// sentence returns a finding as one line.
func sentence(f check.Finding) string {
	text := draw.Clean(f.Seen) + "; expected " + draw.Clean(f.Expected)
	if f.Label != "" {
		text = draw.Clean(f.Label) + ": " + text + " (" + spanRef(f.Trace, f.Span) + ")"
	}
	if len(f.Causes) > 0 {
		text += "; likely " + draw.Clean(f.Causes[0])
	}
	return text
}
