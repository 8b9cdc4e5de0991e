package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"tracelab/tracetree/check"
)

// String returns the line that stands for the finding in a file.
func (e Expected) String() string {
	text := e.Severity.String() + " " + e.Check
	if e.Label != "" {
		text += " at " + e.Label
	}
	return text
}

// readFindings reads a line for each finding: "error orphan at db: PutItem (tasks table)". Without
// the section, nothing may be found.
func (s *Scenario) readFindings(src *sourceFile, sections map[string]*section) error {
	part := sections["findings"]
	if part == nil {
		return nil
	}
	known := check.All()
	for i, line := range strings.Split(part.text, "\n") {
		at := part.offset + i + 1
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		what, label, _ := strings.Cut(line, " at ")
		word, id, _ := strings.Cut(what, " ")
		e := Expected{Check: strings.TrimSpace(id), Label: strings.TrimSpace(label)}
		if err := e.Severity.UnmarshalText([]byte(word)); err != nil || e.Severity == check.Off {
			return src.errorAt(at, 1,
				"the severity is %q: want error, warning or info, then the check, as in error orphan at db: PutItem (tasks table)",
				word)
		}
		if !slices.ContainsFunc(known, func(c check.Check) bool { return c.ID == e.Check }) {
			return src.errorAt(at, len(word)+2, "there is no check %q: tracelab checks lists them", e.Check)
		}
		s.Findings = append(s.Findings, e)
	}
	return nil
}

// compareFindings returns a sentence for each finding that is missing or was not expected.
func compareFindings(want []Expected, found []check.Finding) []string {
	counts := map[Expected]int{}
	var order []Expected
	note := func(e Expected, n int) {
		if !slices.Contains(order, e) {
			order = append(order, e)
		}
		counts[e] += n
	}
	for _, e := range want {
		note(e, 1)
	}
	for _, f := range found {
		note(Expected{f.Severity, f.Check, f.Label}, -1)
	}
	var differences []string
	for _, e := range order {
		switch n := counts[e]; {
		case n > 0:
			differences = append(differences, fmt.Sprintf("the checks don't find what the file expects, %s: %s", times(n), e))
		case n < 0:
			differences = append(differences, fmt.Sprintf("the checks find what the file doesn't expect, %s: %s", times(-n), e))
		}
	}
	return differences
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
