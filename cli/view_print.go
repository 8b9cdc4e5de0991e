package cli

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"tracelab/cli/draw"
	"tracelab/internal/redact"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/stats"
)

// print shows the spans that are asked for in the form that is asked for.
func (c viewCommand) print(env *environment, found *found, spans []tracetree.Span) error {
	w := bufio.NewWriter(env.stdout)
	var err error
	switch forest := tracetree.Build(spans); {
	case c.Map:
		err = c.printMap(w, stats.ServiceMap(forest))
	case c.Stats:
		err = c.printStats(w, stats.Operations(forest))
	case c.CriticalPath:
		err = c.printCriticalPaths(env, w, forest, found)
	case c.Format == "json":
		err = codec.WriteStdoutTrace(w, spans)
	case c.Format == "otlp":
		err = codec.WriteOTLPJSON(w, spans)
	default:
		err = c.printTrees(env, w, forest, found)
	}
	if err != nil {
		return err
	}
	return w.Flush()
}

// printTrees prints the trees in the order that is asked for.
func (c viewCommand) printTrees(env *environment, w io.Writer, forest *tracetree.Forest, found *found) error {
	lines := found.sort(tracetree.Lines(forest, c.options()...))
	switch c.Format {
	case "mermaid":
		return draw.Mermaid(w, lines)
	case "dot":
		return draw.DOT(w, lines)
	case "text":
		return c.details().writeText(w, lines)
	default:
		waterfall := draw.Waterfall{Width: env.width, Below: c.details().below}
		if err := waterfall.Write(w, lines); err != nil {
			return err
		}
		// A comment, so that the whole stays notation.
		_, err := fmt.Fprintf(w, "\n# %s, %s, %s\n", count(tracesOf(forest), "trace"), count(forest.Len(), "span"),
			count(servicesOf(forest), "service"))
		return err
	}
}

func (c viewCommand) options() []tracetree.Option {
	var options []tracetree.Option
	if c.Full {
		options = append(options, tracetree.Full)
	}
	if c.Attributes && c.Format == "text" {
		options = append(options, tracetree.Attributes)
	}
	return options
}

func (c viewCommand) details() details {
	return details{ids: c.IDs, attributes: c.Attributes && c.Format != "text"}
}

// sort puts whole trees into the order of the traces that are asked for. Trees
// of other traces, which are there because of a link, come last.
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

// printTable prints a line for each trace.
func (c viewCommand) printTable(env *environment, found *found) error {
	w := bufio.NewWriter(env.stdout)
	ids := shortIDs(found.traces)
	var rows [][]string
	for i, t := range found.traces {
		started, lasted := "?", "?"
		if t.FirstStart != 0 {
			started = time.Unix(0, t.FirstStart).UTC().Format("2006-01-02 15:04:05.000")
		}
		if t.Duration != nil {
			lasted = draw.Duration(*t.Duration)
		}
		rows = append(rows, []string{
			ids[i], started, lasted, strconv.Itoa(t.Spans), strconv.Itoa(t.Errors), strconv.Itoa(len(t.Services)),
			draw.Clean(redact.Text(t.Root)),
		})
	}
	columns := []draw.Column{
		{Head: "trace"},
		{Head: "start (UTC)"},
		{Head: "duration", Right: true},
		{Head: "spans", Right: true},
		{Head: "errors", Right: true},
		{Head: "services", Right: true},
		{Head: "root"},
	}
	if err := draw.Table(w, columns, rows); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s of %d. --trace ID shows one of them, --limit N the first ones.\n", count(len(found.traces), "trace"), found.total)
	return w.Flush()
}

// shortIDs returns for each trace the least of its id, from 8 digits on, that no
// other trace begins with.
func shortIDs(traces []stats.Trace) []string {
	sorted := make([]string, len(traces))
	for i, t := range traces {
		sorted[i] = t.TraceID
	}
	slices.Sort(sorted)
	need := 8
	for i := 1; i < len(sorted); i++ {
		same := 0
		for same < 32 && sorted[i][same] == sorted[i-1][same] {
			same++
		}
		need = min(max(need, same+1), 32)
	}
	ids := make([]string, len(traces))
	for i, t := range traces {
		ids[i] = t.TraceID[:need]
	}
	return ids
}

