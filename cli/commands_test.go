package cli

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tracelab/lab/scenarios"
)

// A command that a document, a story or a hint tells to run is one that there is, and its scenario too.
func TestCommandsThatAreSuggestedCanBeRun(t *testing.T) {
	texts := map[string]string{}
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../lab/*/*.txtar", "../lab/*/*/*.txtar", "../lab/*/*/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[file] = string(text)
		}
	}
	// In prose between backticks; on lines of their own in code, which begin with the command.
	command := regexp.MustCompile("(?m)(?:`|^next: |^\\$ |^)tracelab ((?:run|scenarios|[a-z]+ )[^`\n#;|>&]*)")
	known := append(scenarios.Names(), mysteryName)
	seen := 0
	for file, text := range texts {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			args := strings.Fields(strings.NewReplacer("'", "", "NAME", "crud", "…", "", "[ID]", "").Replace(m[1]))
			if len(args) == 0 || strings.Contains(m[1], "[") {
				continue
			}
			var g grammar
			parser, err := newParser(&g, io.Discard, io.Discard, func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if _, err := parser.Parse(args); err != nil && !isUnfinished(err) {
				t.Errorf("%s: tracelab %s: %v", file, m[1], err)
			}
			if name := g.Run.Scenario; name != "" && !strings.Contains(name, ".") && !slices.Contains(known, name) {
				t.Errorf("%s: tracelab %s: there is no scenario %q", file, m[1], name)
			}
		}
	}
	if seen < 60 {
		t.Errorf("%d commands were found", seen)
	}
}

// isUnfinished tells a command that is spoken of without its arguments.
func isUnfinished(err error) bool {
	return strings.HasPrefix(err.Error(), "expected ") || strings.HasPrefix(err.Error(), "missing flags")
}
