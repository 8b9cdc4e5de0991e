package deptest

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// Forbidden are functions of one package that may not be used.
type Forbidden struct {
	// Import is the package's path, Functions are names in it.
	Import    string
	Functions []string
	// Except are the files, relative to the module, that may.
	Except []string
	// TestsToo is whether the rule holds for tests.
	TestsToo bool
	Reason   string
}

// Functions reports every use of a forbidden function, called or not.
func Functions(fset *token.FileSet, packages []Package, forbidden []Forbidden) []Violation {
	var found []Violation
	for _, p := range packages {
		for _, f := range p.Files {
			for _, ban := range forbidden {
				if f.Test() && !ban.TestsToo || slices.Contains(ban.Except, f.Name) {
					continue
				}
				found = append(found, uses(fset, f, ban)...)
			}
		}
	}
	return found
}

func uses(fset *token.FileSet, f File, ban Forbidden) []Violation {
	names, spec := importName(f.AST, ban.Import)
	if spec == nil {
		return nil
	}
	if names == "." {
		return []Violation{{fset.Position(spec.Pos()), "dot import of " + ban.Import, ban.Reason}}
	}
	var found []Violation
	ast.Inspect(f.AST, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := selector.X.(*ast.Ident)
		if ok && of.Name == names && slices.Contains(ban.Functions, selector.Sel.Name) {
			found = append(found, Violation{
				Pos:    fset.Position(selector.Pos()),
				What:   "use of " + of.Name + "." + selector.Sel.Name,
				Reason: ban.Reason,
			})
		}
		return true
	})
	return found
}

// importName returns the name under which the file imports the package,
// and its import; nil when the file doesn't import it.
func importName(file *ast.File, imported string) (string, *ast.ImportSpec) {
	for _, spec := range file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != imported {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name, spec
		}
		return path.Base(imported), spec
	}
	return "", nil
}

// Inits reports every init function outside of generated code.
func Inits(fset *token.FileSet, packages []Package, reason string) []Violation {
	var found []Violation
	for _, p := range packages {
		for _, f := range p.Files {
			if ast.IsGenerated(f.AST) {
				continue
			}
			for _, decl := range f.AST.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					found = append(found, Violation{fset.Position(fn.Pos()), "func init", reason})
				}
			}
		}
	}
	return found
}
