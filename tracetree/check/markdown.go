package check

import (
	"fmt"
	"strings"

	"tracelab/tracetree"
)

// markdown returns the documentation of checks, as it is in docs/checks.md.
func markdown(checks []Check) string {
	var b strings.Builder
	b.WriteString("| check | severity | what is wrong |\n| --- | --- | --- |\n")
	for _, c := range checks {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", c.ID, c.ID, c.Severity, c.Title)
	}
	for _, c := range checks {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", c.ID, strings.TrimSpace(c.Doc))
		inTheCourse(&b, &c)
		examples(&b, "This is flagged", c.bad)
		examples(&b, "This is not", c.good)
	}
	return b.String()
}

// inTheCourse writes the check's items of the course's lists.
func inTheCourse(b *strings.Builder, c *Check) {
	for _, item := range c.Lesson {
		fmt.Fprintf(b, "In the course: \"%s\".\n\n", item)
	}
	for _, item := range c.Mistakes {
		fmt.Fprintf(b, "Among the course's common mistakes: \"%s\".\n\n", item)
	}
}

func examples(b *strings.Builder, head string, examples []example) {
	for _, e := range examples {
		fmt.Fprintf(b, "%s: %s.\n\n%s", head, e.Why, e.text())
	}
}

// text returns the example's traces, and the config that is not the default, in blocks of Markdown.
func (e *example) text() string {
	var b strings.Builder
	if config := e.Config.yaml(); config != "" {
		fmt.Fprintf(&b, "```yaml\n%s```\n\n", config)
	}
	if e.Tree == "" {
		fmt.Fprintf(&b, "```spans\n%s```\n\n", unindented(e.Spans))
		return b.String()
	}
	tree, err := tracetree.Tidy(e.Tree)
	if err != nil {
		tree = e.Tree + "\n" // printed as it is; a test reports the error
	}
	fmt.Fprintf(&b, "```tree\n%s```\n\n", tree)
	return b.String()
}

// yaml returns the limits and routes of a config in the form of a config file.
func (c *Config) yaml() string {
	var b strings.Builder
	b.WriteString("limits:\n")
	for _, limit := range []struct {
		key string
		n   int
	}{
		{"spans_per_trace", c.Limits.SpansPerTrace},
		{"internal_per_service", c.Limits.InternalPerService},
		{"short_spans", c.Limits.ShortSpans},
		{"repeated_siblings", c.Limits.RepeatedSiblings},
		{"names_per_route", c.Limits.NamesPerRoute},
	} {
		if limit.n > 0 {
			fmt.Fprintf(&b, "  %s: %d\n", limit.key, limit.n)
		}
	}
	if b.String() == "limits:\n" {
		b.Reset()
	}
	if len(c.Routes) > 0 {
		b.WriteString("routes:\n")
	}
	for _, route := range c.Routes {
		fmt.Fprintf(&b, "  - span: %q\n    io:\n", route.Label)
		for _, io := range route.IO {
			fmt.Fprintf(&b, "      - %q\n", io)
		}
	}
	return b.String()
}

// unindented returns lines without indentation and without empty ones.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Explain returns the documentation of one check, for a terminal.
func Explain(c Check) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s\n\n%s\n\n", c.ID, c.Severity, c.Title, strings.TrimSpace(c.Doc))
	inTheCourse(&b, &c)
	examples(&b, "This is flagged", c.bad)
	examples(&b, "This is not", c.good)
	return strings.TrimRight(b.String(), "\n") + "\n"
}
