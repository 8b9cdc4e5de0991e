package treetest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tracelab/tracetree"
)

// TestDocumentShowsCodeThatRuns reads docs/testing.md: its Go code is cut out of tests, its
// notation is valid, and the failure it shows is the one of an example.
func TestDocumentShowsCodeThatRuns(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, pattern := range []string{"*_test.go", "otlptest/*_test.go", "testdata/outside/*_test.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(source)
		}
	}
	blocks := regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(string(document), -1)
	seen := make(map[string]int)
	for _, block := range blocks {
		language, text := block[1], block[2]
		seen[language]++
		switch language {
		case "go":
			if !strings.Contains(sources.String(), text) {
				t.Errorf("no test has this code:\n%s", text)
			}
		case "notation":
			if _, err := tracetree.Parse(text); err != nil {
				t.Errorf("%v", err)
			}
		case "report":
			comment := regexp.MustCompile("(?m)^").ReplaceAllString(strings.TrimSuffix(text, "\n"), "\t// ")
			if !strings.Contains(sources.String(), strings.ReplaceAll(comment, "\t// \n", "\t//\n")) {
				t.Errorf("no example prints:\n%s", text)
			}
		default:
			t.Errorf("a block of %q: want go, notation or report", language)
		}
	}
	if seen["go"] == 0 || seen["notation"] == 0 || seen["report"] == 0 {
		t.Errorf("blocks: %v, want some of each", seen)
	}
}
