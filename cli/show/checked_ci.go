package show

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"tracelab/cli/draw"
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
			test.Failure = &junitFailure{known.ID, Count(len(failed), "finding"), strings.Join(failed, "\n")}
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

func (c *Checked) writeMarkdown(w io.Writer) error {
	if len(c.Findings) > 0 {
		fmt.Fprint(w, "| severity | check | seen | expected | at |\n| --- | --- | --- | --- | --- |\n")
	}
	cell := strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "\n", " ")
	for _, f := range c.Findings {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", f.Severity, f.Check, cell.Replace(draw.Clean(f.Seen)),
			cell.Replace(draw.Clean(f.Expected)), cell.Replace(draw.Clean(f.Label)))
	}
	for _, s := range c.Silenced {
		fmt.Fprintf(w, "\nSilenced %s (%s): %s\n", s.Check, Count(s.Findings, "finding"), cell.Replace(draw.Clean(s.Reason)))
	}
	if c.Report != nil {
		fmt.Fprintf(w, "\n```\n%s```\n", c.Report)
	}
	_, err := fmt.Fprintf(w, "\n%s, %s checked: %s\n", Count(c.Traces, "trace"), Count(c.Spans, "span"), c.Totals())
	return err
}

// writeGitHub writes workflow commands, which GitHub shows as annotations.
func (c *Checked) writeGitHub(w io.Writer) error {
	levels := map[check.Severity]string{check.Error: "error", check.Warning: "warning", check.Info: "notice"}
	escape := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range c.Findings {
		if _, err := fmt.Fprintf(w, "::%s title=%s::%s\n", levels[f.Severity], property.Replace(f.Check),
			escape.Replace(sentence(f))); err != nil {
			return err
		}
	}
	for _, s := range c.Silenced {
		if _, err := fmt.Fprintf(w, "::notice title=%s::silenced, %s: %s\n", property.Replace(s.Check),
			Count(s.Findings, "finding"), escape.Replace(s.Reason)); err != nil {
			return err
		}
	}
	if c.Report != nil {
		_, err := fmt.Fprintf(w, "::error title=expected tree::%s\n", escape.Replace(c.Report.String()))
		return err
	}
	return nil
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
