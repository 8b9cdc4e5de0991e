package tracetree_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// The package is to be learned as a whole, so its size is bounded. Merge or unexport a name before
// you raise a bound.
const (
	maxNames   = 110 // exported types, functions, constants and variables
	maxExports = 130 // the same with the exported methods of exported types
	maxLines   = 500 // of a file
	maxFiles   = 19  // without tests
)

func TestThePackageStaysSmall(t *testing.T) {
	files := parseFiles(t, false)
	if len(files) > maxFiles {
		t.Errorf("%d files, want at most %d", len(files), maxFiles)
	}
	var names, methods []string
	for path, file := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > maxLines {
			t.Errorf("%s has %d lines, want at most %d", path, n, maxLines)
		}
		for _, d := range file.Decls {
			names = append(names, declaredNames(d)...)
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.IsExported() && ast.IsExported(receiver(f)) {
				methods = append(methods, receiver(f)+"."+f.Name.Name)
			}
		}
	}
	if len(names) > maxNames {
		t.Errorf("%d exported names, want at most %d: %v", len(names), maxNames, names)
	}
	if n := len(names) + len(methods); n > maxExports {
		t.Errorf("%d exported names and methods, want at most %d: %v %v", n, maxExports, names, methods)
	}
}

func TestEveryFunctionHasAnExample(t *testing.T) {
	examples := make(map[string]bool)
	for _, file := range parseFiles(t, true) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				examples[f.Name.Name] = true
			}
		}
	}
	files := parseFiles(t, false)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		for _, d := range files[path].Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() && !examples["Example"+f.Name.Name] {
				t.Errorf("%s has no example", f.Name.Name)
			}
		}
	}
}

// parseFiles parses the package's files, or its tests, by their names.
func parseFiles(t *testing.T, tests bool) map[string]*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]*ast.File)
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") != tests {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	return files
}

// declaredNames returns the exported names that a declaration adds to the package.
func declaredNames(d ast.Decl) []string {
	var names []string
	add := func(id *ast.Ident) {
		if id.IsExported() {
			names = append(names, id.Name)
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				add(spec.Name)
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					add(id)
				}
			}
		}
	}
	return names
}

// receiver returns the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	kind := f.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	if id, ok := kind.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
