package cli

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tracelab/cli/command"
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
	described, err := describe()
	if err != nil {
		t.Fatal(err)
	}
	known := append(scenarios.Names(), mysteryName)
	seen := 0
	parsed := map[string]bool{} // many texts suggest the same
	for file, text := range texts {
		for _, suggestion := range suggested(text) {
			seen++
			if parsed[suggestion] {
				continue
			}
			parsed[suggestion] = true
			args := strings.Fields(strings.NewReplacer("'", "", "NAME", "crud", "COMMAND", "view").Replace(suggestion))
			g, _, err := parse(described, args)
			if err != nil {
				if !errors.As(err, new(*command.MissingError)) {
					t.Errorf("%s: tracelab %s: %v", file, suggestion, err)
				}
				continue
			}
			if name := g.Run.Scenario; name != "" && !strings.Contains(name, ".") && !slices.Contains(known, name) {
				t.Errorf("%s: tracelab %s: there is no scenario %q", file, suggestion, name)
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

func TestREADMEListsAllCommands(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| command |")
	table, _, _ = strings.Cut(table, "\n\n")
	described, err := describe()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range described.Root.ChildNames() {
		if !strings.Contains(table, "`"+name+"`") {
			t.Errorf("README.md's table of commands lacks %s", name)
		}
	}
}
