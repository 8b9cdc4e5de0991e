package lab_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every topic has a place in the course where it is taught.
func TestEveryTopicIsTaught(t *testing.T) {
	topics := []string{
		"trace anatomy", "propagation", "sampling", "baggage", "attributes", "errors", "queues", "self-check", "mistakes",
		"exercises",
		"projects", "recap",
	}
	course := document(t, "course.md")
	anchors := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(course, -1) {
		anchor := strings.NewReplacer(" ", "-", ":", "").Replace(strings.ToLower(heading[1]))
		if anchors[anchor] {
			t.Errorf("two headings have the anchor %s", anchor)
		}
		anchors[anchor] = true
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| ([^|]+) \\| \\[[^]]+\\]\\(#([^)]+)\\) \\| `(tracelab "+
		"[^`]+)` \\|$").FindAllStringSubmatch(course, -1) {
		listed = append(listed, row[1])
		if !anchors[row[2]] {
			t.Errorf("%s: no heading has the anchor %s", row[1], row[2])
		}
	}
	if diff := cmp.Diff(topics, listed); diff != "" {
		t.Errorf("topics in the table (-want +got):\n%s", diff)
	}
}

// The parts of each lesson follow each other, and end within 45 minutes.
func TestLessonsFitInto45Minutes(t *testing.T) {
	lessons, second, _ := strings.Cut(document(t, "course.md"), "\n# A system of your own\n")
	for i, lesson := range strings.Split(lessons, "\n# Lesson ")[1:] {
		if times := partsOf(lesson); len(times) < 6 || times[0] != "0:00" || times[len(times)-1] > "0:43" {
			t.Errorf("lesson %d has parts at %v", i+1, times)
		}
	}
	if times := partsOf(second); len(times) < 4 || times[0] != "0:00" || times[len(times)-1] > "1:20" {
		t.Errorf("the part of 90 minutes has parts at %v", times)
	}
}

// partsOf returns the times at which the parts of a lesson begin, or none if they aren't in order.
func partsOf(lesson string) []string {
	var times []string
	for _, start := range regexp.MustCompile(`(?m)^## (\d:\d\d) `).FindAllStringSubmatch(lesson, -1) {
		times = append(times, start[1])
	}
	if !slices.IsSorted(times) {
		return nil
	}
	return times
}

// Every question of the course has an answer for teachers.
func TestEveryQuestionHasAnAnswer(t *testing.T) {
	var questions, answers []string
	for _, m := range regexp.MustCompile(`(?m)^\*\*(\d+)\.\*\* `).FindAllStringSubmatch(document(t, "course.md"), -1) {
		questions = append(questions, m[1])
	}
	_, section, _ := strings.Cut(document(t, "teaching.md"), "\n## Answers\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, m := range regexp.MustCompile(`(?m)^(\d+)\. `).FindAllStringSubmatch(section, -1) {
		answers = append(answers, m[1])
	}
	if diff := cmp.Diff(questions, answers); diff != "" || len(questions) < 15 {
		t.Errorf("%d questions; questions and answers (-questions +answers):\n%s", len(questions), diff)
	}
}
