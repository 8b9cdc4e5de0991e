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
	fmt.Fprintln(w, Bold("Self-check list")+" (✓ passed, ✗ failed, – not visible in this trace)")
	items := check.Lessons(c.Checks)
	if err := c.explainItems(w, items); err != nil {
		return err
	}
	fmt.Fprintln(w, Bold("Common mistakes")+" (✓ avoided, ✗ found)")
	mistakes := check.Mistakes(c.Checks)
	if err := c.explainItems(w, mistakes); err != nil {
		return err
	}
	listed := map[string]bool{}
	for _, item := range append(items, mistakes...) {
		for _, id := range item.Checks {
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

func (c *Checked) explainItems(w io.Writer, items []check.Lesson) error {
	for _, item := range items {
		wrong, torn := item.Findings(c.Findings), len(item.Torn(c.Findings)) // torn are consequences of lost context
		mark := ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓")
		if !slices.ContainsFunc(item.Checks, func(id string) bool { return !slices.Contains(c.Unchecked, id) }) {
			mark = "–"
		}
		if len(wrong)+torn > 0 {
			mark = ansi.NewStyle().ForegroundColor(ansi.Red).Styled("✗")
		}
		if _, err := fmt.Fprintf(w, "  %s %s %s\n", mark, item.Text,
			ansi.NewStyle().Faint().Styled("("+strings.Join(item.Checks, ", ")+")")); err != nil {
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
