package show

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"tracelab/cli/draw"
	"tracelab/internal/words"
	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

// Traces prints a table with a line for each trace.
func Traces(out io.Writer, traces []stats.Trace, total int) error {
	w := bufio.NewWriter(out)
	ids := shortIDs(traces)
	var rows [][]string
	for i, t := range traces {
		started, lasted := "?", "?"
		if t.FirstStart != 0 {
			started = time.Unix(0, t.FirstStart).UTC().Format("2006-01-02 15:04:05.000")
		}
		if t.Duration != nil {
			lasted = draw.Duration(*t.Duration)
		}
		rows = append(rows, []string{
			ids[i], started, lasted, strconv.Itoa(t.Spans), strconv.Itoa(t.Errors), strconv.Itoa(len(t.Services)),
			Text(t.Root),
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
	fmt.Fprintf(w, "\n%s of %d. --trace ID shows one of them, --limit N the first ones.\n",
		words.Count(len(traces), "trace"), total)
	return w.Flush()
}

// shortIDs returns for each trace the shortest prefix of its id, of at least 8 digits, that no
// other trace has.
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

// ServicesOf returns the number of services.
func ServicesOf(forest *tracetree.Forest) int {
	services := map[string]bool{}
	for i := range forest.Spans() {
		services[forest.Spans()[i].Service()] = true
	}
	return len(services)
}

// TracesOf returns the number of traces.
func TracesOf(forest *tracetree.Forest) int {
	traces := map[tracetree.TraceID]bool{}
	for i := range forest.Spans() {
		traces[forest.Spans()[i].TraceID] = true
	}
	return len(traces)
}
