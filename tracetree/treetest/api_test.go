package treetest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// noExample are the methods that a test doesn't call.
var noExample = []string{
	"Recorder_OnStart", "Recorder_OnEnd", "Recorder_ForceFlush", "Recorder_Shutdown", // the SDK calls them
	"Recorder_Refused", // package otlptest calls it
}

func TestEveryFunctionAndMethodHasAnExample(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	examples := make(map[string]bool)
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() {
				continue
			}
			switch name, of, _ := strings.Cut(f.Name.Name, "Example"); {
			case strings.HasSuffix(entry.Name(), "_test.go"):
				if name == "" {
					examples[of] = true
				}
			case f.Recv == nil:
				exported = append(exported, f.Name.Name)
			default:
				if receiver := receiver(f); ast.IsExported(receiver) {
					exported = append(exported, receiver+"_"+f.Name.Name)
				}
			}
		}
	}
	if len(exported) < 10 {
		t.Errorf("%d functions and methods are found, want all: %v", len(exported), exported)
	}
	for _, name := range exported {
		if examples[name] == slices.Contains(noExample, name) {
			t.Errorf("%s: has an example: %t; want one, or else a row of noExample", name, examples[name])
		}
	}
}

// receiver returns the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	of := f.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	return of.(*ast.Ident).Name
}
