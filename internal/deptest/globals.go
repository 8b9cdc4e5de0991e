package deptest

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// Globals reports package-level state, outside of tests and generated code:
// variables that a function assigns to, writes into or takes the address of,
// and those of types that exist to change: channels, and the types of sync and
// sync/atomic. A map or slice that is only read, a table, isn't state.
//
// The imported packages are not read, so that a variable which only their
// functions change is not noticed.
func Globals(fset *token.FileSet, packages []Package, reason string) []Violation {
	var found []Violation
	for _, p := range packages {
		// Types tell a package's variable from a local one of its name.
		var files []*ast.File
		for _, f := range p.Files {
			if !f.Test() {
				files = append(files, f.AST)
			}
		}
		info := &types.Info{Uses: make(map[*ast.Ident]types.Object)}
		config := types.Config{Importer: noImports{}, Error: func(error) {}}
		// The imported packages aren't loaded, which causes errors, but the
		// package's own declarations are resolved all the same.
		pkg, _ := config.Check(p.Dir, fset, files, info)

		g := globals{info: info, scope: pkg.Scope(), found: func(pos token.Pos, what string) {
			found = append(found, Violation{fset.Position(pos), what, reason})
		}}
		for _, file := range files {
			if ast.IsGenerated(file) {
				continue
			}
			g.declared(file)
			ast.Inspect(file, g.written)
		}
	}
	return found
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) {
	return nil, errors.New("imports are not read")
}

type globals struct {
	info  *types.Info
	scope *types.Scope
	found func(pos token.Pos, what string)
}

// declared reports the package's variables that are made to change.
func (g globals) declared(file *ast.File) {
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok || general.Tok != token.VAR {
			continue
		}
		for _, spec := range general.Specs {
			spec := spec.(*ast.ValueSpec)
			stateful := changes(file, spec.Type) || slices.ContainsFunc(spec.Values, func(v ast.Expr) bool {
				return changes(file, madeType(v))
			})
			if stateful {
				g.found(spec.Pos(), "package variable "+spec.Names[0].Name+" is made to change")
			}
		}
	}
}

// madeType returns the type of what an initial value makes: make(T), T{},
// &T{}, new(T).
func madeType(value ast.Expr) ast.Expr {
	switch v := value.(type) {
	case *ast.UnaryExpr:
		return madeType(v.X)
	case *ast.CompositeLit:
		return v.Type
	case *ast.CallExpr:
		if fn, ok := v.Fun.(*ast.Ident); ok && len(v.Args) > 0 && (fn.Name == "make" || fn.Name == "new") {
			return v.Args[0]
		}
	}
	return nil
}

// changes reports whether the type is a channel, or of sync or sync/atomic, or
// a pointer to or an array of one.
func changes(file *ast.File, expr ast.Expr) bool {
	switch t := expr.(type) {
	case *ast.ChanType:
		return true
	case *ast.StarExpr:
		return changes(file, t.X)
	case *ast.ArrayType:
		return changes(file, t.Elt)
	case *ast.IndexExpr: // atomic.Pointer[T]
		return changes(file, t.X)
	case *ast.SelectorExpr:
		of, ok := t.X.(*ast.Ident)
		if !ok {
			return false
		}
		for _, imported := range [...]string{"sync", "sync/atomic"} {
			if name, spec := importName(file, imported); spec != nil && name == of.Name {
				return true
			}
		}
	}
	return false
}

// written reports what a statement or expression changes of the package's
// variables. It is called for every node.
func (g globals) written(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, left := range n.Lhs {
				g.target(left, "assigned to")
			}
		}
	case *ast.IncDecStmt:
		g.target(n.X, "assigned to")
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			g.target(n.Key, "assigned to")
			g.target(n.Value, "assigned to")
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			g.target(n.X, "used by address")
		}
	case *ast.CallExpr:
		fn, ok := n.Fun.(*ast.Ident)
		if ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, fn.Name) {
			g.target(n.Args[0], "changed by "+fn.Name)
		}
	}
	return true
}

// target records a violation if the expression refers to a package variable or to a part of one.
func (g globals) target(expr ast.Expr, how string) {
	for {
		switch e := expr.(type) {
		case *ast.ParenExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.SliceExpr:
			expr = e.X
		case *ast.StarExpr:
			expr = e.X
		case *ast.SelectorExpr:
			expr = e.X
		case *ast.Ident:
			v, ok := g.info.Uses[e].(*types.Var)
			if ok && v.Parent() == g.scope {
				g.found(e.Pos(), "package variable "+e.Name+" is "+how)
			}
			return
		default:
			return
		}
	}
}
