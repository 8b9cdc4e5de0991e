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

// Commands in documents, stories and hints exist, and so do their scenarios.
func TestSuggestedCommandsExist(t *testing.T) {
	texts := map[string]string{}
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../lab/*/*/*.txtar", "../lab/*/*/*.yaml"} {
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
	known := append(scenarios.Names(), mysteryName)
	seen := 0
	parsed := map[string]bool{} // many texts suggest the same
	for file, text := range texts {
		for _, command := range suggested(text) {
			seen++
			if parsed[command] {
				continue
			}
			parsed[command] = true
			args := strings.Fields(strings.NewReplacer("'", "", "NAME", "crud", "COMMAND", "view").Replace(command))
			args, err := withHelpFlag(args)
			if err != nil {
				t.Errorf("%s: tracelab %s: %v", file, command, err)
			}
			var g grammar
			parser, err := newParser(&g, io.Discard, io.Discard, func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil && !isUnfinished(err) {
				t.Errorf("%s: tracelab %s: %v", file, command, err)
			}
			if name := g.Run.Scenario; name != "" && !strings.Contains(name, ".") && !slices.Contains(known, name) {
				t.Errorf("%s: tracelab %s: there is no scenario %q", file, command, name)
			}
		}
	}
	if seen < 60 {
		t.Errorf("%d commands were found", seen)
	}
}

// suggested returns the commands of a text: between backticks, in blocks of code, and in a
// scenario's header.
func suggested(text string) []string {
	quoted := regexp.MustCompile("`tracelab ([a-z_][^`\n]*)`")
	code := regexp.MustCompile(`^(?:\$ |next: )?tracelab ([a-z_][^#;|>&]*)`)
	var commands []string
	inCode := false
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") {
			inCode = !inCode
		}
		if m := code.FindStringSubmatch(line); m != nil && (inCode || strings.HasPrefix(line, "next: ")) {
			commands = append(commands, m[1])
		}
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if !strings.ContainsAny(m[1], "[…|") { // a placeholder for several commands
				command, _, _ := strings.Cut(m[1], " > ")
				commands = append(commands, command)
			}
		}
	}
	return commands
}

// isUnfinished reports whether a command is mentioned without its arguments.
func isUnfinished(err error) bool {
	return strings.HasPrefix(err.Error(), "expected ") || strings.Contains(err.Error(), "but got \"EOL\"") ||
		strings.HasPrefix(err.Error(), "missing flags")
}

func TestREADMEListsAllCommands(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| command |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, name := range commandNames() {
		if !strings.Contains(table, "`"+name+"`") {
			t.Errorf("README.md's table of commands lacks %s", name)
		}
	}
}
