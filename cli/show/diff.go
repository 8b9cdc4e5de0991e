package show

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"tracelab/cli/draw"
	"tracelab/internal/words"
	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

// Diff is the difference between the traces of two files. Its labels and values have no secrets,
// but the report may.
type Diff struct {
	Before, After string // the names of the files
	Spans         int    // of the second file
	Shapes        ShapeDiff
	Durations     []stats.Comparison
	Errors        []stats.ErrorChange
	Attributes    []stats.AttributeChange // nil if they are not compared
	FailedOn      []string                // the differences that make the command fail
}

// diffJSON has the keys of a comparison, which are about the shapes, and those of the other
// differences.
type diffJSON struct {
	comparisonJSON
	Before     string                  `json:"before"`
	After      string                  `json:"after"`
	Shapes     ShapeDiff               `json:"shapes"`
	Durations  []stats.Comparison      `json:"durations"`
	Errors     []stats.ErrorChange     `json:"errors"`
	Attributes []stats.AttributeChange `json:"attributes,omitempty"`
	FailedOn   []string                `json:"failed_on"`
}

// ShapeDiff compares trees as they are printed. Equal trees are one shape.
type ShapeDiff struct {
	Before     int `json:"trees_before"`
	After      int `json:"trees_after"`
	Both       int `json:"shapes_in_both"`
	OnlyBefore int `json:"shapes_only_before"`
	OnlyAfter  int `json:"shapes_only_after"`
	// Report compares one tree of each shape that only one file has. It is nil without such shapes.
	Report *tracetree.Report `json:"-"`
}

// Same reports whether both files have the same shapes, however often.
func (s ShapeDiff) Same() bool { return s.OnlyBefore == 0 && s.OnlyAfter == 0 }

// PrintDiff prints a difference as "text" or "json". In text, no difference prints nothing.
func PrintDiff(w io.Writer, d Diff, format string) error {
	if format == "json" {
		shapes := Comparison{Equal: d.Shapes.Same(), Trees: d.Shapes.After, Spans: d.Spans, Report: d.Shapes.Report}
		return JSON(w, "diff", diffJSON{
			shapes.json(), Text(d.Before), Text(d.After), d.Shapes, d.Durations, d.Errors, d.Attributes, d.FailedOn,
		})
	}
	var parts []string
	for _, part := range []func(io.Writer) error{d.shapes, d.durations, d.errors, d.attributes} {
		var b strings.Builder
		if err := part(&b); err != nil {
			return err
		}
		if b.Len() > 0 {
			parts = append(parts, b.String())
		}
	}
	if len(parts) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "- %s\n+ %s\n\n%s", Text(d.Before), Text(d.After), strings.Join(parts, "\n"))
	return err
}

// shapes prints how the trees differ.
func (d Diff) shapes(w io.Writer) error {
	s := d.Shapes
	if s.Same() {
		return nil
	}
	if s.Before > 1 || s.After > 1 {
		fmt.Fprintf(w, "%s and %s: %s in both, %d only before, %d only after\n\n",
			words.Count(s.Before, "tree"), words.Count(s.After, "tree"), words.Count(s.Both, "shape"), s.OnlyBefore, s.OnlyAfter)
	}
	return Report(w, s.Report)
}

// durations prints the operations that take longer or shorter, the largest changes first, and then
// those of which too few calls are known to tell.
func (d Diff) durations(w io.Writer) error {
	var clear, unclear []stats.Comparison
	for _, c := range d.Durations {
		switch {
		case c.Became(stats.Slower, 0), c.Became(stats.Faster, 0):
			clear = append(clear, c)
		case c.Verdict == stats.TooFew && (c.Change >= seems || c.Change <= -seems/(1+seems)):
			unclear = append(unclear, c)
		}
	}
	if len(clear) > 0 {
		head := "durations differ:"
		if d.Shapes.Same() {
			head = "same shape; durations differ:"
		}
		fmt.Fprintln(w, Bold(head))
		if err := printComparisons(w, clear); err != nil || len(unclear) == 0 {
			return err
		}
		fmt.Fprintln(w)
	}
	if len(unclear) > 0 {
		fmt.Fprintln(w, Bold("too few calls to tell whether durations differ:"))
		return printComparisons(w, unclear)
	}
	return nil
}