func (c viewCommand) printMap(w io.Writer, m stats.Map) error {
	switch c.Format {
	case "json":
		return writeJSON(w, m)
	case "mermaid":
		_, err := io.WriteString(w, m.Mermaid())
		return err
	case "dot":
		_, err := io.WriteString(w, m.DOT())
		return err
	case "otlp":
		return usageError("--map has no form in otlp: it takes tree, text, json, mermaid or dot")
	default:
		_, err := io.WriteString(w, m.Text())
		return err
	}
}

func (c viewCommand) printStats(w io.Writer, operations []stats.Operation) error {
	switch c.Format {
	case "json":
		return writeJSON(w, operations)
	case "tree", "text":
	default:
		return usageError("--stats has no form in %s: it takes tree, text or json", c.Format)
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

// printCriticalPaths prints for each tree the spans that it waited for.
func (c viewCommand) printCriticalPaths(env *environment, w io.Writer, forest *tracetree.Forest, found *found) error {
	var paths []stats.Path
	for _, top := range found.tops(forest) {
		path, known := stats.CriticalPath(top)
		if !known {
			fmt.Fprintf(env.stderr, "tracelab: %s has no times, so it has no critical path\n", draw.Clean(tracetree.Label(top.Span())))
			continue
		}
		paths = append(paths, path)
	}
	switch c.Format {
	case "json":
		return writeJSON(w, struct {
			Paths  []stats.Path  `json:"paths"`
			Totals []stats.Total `json:"totals"`
		}{paths, stats.Totals(paths)})
	case "tree", "text":
	default:
		return usageError("--critical-path has no form in %s: it takes tree, text or json", c.Format)
	}
	for i, path := range paths {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := printPath(w, path); err != nil {
			return err
		}
	}
	if len(paths) < 2 {
		return nil
	}
	var rows [][]string
	var sum time.Duration
	for _, total := range stats.Totals(paths) {
		rows = append(rows, []string{draw.Duration(total.Total), fmt.Sprintf("%.0f%%", 100*total.Share), draw.Clean(total.Label)})
		sum += total.Total
	}
	fmt.Fprintf(w, "\nall %d of them took %s\n", len(paths), draw.Duration(sum))
	return draw.Table(w, pathColumns, rows)
}

// printPath prints what one tree was waiting for.
func printPath(w io.Writer, path stats.Path) error {
	var rows [][]string
	for _, span := range path.Spans {
		share := "0%"
		if path.Duration > 0 {
			share = fmt.Sprintf("%.0f%%", 100*float64(span.Total)/float64(path.Duration))
		}
		rows = append(rows, []string{draw.Duration(span.Total), share, draw.Clean(span.Label)})
	}
	fmt.Fprintf(w, "trace %s took %s\n", path.TraceID, draw.Duration(path.Duration))
	return draw.Table(w, pathColumns, rows)
}

var pathColumns = []draw.Column{{Head: "waited", Right: true}, {Head: "share", Right: true}, {Head: "for"}}

func servicesOf(forest *tracetree.Forest) int {
	services := map[string]bool{}
	for i := range forest.Spans() {
		services[forest.Spans()[i].Service()] = true
	}
	return len(services)
}

func tracesOf(forest *tracetree.Forest) int {
	traces := map[tracetree.TraceID]bool{}
	for i := range forest.Spans() {
		traces[forest.Spans()[i].TraceID] = true
	}
	return len(traces)
}

// tops returns the tops of the trees in the order of the traces that are asked
// for.
func (f *found) tops(forest *tracetree.Forest) []tracetree.Node {
	tops := slices.Collect(forest.Tops())
	rank := f.ranks()
	slices.SortStableFunc(tops, func(a, b tracetree.Node) int {
		return cmp.Compare(rank(a.Span().TraceID), rank(b.Span().TraceID))
	})
	return tops
}

// ranks returns the place of a trace among those that are asked for; others come
// last.
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

func writeJSON(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}
