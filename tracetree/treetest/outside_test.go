package treetest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/slow"
)

// outsideModule copies testdata/outside into a module of its own, which has the versions that this
// module has and needs no network.
func outsideModule(t *testing.T) string {
	t.Helper()
	slow.Only(t) // it builds another module, gRPC included
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/outside")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	runGo(t, dir, nil, "mod", "edit", "-module=example.org/shop", "-require=tracelab@v0.0.0", "-replace=tracelab="+root)
	return dir
}

// goCommand is the go command in another module, with an environment that this test's doesn't
// change.
func goCommand(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(
		os.Environ(),
		"GOFLAGS=-mod=mod",
		"GOPROXY=off",
		"GOWORK=off",
		"OTEL_SEMCONV_STABILITY_OPT_IN=",
		"TREETEST_UPDATE=",
	)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

func runGo(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	if out, err := goCommand(t, dir, env, args...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestServicesOfAnotherModuleAreAsserted(t *testing.T) {
	t.Parallel()
	runGo(t, outsideModule(t), nil, "test", ".", "./report")
}

func TestExpectationsAreUpdatedInPlace(t *testing.T) {
	t.Parallel()
	dir := outsideModule(t)
	update := []string{"TREETEST_UPDATE=1"}
	source := filepath.Join(dir, "update", "update_test.go")
	runGo(t, dir, update, "test", "./update")
	updated, err := os.ReadFile("testdata/updated.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, source, string(updated))
	wantFile(t, filepath.Join(dir, "update", "testdata", "top.tree"), "svc: top (root)\n  svc: a\n")
	runGo(t, dir, nil, "test", "./update")
	runGo(t, dir, update, "test", "-count=1", "./update")
	wantFile(t, source, string(updated))
	if out, err := exec.CommandContext(t.Context(), "gofmt", "-l", source).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt -l: %v\n%s", err, out)
	}
}

func TestExpectationsThatCanNotBeUpdatedFail(t *testing.T) {
	t.Parallel()
	dir := outsideModule(t)
	source := filepath.Join(dir, "refuse", "refuse_test.go")
	before, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	out, err := goCommand(t, dir, []string{"TREETEST_UPDATE=1"}, "test", "./refuse").CombinedOutput()
	if err == nil {
		t.Errorf("the tests pass:\n%s", out)
	}
	for _, want := range []string{
		"refuse_test.go:21: the argument of Expect is not a raw string literal",
		"refuse_test.go:25: 2 calls of Expect are on this line",
		"no call of Expect is on this line",
		"backquote that is in the tree",
		"seen, to be pasted:\n        \t\tsvc: top (root)",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
	after, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("changed all the same (-want +got):\n%s", diff)
	}
}
