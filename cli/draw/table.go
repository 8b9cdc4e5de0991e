package draw

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// A Column is the head of a column of a table.
type Column struct {
	Head string
	// Right aligns numbers by their last digit.
	Right bool
}

// Table writes rows below the heads of their columns, two columns of space
// apart. A row may be shorter than the heads.
func Table(w io.Writer, columns []Column, rows [][]string) error {
	widths := make([]int, len(columns))
	heads := make([]string, len(columns))
	for i, column := range columns {
		heads[i] = column.Head
		widths[i] = ansi.StringWidth(column.Head)
		for _, row := range rows {
			if i < len(row) {
				widths[i] = max(widths[i], ansi.StringWidth(row[i]))
			}
		}
	}
	line := func(cells []string) string {
		var b strings.Builder
		for i, cell := range cells {
			space := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			if i > 0 {
				b.WriteString("  ")
			}
			if columns[i].Right {
				b.WriteString(space + cell)
			} else {
				b.WriteString(cell + space)
			}
		}
		return strings.TrimRight(b.String(), " ")
	}
	if _, err := io.WriteString(w, faint(line(heads))+"\n"); err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := io.WriteString(w, line(row)+"\n"); err != nil {
			return err
		}
	}
	return nil
}
