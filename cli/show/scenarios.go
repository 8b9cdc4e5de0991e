package show

import (
	"fmt"
	"io"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/lab/scenarios"
)

// Scenarios prints a table, or where that is too wide, the titles below the names.
func Scenarios(w io.Writer, list []*scenarios.Scenario, width int) error {
	rows := make([][]string, 0, len(list))
	name, lesson, title := 0, 0, 0
	for _, s := range list {
		rows = append(rows, []string{s.Name, s.Lesson, s.Title})
		name, lesson, title = max(name, ansi.StringWidth(s.Name)), max(lesson, ansi.StringWidth(s.Lesson)),
			max(title, ansi.StringWidth(s.Title))
	}
	const between = 2
	if name+lesson+title+2*between <= width {
		return draw.Table(w, []draw.Column{{Head: "scenario"}, {Head: "lesson"}, {Head: "what it shows"}}, rows)
	}
	for _, s := range list {
		if _, err := fmt.Fprintf(w, "%s\n%s", Bold(s.Name), Wrapped(s.Title, "  ", width)); err != nil {
			return err
		}
	}
	return nil
}
