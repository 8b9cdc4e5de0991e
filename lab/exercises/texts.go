package exercises

import (
	"embed"
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"
)

//go:embed texts/*.txtar
var texts embed.FS

// readTexts reads the texts of an exercise from the file that is named after it, which has a
// section for each text. Generated values are placeholders in square brackets there.
func (e *Exercise) readTexts(generated *strings.Replacer) error {
	name := "texts/" + e.Name + ".txtar"
	data, err := texts.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read exercise: %w", err)
	}
	for _, section := range txtar.Parse(data).Files {
		text := generated.Replace(strings.TrimSpace(string(section.Data)))
		switch section.Name {
		case "title":
			e.Title = text
		case "lesson":
			e.Lesson = text
		case "task":
			e.Task = text
		case "hint":
			e.Hints = append(e.Hints, text)
		case "solution":
			e.Solution = text
		default:
			return fmt.Errorf("read exercise %s: section %q: want title, lesson, task, hint or solution", name, section.Name)
		}
	}
	if e.Title == "" || e.Lesson == "" || e.Task == "" || len(e.Hints) < 2 || e.Solution == "" {
		return fmt.Errorf("read exercise %s: want a title, a lesson, a task, several hints and a solution", name)
	}
	return nil
}
