package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"tracelab/cli/draw"
	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/tracetree"
	"tracelab/tracetree/chart"
	"tracelab/tracetree/clock"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/stats"
)

// print prints the selected spans in the selected format.
func (c viewCommand) print(env *environment, found *found, spans []tracetree.Span) error {
	w := bufio.NewWriter(env.stdout)
	var err error
	switch forest := tracetree.Build(spans); {
	case c.Map:
		err = show.Map(w, stats.ServiceMap(forest), c.Format)
	case c.Stats:
		err = show.Operations(w, stats.Operations(forest), c.Format)
	case c.CriticalPath:
		err = c.printCriticalPaths(env, w, forest, found)
	case c.Format == "json":
		err = codec.WriteStdoutTrace(w, codec.WithInputIDs(spans))
	case c.Format == "otlp":
		err = codec.WriteOTLPJSON(w, codec.WithInputIDs(spans))
	default:
		err = c.printTrees(env, w, forest, found)
	}
	if err != nil {
		return err
	}
	return w.Flush()
}

// printTrees prints the trees in the selected order.
func (c viewCommand) printTrees(env *environment, w io.Writer, forest *tracetree.Forest, found *found) error {
	lines := found.sort(tracetree.Lines(forest, c.options(c.Format)...))
	lines, notes, hidden := c.group(lines)
	switch c.Format {
	case "mermaid":
		return draw.Mermaid(w, lines)
	case "sequence":
		return draw.Sequence(w, lines)
	case "dot":
		return draw.DOT(w, lines)
	case "text":
		return c.details(c.Format).WriteText(w, lines)
	default:
		waterfall := draw.Waterfall{Width: env.width, Below: c.details(c.Format).Below, Notes: notes}
		if err := waterfall.Write(w, lines); err != nil {
			return err
		}
		if hidden > 0 {
			fmt.Fprintf(w, "...\n\n# %s not shown: --no-group shows everything\n", words.Count(hidden, "line"))
		}
		// A comment, so that the whole stays notation.
		_, err := fmt.Fprintf(w, "\n# %s, %s, %s\n", words.Count(show.TracesOf(forest), "trace"),
			words.Count(len(forest.Spans()), "span"),
			words.Count(show.ServicesOf(forest), "service"))
		return err
	}
}

// Trees of more lines than a screen has are grouped by default, and cut after some screens.
const (
	screen   = 60
	maxLines = 2 * screen
)

// group groups equal siblings if a flag is set or there are many lines. It returns the number
// of lines that are not shown.
func (c viewCommand) group(
	lines []tracetree.Line,
) (shown []tracetree.Line, notes map[tracetree.Node]string, hidden int) {
	switch {
	case c.Group != nil && *c.Group:
		lines, notes = chart.Group(lines)
		return lines, notes, 0
	case c.Group != nil, c.Format != "tree", len(lines) <= screen, c.IDs, c.Attributes:
		return lines, nil, 0
	}
	lines, notes = chart.Group(lines)
	if hidden = len(lines) - maxLines; hidden > 0 {
		return lines[:maxLines], notes, hidden
	}
	return lines, notes, 0
}

// options returns what the lines of trees have in a format.
func (f detailFlags) options(format string) []tracetree.Option {
	var options []tracetree.Option
	if f.Full {
		options = append(options, tracetree.Full)
	}
	if f.Attributes && format == "text" {
		options = append(options, tracetree.Attributes)
	}
	return options
}

// details returns what is written below the lines in a format.
func (f detailFlags) details(format string) show.Details {
	return show.Details{IDs: f.IDs, Attributes: f.Attributes && format != "text"}
}

// printCriticalPaths prints for each tree the spans that it waited for.
func (c viewCommand) printCriticalPaths(env *environment, w io.Writer, forest *tracetree.Forest, found *found) error {
	var paths []stats.Path
	clocks := clock.Estimate(forest)
	for _, top := range found.tops(forest) {
		path, known := stats.CriticalPath(top, clocks)
		if !known {
			fmt.Fprintf(env.stderr, "tracelab: %s has no times, so it has no critical path\n",
				draw.Clean(tracetree.Label(top.Span())))
			continue
		}
		paths = append(paths, path)
	}
	return show.CriticalPaths(w, paths, c.Format)
}

// sort puts whole trees into the order of the selected traces. Trees of other traces, which are
// included because of a link, come last.
func (f *found) sort(lines []tracetree.Line) []tracetree.Line {
	var trees [][]tracetree.Line
	for i, line := range lines {
		if i == 0 || line.Tree != lines[i-1].Tree {
			trees = append(trees, nil)
		}
		trees[len(trees)-1] = append(trees[len(trees)-1], line)
	}
	rank := f.ranks()
	slices.SortStableFunc(trees, func(a, b []tracetree.Line) int {
		return cmp.Compare(rank(a[0].Node.Span().TraceID), rank(b[0].Node.Span().TraceID))
	})
	return slices.Concat(trees...)
}

// tops returns the tops of the trees in the order of the selected traces.
func (f *found) tops(forest *tracetree.Forest) []tracetree.Node {
	tops := slices.Collect(forest.Tops())
	rank := f.ranks()
	slices.SortStableFunc(tops, func(a, b tracetree.Node) int {
		return cmp.Compare(rank(a.Span().TraceID), rank(b.Span().TraceID))
	})
	return tops
}

// ranks returns the place of a trace among the selected ones; others come last.
func (f *found) ranks() func(tracetree.TraceID) int {
	rank := make(map[string]int, len(f.traces))
	for i, t := range f.traces {
		rank[t.TraceID] = i
	}
	return func(id tracetree.TraceID) int {
		if at, ok := rank[id.String()]; ok {
			return at
		}
		return len(f.traces)
	}
}
