package show

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/tracetree/check"
)

// Line returns the result of the checks as one line.
func (c *Checked) Line() string {
	if len(c.Findings) == 0 {
		return "All checks passed."
	}
	return fmt.Sprintf("The checks found %s. See run --explain.", c.Totals())
}

// Explain prints the course's self-check list and common mistakes, item by item, each with the
// findings of its checks.
func (c *Checked) Explain(w io.Writer) error {
	found := map[string][]check.Finding{}
	for _, f := range c.Findings {
		found[f.Check] = append(found[f.Check], f)
	}
	fmt.Fprintln(w, Bold("Self-check list")+" (✓ passed, ✗ failed, – not visible in this trace)")
	items := lessons(c.Checks, func(c *check.Check) []string { return c.Lesson })
	if err := c.explainItems(w, items, found); err != nil {
		return err
	}
	fmt.Fprintln(w, Bold("Common mistakes")+" (✓ avoided, ✗ found)")
	mistakes := lessons(c.Checks, func(c *check.Check) []string { return c.Mistakes })
	if err := c.explainItems(w, mistakes, found); err != nil {
		return err
	}
	listed := map[string]bool{}
	for _, item := range append(items, mistakes...) {
		for _, id := range item.checks {
			listed[id] = true
		}
	}
	for _, f := range c.Findings {
		if !listed[f.Check] {
			fmt.Fprintf(w, "  and %s: %s\n", f.Check, sentence(f))
		}
	}
	return nil
}

func (c *Checked) explainItems(w io.Writer, items []lesson, found map[string][]check.Finding) error {
	for _, item := range items {
		var wrong []check.Finding
		for _, id := range item.checks {
			wrong = append(wrong, found[id]...)
		}
		torn := 0 // the consequences of a lost context, for the request
		if slices.Contains(item.checks, "one-root") {
			torn = len(found["broken-propagation"])
		}
		mark := ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓")
		if !slices.ContainsFunc(item.checks, func(id string) bool { return !slices.Contains(c.Unchecked, id) }) {
			mark = "–"
		}
		if len(wrong)+torn > 0 {
			mark = ansi.NewStyle().ForegroundColor(ansi.Red).Styled("✗")
		}
		if _, err := fmt.Fprintf(w, "  %s %s %s\n", mark, item.text,
			ansi.NewStyle().Faint().Styled("("+strings.Join(item.checks, ", ")+")")); err != nil {
			return err
		}
		if torn > 0 {
			fmt.Fprintf(w, "      the request has %d roots, as context was lost: see broken-propagation below\n", torn+1)
		}
		for _, f := range wrong {
			fmt.Fprintf(w, "      %s\n", sentence(f))
		}
	}
	return nil
}

// A lesson is an item of the course and the checks that cover it.
type lesson struct {
	text   string
	checks []string
}

// lessons returns the items that the checks cover.
func lessons(checks []check.Check, itemsOf func(*check.Check) []string) []lesson {
	var items []lesson
	at := map[string]int{}
	for _, c := range checks {
		for _, text := range itemsOf(&c) {
			i, known := at[text]
			if !known {
				i = len(items)
				at[text] = i
				items = append(items, lesson{text: text})
			}
			items[i].checks = append(items[i].checks, c.ID)
		}
	}
	return items
}
