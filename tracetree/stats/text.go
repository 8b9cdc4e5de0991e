package stats

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Text returns the map as a table with a line for each edge, and below it a line for each endpoint
// without an edge. An endpoint that is no service and has the name of another one is followed by
// its kind, as in "ads (external)". A name that could harm a terminal is quoted, as is one that
// begins with a quote.
func (m Map) Text() string {
	named := make(map[string]int)
	for _, n := range m.Nodes {
		named[n.Name]++
	}
	name := func(e Endpoint) string {
		if named[e.Name] > 1 && e.Kind != Service {
			return printable(e.Name) + " (" + string(e.Kind) + ")"
		}
		return printable(e.Name)
	}
	rows := [][]string{{"CALLER", "CALLEE", "CALLS", "ERRORS", "ERROR RATE", "P50", "P95", "P99"}}
	seen := make(map[Endpoint]bool)
	for _, e := range m.Edges {
		seen[e.From], seen[e.To] = true, true
		row := []string{
			name(e.From), name(e.To),
			strconv.Itoa(e.Calls), strconv.Itoa(e.Errors), fmt.Sprintf("%.1f%%", 100*e.ErrorRate),
		}
		if d := e.Durations; d != nil {
			row = append(row, short(d.P50), short(d.P95), short(d.P99))
		} else {
			row = append(row, "-", "-", "-")
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	if len(m.Edges) > 0 {
		writeTable(&b, rows)
	}
	for _, n := range m.Nodes {
		if !seen[n] {
			fmt.Fprintf(&b, "%s has no calls\n", name(n))
		}
	}
	return b.String()
}

// writeTable aligns the columns: the names in the first two to the left, the figures to the right.
func writeTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				b.WriteString("  ")
			}
			if i < 2 {
				b.WriteString(cell + padding)
			} else {
				b.WriteString(padding + cell)
			}
		}
		b.WriteByte('\n')
	}
}

// printable quotes what isn't one plain line of text.
func printable(name string) string {
	plain := name != "" && name[0] != '"' && utf8.ValidString(name) && strings.TrimSpace(name) == name
	for _, r := range name {
		plain = plain && strconv.IsPrint(r)
	}
	if plain {
		return name
	}
	return strconv.Quote(name)
}

// short rounds a duration to what a reader compares.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		d = d.Round(time.Millisecond)
	case d >= time.Millisecond:
		d = d.Round(10 * time.Microsecond)
	}
	return d.String()
}
