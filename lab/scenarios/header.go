package scenarios

import (
	"slices"
	"strings"
)

// headerKeys are the lines at the top of a file, in their usual order.
var headerKeys = []string{"title", "lesson", "fix", "mystery", "cause", "unseen", "show", "attributes", "next"}

// readHeader reads the lines of "key: value" at the top, and the story below them.
func (s *Scenario) readHeader(src *sourceFile, text string) error {
	story := storyOf(text)
	head := text[:len(text)-len(story)]
	given := map[string]bool{}
	for i, line := range strings.Split(strings.TrimRight(head, "\n"), "\n") {
		key, value, found := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if key == "repair" { // what older files call it
			key = "fix"
		}
		switch {
		case !found || value == "":
			return src.errorAt(i+1, 1, "the file begins with lines of \"key: value\" and a blank line: want one of %s",
				strings.Join(headerKeys, ", "))
		case !slices.Contains(headerKeys, key):
			return src.errorAt(i+1, 1, "there is no key %q: want one of %s", key, strings.Join(headerKeys, ", "))
		case given[key] && key != "next":
			return src.errorAt(i+1, 1, "key %s is there twice: want one", key)
		}
		given[key] = true
		if err := s.setHeader(src, i+1, line, key, value); err != nil {
			return err
		}
	}
	s.Story = strings.TrimSpace(story)
	switch {
	case s.Title == "" || s.Lesson == "":
		return src.errorAt(1, 1, "the file has no title or no lesson: want title: … and lesson: … at its top")
	case s.Mystery != "" && (s.Cause == "") == (s.Unseen == ""):
		return src.errorAt(1, 1,
			"a mystery needs either cause, which the checks name, or unseen, with the reason why they can't: want "+
				"one of the two")
	case s.Mystery == "" && (s.Cause != "" || s.Unseen != ""):
		return src.errorAt(1, 1, "cause and unseen are of mysteries: want a line mystery: … with the fault in a sentence")
	}
	return nil
}

// storyOf returns what follows the blank line below the header.
func storyOf(text string) string {
	_, story, _ := strings.Cut(text, "\n\n")
	return story
}

func (s *Scenario) setHeader(src *sourceFile, at int, line, key, value string) error {
	switch key {
	case "title":
		s.Title = value
	case "lesson":
		s.Lesson = value
	case "fix":
		s.Fix = value
	case "mystery":
		s.Mystery = value
	case "cause":
		s.Cause = value
	case "unseen":
		s.Unseen = value
	case "next":
		s.Next = append(s.Next, value)
	case "attributes":
		for _, key := range strings.Split(value, ",") {
			s.Attributes = append(s.Attributes, strings.TrimSpace(key))
		}
	case "show":
		for _, word := range strings.Split(value, ",") {
			word = strings.TrimSpace(word)
			if !slices.Contains(shows, word) {
				return src.errorAt(at, columnOf(line, strings.Index(line, word)), "nothing is called %q: want some of %s", word,
					strings.Join(shows, ", "))
			}
			s.Show = append(s.Show, word)
		}
	}
	return nil
}
