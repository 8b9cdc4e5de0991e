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
	if !j.Accepted {
		fmt.Fprint(w, Listed(ansi.NewStyle().ForegroundColor(ansi.Red).Styled("✗")+" ", "Not this: "+answer.Mystery, width))
		for _, reason := range j.Reasons {
			fmt.Fprint(w, Wrapped("This would fit: "+Text(reason)+".", "  ", width))
		}
		fmt.Fprint(w, Wrapped(fmt.Sprintf("But then %s. Instead, %s.", j.Would, Text(j.Instead)), "  ", width))
		return
	}
	fmt.Fprint(w, Listed(ansi.NewStyle().ForegroundColor(ansi.Green).Styled("✓")+" ", "Accepted: "+answer.Mystery, width))
	for _, reason := range j.Reasons {
		fmt.Fprint(w, Wrapped("The run shows it: "+Text(reason)+".", "  ", width))
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
