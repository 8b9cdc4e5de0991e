package treetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sourceFile writes a source that is older than the test binary.
func sourceFile(t *testing.T, source string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p_test.go")
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour * 24 * 365)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestReplaceFollowsTheLinesThatMove(t *testing.T) {
	t.Parallel()
	const n = 20
	path := sourceFile(t, quoted(inFunction(strings.Repeat("\trec.Expect('')\n", n-1)+"\trec.Expect('')")))
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			tree := fmt.Sprintf("shop: order %d\n", i) + strings.Repeat("  shop: pay\n", i%3)
			if err := (literal{path, 4 + i, ""}).replace(tree); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var want strings.Builder
	for i := range n {
		fmt.Fprintf(&want, "\trec.Expect('\n\t\tshop: order %d\n%s\t')\n", i, strings.Repeat("\t\t  shop: pay\n", i%3))
	}
	if diff := cmp.Diff(quoted(inFunction(strings.TrimSuffix(want.String(), "\n"))), readFile(t, path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReplaceOfACallThatRunsTwice(t *testing.T) {
	t.Parallel()
	path := sourceFile(t, quoted(inFunction("\tfor range 3 {\n\t\trec.Expect('')\n\t}")))
	l := literal{path, 5, ""}
	for range 2 {
		if err := l.replace("a: b\n"); err != nil {
			t.Errorf("with the same tree: %v", err)
		}
	}
	updated := readFile(t, path)
	if err := l.replace("a: c\n"); err == nil || !strings.Contains(err.Error(), "another tree already") {
		t.Errorf("with another tree: %v", err)
	}
	if diff := cmp.Diff(updated, readFile(t, path)); diff != "" {
		t.Errorf("changed all the same (-want +got):\n%s", diff)
	}
}

func TestReplaceRefusesAFileThatOthersChanged(t *testing.T) {
	t.Parallel()
	source := quoted(inFunction("\trec.Expect('')\n\trec.Expect('')"))
	newer := sourceFile(t, source)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(newer, later, later); err != nil {
		t.Fatal(err)
	}
	edited := sourceFile(t, source)
	if err := (literal{edited, 4, ""}).replace("a: b\n"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(edited, []byte("// A line.\n"+readFile(t, edited)), 0o600); err != nil {
		t.Fatal(err)
	}
	for reason, path := range map[string]string{"since the build": newer, "since the last update": edited} {
		before := readFile(t, path)
		if err := (literal{path, 5, ""}).replace(
			"a: b\n",
		); err == nil ||
			!strings.Contains(err.Error(), "has changed since the test was built") {
			t.Errorf("%s: %v", reason, err)
		}
		if diff := cmp.Diff(before, readFile(t, path)); diff != "" {
			t.Errorf("%s: changed all the same (-want +got):\n%s", reason, diff)
		}
	}
}

func TestReplaceRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	readOnly := sourceFile(t, quoted(inFunction("\trec.Expect('')")))
	if err := os.Chmod(readOnly, 0o400); err != nil {
		t.Fatal(err)
	}
	otherText := sourceFile(t, quoted(inFunction("\trec.Expect('a: b')")))
	tests := []struct {
		reason, path, want string
	}{
		{"not writable", readOnly, "not writable"},
		{"missing", filepath.Join(t.TempDir(), "gone_test.go"), "file"},
		{"built with -trimpath", "example.org/shop/shop_test.go", "-trimpath"},
		{"another literal on the line", otherText, "another tree already"},
	}
	for _, test := range tests {
		err := literal{test.path, 4, ""}.replace("c: d\n")
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path+":4: ") {
			t.Errorf("%s: got error %v, want one with %q and the place", test.reason, err, test.want)
		}
	}
}
