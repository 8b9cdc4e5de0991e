package play_test

import (
	"os"
	"strings"
	"testing"

	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

// docExamples returns the blocks of docs/notation.md that are notation.
func docExamples(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/notation.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	parts := strings.Split("\n"+string(text), "\n```")
	for i := 1; i < len(parts); i += 2 {
		if info, body, _ := strings.Cut(parts[i], "\n"); info == "" || info == "notation" {
			examples = append(examples, body+"\n")
		}
	}
	return examples
}

func TestExamplesInTheDocumentCanBePlayed(t *testing.T) {
	examples := docExamples(t)
	if len(examples) < 7 {
		t.Fatalf("found %d examples", len(examples))
	}
	for _, text := range examples {
		if report := parse(t, text).Match(tracetree.Build(mustPlay(t, text))); report != nil {
			t.Errorf("%v\nof:\n%s", report, text)
		}
	}
}

func FuzzPlay(f *testing.F) {
	for _, text := range docExamples(f) {
		f.Add(text)
	}
	for _, line := range labels {
		for i, more := range conditions {
			f.Add(
				line + " (root)" + failures[i%len(failures)] + timings[i%len(timings)] + " {" + more + "}\n  +x " + line +
					marks[i%len(marks)],
			)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		pattern, err := tracetree.Parse(text)
		if err != nil {
			return
		}
		if copies(pattern.Lines()) > 2000 {
			return // it would only be slow
		}
		spans, err := tryPlay(t, text, telemetry.Config{}, play.Config{})
		if err == nil && !matchesInAView(pattern, spans) {
			t.Errorf("played:\n%sof:\n%s", tracetree.Format(tracetree.Build(spans), tracetree.Attributes), text)
		}
	})
}

// copies returns an upper bound of the number of spans of the lines.
func copies(lines []tracetree.PatternLine) int {
	all := len(lines)
	for _, l := range lines {
		all *= max(1, min(l.Min, 10_000))
		if all > 1_000_000 {
			break
		}
	}
	return all
}
