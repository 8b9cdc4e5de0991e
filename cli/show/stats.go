package show

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"tracelab/cli/draw"
	"tracelab/internal/words"
	"tracelab/tracetree/stats"
)

// The formats of Map, and those of Operations and CriticalPaths.
var (
	MapFormats    = []string{"tree", "text", "json", "mermaid", "dot"}
	FigureFormats = []string{"tree", "text", "json"}
)

// Map prints a service map in one of MapFormats.
func Map(w io.Writer, m stats.Map, format string) error {
	switch format {
	case "json":
		return JSON(w, "map", m)
	case "mermaid":
		_, err := io.WriteString(w, m.Mermaid())
		return err
	case "dot":
		_, err := io.WriteString(w, m.DOT())
		return err
	default:
		_, err := io.WriteString(w, m.Text())
		return err
	}
}

// Operations prints figures about operations in one of FigureFormats.
func Operations(w io.Writer, operations []stats.Operation, format string) error {
	if format == "json" {
		return JSON(w, "operations", operations)
	}
	var rows [][]string
	for _, o := range operations {
		row := []string{draw.Clean(o.Label), strconv.Itoa(o.Calls), "?", fmt.Sprintf("%.3g%%", 100*o.ErrorRate)}
		if o.Rate > 0 {
			row[2] = fmt.Sprintf("%.3g/s", o.Rate)
		}
		rows = append(rows, append(append(row, quantiles(o.Durations)...), quantiles(o.SelfTimes)[0]))
	}
	return draw.Table(w, []draw.Column{
		{Head: "operation"},
		{Head: "calls", Right: true},
		{Head: "rate", Right: true},
		{Head: "errors", Right: true},
		{Head: "p50", Right: true},
		{Head: "p95", Right: true},
		{Head: "p99", Right: true},
		{Head: "max", Right: true},
		{Head: "self p50", Right: true},
	}, rows)
}

// quantiles returns the texts of p50, p95, p99 and the longest.
func quantiles(d *stats.Durations) []string {
	if d == nil {
		return []string{"?", "?", "?", "?"}
	}
	return []string{draw.Duration(d.P50), draw.Duration(d.P95), draw.Duration(d.P99), draw.Duration(d.Max)}
}

// CriticalPaths prints critical paths, and what they have in common, in one of FigureFormats.
func CriticalPaths(w io.Writer, paths []stats.Path, format string) error {
	if format == "json" {
		return JSON(w, "paths", struct {
			Paths  []stats.Path  `json:"paths"`
			Totals []stats.Total `json:"totals"`
		}{paths, stats.Totals(paths)})
	}
	if len(paths) > manyPaths {
		fmt.Fprintf(w, "%d critical paths: --trace ID shows one of them\n", len(paths))
	} else {
		for i, path := range paths {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := CriticalPath(w, path); err != nil {
				return err
			}
		}
	}
	if len(paths) < 2 {
		return nil
	}
	var sum time.Duration
	totals := stats.Totals(paths)
	for _, total := range totals {
		sum += total.Total
	}
	fmt.Fprintf(w, "\nall %d of them took %s\n", len(paths), draw.Duration(sum))
	return pathTotals(w, totals)
}

const (
	// manyPaths is the number of critical paths above which only their totals are printed.
	manyPaths = 20
	// manySpans is the number of spans above which a critical path has a row for each label instead
	// of each span, and the most labels that have a row.
	manySpans = 40
)

func pathTotals(w io.Writer, totals []stats.Total) error {
	var rows [][]string
	for _, total := range totals[:min(len(totals), manySpans)] {
		rows = append(rows, pathRow(total.Total, total.Share, total.Label))
	}
	err := draw.Table(w, pathColumns, rows)
	if more := len(totals) - manySpans; more > 0 && err == nil {
		var rest time.Duration
		for _, total := range totals[manySpans:] {
			rest += total.Total
		}
		_, err = fmt.Fprintf(w, "and %s more, which took %s\n", words.Count(more, "operation"), draw.Duration(rest))
	}
	return err
}

func pathRow(waited time.Duration, share float64, label string) []string {
	return []string{draw.Duration(waited), fmt.Sprintf("%.0f%%", 100*share), draw.Clean(label)}
}

// CriticalPath prints the spans that determine how long one tree takes.
func CriticalPath(w io.Writer, path stats.Path) error {
	fmt.Fprintf(w, "trace %s took %s", path.TraceID, draw.Duration(path.Whole))
	if path.Whole > path.Duration {
		fmt.Fprintf(w, ", %s of it after its first span had ended", draw.Duration(path.Whole-path.Duration))
	}
	fmt.Fprintln(w)
	for _, c := range path.Clocks {
		ahead, direction := c.Ahead, "ahead of"
		if ahead < 0 {
			ahead, direction = -ahead, "behind"
		}
		fmt.Fprintf(w, "the clock of %s is %s %s that of %s, by estimate from their calls; times are corrected for it\n",
			draw.Clean(c.To), draw.Duration(ahead), direction, draw.Clean(c.From))
	}
	if len(path.Spans) > manySpans {
		return pathTotals(w, stats.Totals([]stats.Path{path}))
	}
	var rows [][]string
	for _, span := range path.Spans {
		share := 0.0
		if path.Duration > 0 {
			share = float64(span.Total) / float64(path.Duration)
		}
		rows = append(rows, pathRow(span.Total, share, span.Label))
	}
	if err := draw.Table(w, pathColumns, rows); err != nil {
		return err
	}
	for _, span := range path.Spans {
		// A sibling that ended much earlier would take over only after a large improvement.
		if p := span.Parallel; p != nil && p.Slack <= span.Total/10 {
			ended := "no earlier: making only one of them faster doesn't shorten the trace"
			if p.Slack > 0 {
				ended = draw.Duration(p.Slack) + " earlier: making only one of them faster shortens the trace by that at most"
			}
			fmt.Fprintf(w, "%s ran in parallel to %s and ended %s\n", draw.Clean(p.Label), draw.Clean(span.Label), ended)
		}
	}
	return nil
}

var pathColumns = []draw.Column{{Head: "waited", Right: true}, {Head: "share", Right: true}, {Head: "for"}}
