package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tracelab/cli"
	"tracelab/lab"
	"tracelab/tracetree"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks returns the fenced code blocks of a document.
func blocks(markdown string) []string {
	var found []string
	for i, part := range strings.Split(markdown, "\n```") {
		if i%2 == 1 {
			_, body, _ := strings.Cut(part, "\n")
			found = append(found, body)
		}
	}
	return found
}

func TestREADMEShowsTheExpectedTree(t *testing.T) {
	// The waterfall, without the lines above and below it.
	all := blocks(read(t, "../README.md"))
	at := slices.IndexFunc(all, func(block string) bool { return strings.Contains(block, "│") })
	if at < 0 {
		t.Fatal("README.md shows no tree")
	}
	_, tree, _ := strings.Cut(all[at], "\n\n")
	tree, _, _ = strings.Cut(tree, "\n\n")
	shown, err := tracetree.Parse(tree)
	if err != nil {
		t.Fatal(err)
	}
	expected, err := tracetree.Parse(lab.ExpectedTree)
	if err != nil {
		t.Fatal(err)
	}
	if shown.String() != expected.String() {
		t.Errorf("README.md shows\n%s\nwant\n%s", shown, expected)
	}
}

func TestREADMENamesTheVariablesThatAreRead(t *testing.T) {
	variable := regexp.MustCompile(`OTEL_[A-Z_]+[A-Z]`)
	code := regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(read(t, "../telemetry/env.go"), "")
	known := variable.FindAllString(code, -1)
	for _, name := range variable.FindAllString(read(t, "../README.md"), -1) {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, name) || k+"_ARG" == name }) {
			t.Errorf("README.md names %s, which telemetry/env.go does not know", name)
		}
	}
}

func TestREADMENamesFlagsThatThereAre(t *testing.T) {
	var help strings.Builder
	for _, command := range []string{
		"run", "view", "check", "expect", "diff", "convert", "simulate", "fmt", "scenarios",
		"sampling", "exercise", "quiz", "serve",
	} {
		if code := cli.Run(t.Context(), []string{command, "--help"}, nil, &help, &help); code != 0 {
			t.Fatalf("%s --help: exit code %d", command, code)
		}
	}
	for _, flag := range regexp.MustCompile("[ `](--[a-z][a-z-]+)").FindAllStringSubmatch(read(t, "../README.md"), -1) {
		if !strings.Contains(help.String(), flag[1]) {
			t.Errorf("README.md names %s, which no command's help does", flag[1])
		}
	}
}

func TestREADMEsConfigIsRead(t *testing.T) {
	dir := t.TempDir()
	for _, block := range blocks(read(t, "../README.md")) {
		if !strings.HasPrefix(block, "checks:") {
			continue
		}
		config, tree, capture := filepath.Join(dir, "tracelab.yaml"), filepath.Join(dir, "x.tree"),
			filepath.Join(dir, "x.json")
		for path, text := range map[string]string{config: block, tree: "cron: tick (root)"} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out strings.Builder
		if code := cli.Run(t.Context(), []string{"simulate", tree, "--export", capture}, nil, &out, &out); code != 0 {
			t.Fatal(out.String())
		}
		if code := cli.Run(t.Context(), []string{"check", "--config", config, capture}, nil, &out, &out); code != 0 {
			t.Errorf("exit code %d: %s", code, out.String())
		}
		return
	}
	t.Error("README.md shows no config")
}

func TestTreesInDocumentsAreInTheirUsualForm(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if code := cli.Run(t.Context(), append([]string{"fmt", "--check", "../README.md", "../CONTRIBUTING.md"}, files...),
		nil, &out, &out); code != 0 {
		t.Errorf("tracelab fmt has something to do:\n%s", out.String())
	}
}

// A reader types the commands of the README one after the other.
func TestREADMEsCommandsWorkInARow(t *testing.T) {
	all := blocks(read(t, "../README.md"))
	t.Chdir(t.TempDir())
	ran := 0
	for i, block := range all {
		if strings.HasPrefix(block, "shop: POST /checkout") {
			if err := os.WriteFile("checkout.tree", []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(all[i+1]) {
				var out strings.Builder
				if code := cli.Run(t.Context(), words(strings.TrimSpace(line))[1:], nil, &out, &out); code != 0 {
					t.Errorf("%s: exit code %d:\n%s", strings.TrimSpace(line), code, out.String())
				}
				ran++
			}
		}
	}
	if ran < 5 {
		t.Errorf("%d commands ran", ran)
	}
}
