package deptest

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestDesignListsEveryPackage compares the list of packages in docs/design.md with the folders.
// Folders that only their parent uses, and other modules' and test programs' code, need no line.
func TestDesignListsEveryPackage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "## Packages\n\n```\n")
	list, _, ok := strings.Cut(after, "```")
	if !ok {
		t.Fatal("docs/design.md: no list of packages, want a code block below the heading Packages")
	}
	names := map[string]bool{}
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(" ,;\n", r) }) {
		if name, isFolder := strings.CutSuffix(word, "/"); isFolder {
			names[name] = true
		}
	}
	_, packages := repository(t)
	for _, p := range packages {
		switch top, _, _ := strings.Cut(p.Dir, "/"); {
		case p.Dir == ".", top == "examples", top == "tools", strings.Contains(p.Dir, "testdata"),
			strings.Contains(p.Dir, "/internal/"):
		case !names[path.Base(p.Dir)]:
			t.Errorf("docs/design.md: %s is not in the list of packages, want a line that has %s/", p.Dir, path.Base(p.Dir))
		}
	}
	err = fs.WalkDir(os.DirFS("../.."), ".", func(_ string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return err
		case d.Name() == ".git", d.Name() == "node_modules":
			return fs.SkipDir
		}
		delete(names, d.Name())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range names {
		t.Errorf("docs/design.md: the list of packages has %s/, want only folders that exist", name)
	}
}

// TestDesignNamesFunctions holds docs/design.md to the code: each row of the table "Find it in the
// code" names a function or a method of its file.
func TestDesignNamesFunctions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| .* \\| \\[(.+)\\]\\(\\.\\./(.+)\\) \\| `(.+)` \\|$")
	rows := row.FindAllStringSubmatch(string(text), -1)
	if len(rows) < 5 {
		t.Fatalf("docs/design.md has %d rows with a file and a function, want those of \"Find it in the code\"", len(rows))
	}
	for _, row := range rows {
		shown, file, name := row[1], row[2], row[3]
		code, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Error(err)
			continue
		}
		function := regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + regexp.QuoteMeta(name) + `\(`)
		if shown != file || !function.Match(code) {
			t.Errorf("docs/design.md: want the function %s in %s, as %s", name, file, shown)
		}
	}
}
