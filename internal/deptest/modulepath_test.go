package deptest

import (
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tracelab/internal/slow"
)

// TestModulePathIsOneCommand gives a copy of the repository another path: the copy builds, keeps
// the rules, and nothing in it has the old path.
func TestModulePathIsOneCommand(t *testing.T) {
	slow.Only(t) // it builds the whole module
	const renamed = "example.org/people.of/tracing-lab"
	old := modulePath(t)
	dir := copyOfRepository(t)
	run(t, dir, "scripts/module-path", renamed)
	if out := run(t, dir, "go", "list", "-m"); strings.TrimSpace(out) != renamed {
		t.Errorf("go list -m: %s, want %s", out, renamed)
	}
	run(t, dir, "go", "vet", "./internal/...", "./tracetree/...", "./taskservice/...")
	run(t, dir, "make", "generate-check")

	fset := token.NewFileSet()
	packages, err := Load(os.DirFS(dir), fset)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range Imports(fset, renamed, packages, testRules()) {
		t.Error(v)
	}
	for _, p := range packages {
		for _, f := range p.Files {
			if strings.Contains(f.Source, `"`+old+`/`) {
				t.Errorf("%s still has the path %s", f.Name, old)
			}
		}
	}
	before := run(t, dir, "git", "status", "--porcelain")
	run(t, dir, "scripts/module-path", renamed)
	if after := run(t, dir, "git", "status", "--porcelain"); after != before {
		t.Errorf("the second run changed something:\n%s", after)
	}
}

func TestModulePathRefusesInvalidPaths(t *testing.T) {
	for _, path := range []string{"", "a b", "/a", "a//b", `a"b`, "https://example.org/a"} {
		cmd := exec.CommandContext(t.Context(), "../../scripts/module-path", path)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "module-path") {
			t.Errorf("%q: %v, %s, want an error", path, err, out)
		}
	}
}

// copyOfRepository returns a git repository with the files of this one. The tools are shared if
// they are built.
func copyOfRepository(t *testing.T) string {
	t.Helper()
	root, dir := os.DirFS("../.."), t.TempDir()
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".git" || name == "bin" || name == "dist":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), content, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
	tools, err := filepath.Abs("../../bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(tools); err == nil {
		if err := os.CopyFS(filepath.Join(dir, "bin"), os.DirFS(tools)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "git", "init", "-q")
	run(t, dir, "git", "add", "-A")
	return dir
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if strings.Contains(name, "/") {
		cmd.Path = filepath.Join(dir, name)
	}
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
