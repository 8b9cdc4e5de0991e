package check

import (
	"fmt"
	"strings"

	"tracelab/tracetree"
)

// Markdown returns the documentation of checks, as docs/checks.md has it.
func Markdown(checks []Check) string {
	var b strings.Builder
	b.WriteString("| check | severity | what is wrong |\n| --- | --- | --- |\n")
	for _, c := range checks {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", c.ID, c.ID, c.Severity, c.Title)
	}
	for _, c := range checks {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", c.ID, strings.TrimSpace(c.Doc))
		inTheCourse(&b, &c)
		examples(&b, "This is flagged", c.Bad)
		examples(&b, "This is not", c.Good)
	}
	return b.String()
}

// inTheCourse says what the course calls it.
func inTheCourse(b *strings.Builder, c *Check) {
	for _, item := range c.Lesson {
		fmt.Fprintf(b, "In the course: \"%s\".\n\n", item)
	}
	for _, item := range c.Mistakes {
		fmt.Fprintf(b, "Among the course's common mistakes: \"%s\".\n\n", item)
	}
}

func examples(b *strings.Builder, head string, examples []Example) {
	for _, e := range examples {
		fmt.Fprintf(b, "%s: %s.\n\n", head, e.Why)
		if e.Tree != "" {
			tree, err := tracetree.Tidy(e.Tree)
			if err != nil {
				tree = e.Tree + "\n" // it is shown as it is, and a test says what is wrong with it
			}
			fmt.Fprintf(b, "```tree\n%s```\n\n", tree)
			continue
		}
		b.WriteString(spanTable(e.Spans))
	}
}

// spanTable shows what the notation can't say. Only the columns in which there
// is something are there.
func spanTable(spans []tracetree.Span) string {
	columns := []struct {
		head string
		cell func(*tracetree.Span) string
	}{
		{"trace", func(s *tracetree.Span) string { return short(s.TraceID.String()) }},
		{"span", func(s *tracetree.Span) string { return short(s.SpanID.String()) }},
		{"parent", func(s *tracetree.Span) string {
			if s.Parent.IsZero() {
				return ""
			}
			return short(s.Parent.String())
		}},
		{"service", func(s *tracetree.Span) string {
			if s.Origin == nil {
				return ""
			}
			return s.Service()
		}},
		{"kind", func(s *tracetree.Span) string {
			if s.Kind == tracetree.KindUnspecified {
				return ""
			}
			return s.Kind.String()
		}},
		{"name", func(s *tracetree.Span) string { return s.Name }},
		{"start", func(s *tracetree.Span) string { return when(s.Start) }},
		{"end", func(s *tracetree.Span) string { return when(s.End) }},
		{"status", func(s *tracetree.Span) string {
			if s.Status == tracetree.StatusUnset {
				return ""
			}
			return strings.TrimSpace(s.Status.String() + " " + s.StatusMessage)
		}},
		{"attributes", func(s *tracetree.Span) string { return attributeList(s.Attributes) }},
		{"resource", func(s *tracetree.Span) string {
			if s.Origin == nil {
				return ""
			}
			return attributeList(s.Origin.Resource)
		}},
		{"links to", func(s *tracetree.Span) string {
			var links []string
			for _, link := range s.Links {
				links = append(links, short(link.TraceID.String())+"/"+short(link.SpanID.String()))
			}
			return strings.Join(links, ", ")
		}},
	}
	var heads []string
	rows := make([][]string, len(spans))
	for _, column := range columns {
		used := false
		cells := make([]string, len(spans))
		for i := range spans {
			cells[i] = column.cell(&spans[i])
			used = used || cells[i] != ""
		}
		if !used {
			continue
		}
		heads = append(heads, column.head)
		for i := range rows {
			rows[i] = append(rows[i], strings.ReplaceAll(cells[i], "|", `\|`))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat(" --- |", len(heads)))
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	b.WriteByte('\n')
	return b.String()
}

// short drops the zeros at the end of an id that was made up for an example.
func short(id string) string {
	if id = strings.TrimRight(id, "0"); id == "" {
		return "0"
	}
	return id
}

func when(t int64) string {
	if t == 0 {
		return ""
	}
	return fmt.Sprintf("%gms", float64(t)/1e6)
}

func attributeList(attrs []tracetree.Attr) string {
	var texts []string
	for _, a := range attrs {
		if a.Key != "service.name" {
			texts = append(texts, "`"+a.Key+"="+a.Value.Text()+"`")
		}
	}
	return strings.Join(texts, ", ")
}

// Explain returns the documentation of one check, for a terminal.
func Explain(c Check) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s\n\n%s\n\n", c.ID, c.Severity, c.Title, strings.TrimSpace(c.Doc))
	inTheCourse(&b, &c)
	examples(&b, "This is flagged", c.Bad)
	examples(&b, "This is not", c.Good)
	return strings.TrimRight(b.String(), "\n") + "\n"
}
