package check

import "slices"

// A Lesson is an item of the course's lists and the checks that cover it.
type Lesson struct {
	Text   string   // in the course's words
	Checks []string // the IDs of the checks
}

// Lessons returns the items of the self-check list that the checks cover, in the order of the
// checks.
func Lessons(checks []Check) []Lesson {
	return lessons(checks, func(c *Check) []string { return c.Lesson })
}

// Mistakes returns the items of the list of common mistakes that the checks cover, in the order of
// the checks.
func Mistakes(checks []Check) []Lesson {
	return lessons(checks, func(c *Check) []string { return c.Mistakes })
}

func lessons(checks []Check, itemsOf func(*Check) []string) []Lesson {
	var items []Lesson
	at := map[string]int{}
	for i := range checks {
		for _, text := range itemsOf(&checks[i]) {
			j, known := at[text]
			if !known {
				j = len(items)
				at[text] = j
				items = append(items, Lesson{Text: text})
			}
			items[j].Checks = append(items[j].Checks, checks[i].ID)
		}
	}
	return items
}

// Findings returns those of the findings that are about the item, in the order of its checks.
func (l Lesson) Findings(findings []Finding) []Finding {
	var about []Finding
	for _, id := range l.Checks {
		for _, f := range findings {
			if f.Check == id {
				about = append(about, f)
			}
		}
	}
	return about
}

// Torn returns the findings of lost context, if the item is that each request has one root: every
// one of them makes a root more.
func (l Lesson) Torn(findings []Finding) []Finding {
	if !slices.Contains(l.Checks, "one-root") {
		return nil
	}
	return Lesson{Checks: []string{"broken-propagation"}}.Findings(findings)
}