const (
	// seems is the change from which an operation is printed although there are too few calls for a
	// verdict.
	seems = 0.2
	// mostComparisons is how many operations are printed.
	mostComparisons = 20
)

// printComparisons prints the operations with the largest changes.
func printComparisons(w io.Writer, list []stats.Comparison) error {
	slices.SortStableFunc(list, func(a, b stats.Comparison) int {
		return cmp.Compare(extent(b), extent(a))
	})
	var rows [][]string
	for _, c := range list[:min(len(list), mostComparisons)] {
		rows = append(rows, []string{
			draw.Clean(c.Label), fmt.Sprintf("%d → %d", c.Before.Known, c.After.Known),
			draw.Duration(c.Before.P50) + " → " + draw.Duration(c.After.P50), percentage(c.Change),
			draw.Duration(c.Before.P95) + " → " + draw.Duration(c.After.P95),
		})
	}
	err := draw.Table(w, []draw.Column{
		{Head: "operation"},
		{Head: "calls", Right: true},
		{Head: "p50", Right: true},
		{Head: "change", Right: true},
		{Head: "p95", Right: true},
	}, rows)
	if more := len(list) - mostComparisons; more > 0 && err == nil {
		_, err = fmt.Fprintf(w, "and %s more\n", words.Count(more, "operation"))
	}
	return err
}

// extent returns how large the change of the percentiles is, in either direction.
func extent(c stats.Comparison) float64 {
	log := func(change float64) float64 { return math.Abs(math.Log(min(max(1+change, 1e-9), 1e9))) }
	if c.Tail == nil {
		return log(c.Change)
	}
	return max(log(c.Change), log(c.Tail.Change))
}

func percentage(change float64) string {
	switch {
	case change == math.MaxFloat64:
		return "from 0"
	case change >= 10:
		return "×" + strconv.FormatFloat(1+change, 'f', 0, 64)
	}
	return fmt.Sprintf("%+.0f%%", 100*change)
}

// errors prints the operations that fail more often.
func (d Diff) errors(w io.Writer) error {
	if len(d.Errors) == 0 {
		return nil
	}
	fmt.Fprintln(w, Bold("more errors:"))
	var rows [][]string
	for _, e := range d.Errors {
		rows = append(rows, []string{
			draw.Clean(e.Label), fmt.Sprintf("%d of %d", e.Before.Errors, e.Before.Calls),
			fmt.Sprintf("%d of %d", e.After.Errors, e.After.Calls),
		})
	}
	return draw.Table(w, []draw.Column{{Head: "operation"}, {Head: "before", Right: true}, {Head: "after", Right: true}},
		rows)
}

// attributes prints the attributes that differ.
func (d Diff) attributes(w io.Writer) error {
	if len(d.Attributes) == 0 {
		return nil
	}
	fmt.Fprintln(w, Bold("attributes differ:"))
	var rows [][]string
	for _, a := range d.Attributes {
		rows = append(rows, []string{draw.Clean(a.Label), draw.Clean(a.Key), values(a.Before), values(a.After)})
	}
	return draw.Table(w, []draw.Column{{Head: "operation"}, {Head: "attribute"}, {Head: "before"}, {Head: "after"}}, rows)
}

// values prints the values of an attribute, shortened.
func values(list []string) string {
	if len(list) == 0 {
		return "(none)"
	}
	var parts []string
	for _, v := range list {
		if runes := []rune(v); len(runes) > 40 {
			v = string(runes[:39]) + "…"
		}
		parts = append(parts, draw.Clean(v))
	}
	return strings.Join(parts, ", ")
}
