package show

import (
	"fmt"
	"io"

	"tracelab/internal/words"
	"tracelab/tracetree"
)

// A Comparison is the result of comparing traces with expected ones.
type Comparison struct {
	Equal        bool
	Trees, Spans int // of the traces
	Different    int // trees that are not among the expected ones, if each was compared by itself
	// Head is a sentence before the report, and Hint one after it. Both may be empty.
	Head, Hint string
	Report     *tracetree.Report // nil if the traces are equal
}

type comparisonJSON struct {
	Equal     bool       `json:"equal"`
	Trees     int        `json:"trees"`
	Spans     int        `json:"spans"`
	Different int        `json:"different_trees,omitempty"`
	Summary   string     `json:"summary,omitempty"`
	Lines     []lineJSON `json:"lines,omitempty"`
}

type lineJSON struct {
	Op   string `json:"op"` // "equal", "missing", "unexpected" or "different"
	Text string `json:"text"`
	Note string `json:"note,omitempty"`
}

var ops = map[byte]string{' ': "equal", '-': "missing", '+': "unexpected", '~': "different"}

// Compared prints a comparison as text or as JSON.
func Compared(w io.Writer, c *Comparison, format string) error {
	if format == "json" {
		return comparedJSON(w, c)
	}
	if c.Equal {
		_, err := fmt.Fprintf(w, "as expected: %s, %s\n", words.Count(c.Trees, "tree"), words.Count(c.Spans, "span"))
		return err
	}
	if c.Head != "" {
		fmt.Fprintf(w, "%s\n\n", c.Head)
	}
	if err := Report(w, c.Report); err != nil {
		return err
	}
	if c.Hint != "" {
		_, err := fmt.Fprintf(w, "\n%s\n", c.Hint)
		return err
	}
	return nil
}

func comparedJSON(w io.Writer, c *Comparison) error { return JSON(w, "comparison", c.json()) }

func (c *Comparison) json() comparisonJSON {
	out := comparisonJSON{Equal: c.Equal, Trees: c.Trees, Spans: c.Spans, Different: c.Different}
	if c.Report != nil {
		report := Masked(c.Report)
		out.Summary = report.Summary()
		for _, line := range report.Lines {
			out.Lines = append(out.Lines, lineJSON{ops[byte(line.Op)], line.Text, line.Note})
		}
	}
	return out
}
