package show

import (
	"fmt"
	"io"

	"github.com/charmbracelet/x/ansi"

	"tracelab/lab/scenarios"
)

// Judgment prints whether an answer to a mystery was accepted, and why. The fault is that of the
// mystery.
func Judgment(w io.Writer, fault, answer *scenarios.Scenario, j scenarios.Judgment, width int) {
	color, mark, verdict := ansi.Green, "✓", "Accepted: "
	if !j.Accepted {
		color, mark, verdict = ansi.Red, "✗", "Not this: "
	}
	fmt.Fprint(w, Listed(ansi.NewStyle().ForegroundColor(color).Styled(mark)+" ", verdict+answer.Mystery, width))
	for _, sentence := range j.Sentences() {
		fmt.Fprint(w, Wrapped(Text(sentence), "  ", width))
	}
	if len(j.Alike) == 0 {
		return
	}
	fmt.Fprint(w, Wrapped("The trees alone can't tell it from these faults, which are accepted as well. --wire can:", "  ",
		width))
	for _, s := range j.Alike {
		fmt.Fprint(w, Listed("  - ", s.Mystery, width))
	}
	if answer.Name != fault.Name {
		fmt.Fprint(w, Wrapped("What happened in this run: "+fault.Mystery, "  ", width))
	}
}
