package deptest

import (
	"go/token"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// load parses made-up sources, given by name.
func load(t *testing.T, sources map[string]string) (*token.FileSet, []Package) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, source := range sources {
		fsys[name] = &fstest.MapFile{Data: []byte(source)}
	}
	fset := token.NewFileSet()
	packages, err := Load(fsys, fset)
	if err != nil {
		t.Fatal(err)
	}
	return fset, packages
}

// texts returns the violations as they are printed.
func texts(found []Violation) []string {
	var all []string
	for _, v := range found {
		all = append(all, v.String())
	}
	return all
}

func TestImportsReportsWhatTheTableForbids(t *testing.T) {
	rules := []Rule{
		{For: []string{"."}, Allow: []string{Std, "./a"}, Reason: "main is thin"},
		{For: []string{"a/sub"}, Allow: []string{"example.org/..."}, Reason: "sub is special"},
		{
			For:    []string{"a/..."},
			Allow:  []string{Std, Outside},
			Deny:   []string{"example.org/bad"},
			Tests:  []string{"./b"},
			Reason: "a is alone",
		},
		{For: []string{"b"}, Allow: []string{"./..."}, Reason: "b knows all"},
	}
	tests := []struct {
		file, source string
		want         []string
		reason       string
	}{
		{"main.go", `package main; import ("os"; "mod/a")`, nil, "both are allowed"},
		{
			"main.go",
			`package main; import "mod/b"`,
			[]string{`main.go:1:22: package . may not import "mod/b": main is thin`},
			"a package of the module that isn't listed",
		},
		{
			"main.go",
			`package main; import "mod/a/sub"`,
			[]string{`main.go:1:22: package . may not import "mod/a/sub": main is thin`},
			"a path alone doesn't stand for those below it",
		},
		{
			"main.go",
			`package main; import "example.org/x"`,
			[]string{`main.go:1:22: package . may not import "example.org/x": main is thin`},
			"another module's",
		},
		{
			"a/a.go",
			`package a; import ("fmt"; "example.org/x"; "golang.org/x/sync")`,
			nil,
			"the standard library and other modules",
		},
		{
			"a/a.go",
			`package a; import "mod/b"`,
			[]string{`a/a.go:1:19: package a may not import "mod/b": a is alone`},
			"what only tests may",
		},
		{"a/a_test.go", `package a; import "mod/b"`, nil, "tests may what their list says"},
		{"a/a_test.go", `package a_test; import "mod/a"`, nil, "an external test imports its package"},
		{"a/a_test.go", `package a; import "example.org/bad"`, nil, "tests may import anything from other modules"},
		{
			"a/a_test.go",
			`package a; import "mod/c"`,
			[]string{`a/a_test.go:1:19: tests of package a may not import "mod/c": a is alone`},
			"but not anything of their own",
		},
		{
			"a/a.go",
			`package a; import "example.org/bad"`,
			[]string{`a/a.go:1:19: package a may not import "example.org/bad": a is alone`},
			"an exception",
		},
		{
			"a/sub/s.go",
			`package sub; import "fmt"`,
			[]string{`a/sub/s.go:1:21: package a/sub may not import "fmt": sub is special`},
			"the first rule counts",
		},
		{"b/b.go", `package b; import ("mod/a"; "mod")`, nil, "everything of the module"},
		{
			"b/b.go",
			`package b; import "modern"`,
			[]string{`b/b.go:1:19: package b may not import "modern": b knows all`},
			"the module's name begins it, but it isn't the module's",
		},
		{
			"new/n.go",
			`package new`,
			[]string{"new/n.go:1:9: no rule for the imports of package new: add it to the table"},
			"an unknown package",
		},
		{
			"b/sub/s.go",
			`package sub`,
			[]string{"b/sub/s.go:1:9: no rule for the imports of package b/sub: add it to the table"},
			"a rule for a path alone",
		},
		{"a/testdata/t.go", "package", nil, "testdata isn't part of the module"},
		{"a/.hidden/t.go", "package", nil, "nor is what is hidden"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			sources := map[string]string{tt.file: tt.source, "b/other.go": "package b"}
			fset, packages := load(t, sources)
			if diff := cmp.Diff(tt.want, texts(Imports(fset, "mod", packages, rules))); diff != "" {
				t.Errorf("Imports of %s (-want +got):\n%s", tt.source, diff)
			}
		})
	}
}

func TestLoadLeavesOutOtherModules(t *testing.T) {
	_, packages := load(t, map[string]string{
		"a/a.go":         "package a",
		"tools/go.mod":   "module mod/tools",
		"tools/t.go":     "package tools",
		"tools/gen/g.go": "package gen",
	})
	if len(packages) != 1 || packages[0].Dir != "a" {
		t.Errorf("Load = %+v, want package a alone", packages)
	}
}

func TestLoadReportsWhatItCannotRead(t *testing.T) {
	tests := []struct{ file, source, want, reason string }{
		{"a/a.go", "package", "a/a.go:1:8: expected 'IDENT'", "a syntax error is located"},
		{"a/a.txt", "text", "no Go files", "a wrong root would make every rule hold"},
	}
	for _, tt := range tests {
		fsys := fstest.MapFS{tt.file: &fstest.MapFile{Data: []byte(tt.source)}}
		_, err := Load(fsys, token.NewFileSet())
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Load with %s: error %v, want one with %q: %s", tt.file, err, tt.want, tt.reason)
		}
	}
}
