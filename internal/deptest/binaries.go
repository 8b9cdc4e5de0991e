package deptest

import (
	"go/token"
	"path"
	"strconv"
	"strings"
)

// Linking limits which test binaries link some packages of other modules.
type Linking struct {
	// Imports are the patterns of what is limited.
	Imports []string
	// Allow are the patterns of the packages whose test binaries may link them.
	Allow []string
	// Reason completes "tests of package x link y: ".
	Reason string
}

// Links reports the test binaries that link what they may not: the imports of the tests, and of all
// packages of the named module below them.
func Links(fset *token.FileSet, module string, packages []Package, limits []Linking) []Violation {
	g := importGraph{module: module, packages: make(map[string]Package), linked: make(map[string][]string)}
	for _, p := range packages {
		g.packages[p.Dir] = p
	}
	var found []Violation
	for _, p := range packages {
		tests := p.tests()
		if len(tests) == 0 {
			continue
		}
		var linked []string
		for _, f := range p.Files {
			linked = append(linked, g.imports(f)...)
		}
		for _, limit := range limits {
			if matchesAny(limit.Allow, p.Dir) {
				continue
			}
			for _, name := range linked {
				if matchesAny(limit.Imports, name) {
					pos := fset.Position(tests[0].AST.Name.Pos())
					found = append(found, Violation{pos, "tests of package " + p.Dir + " link " + name, limit.Reason})
					break
				}
			}
		}
	}
	return found
}

// importGraph has what packages of a module import from other modules, by themselves or by others.
type importGraph struct {
	module   string
	packages map[string]Package
	linked   map[string][]string
}

func (g importGraph) imports(f File) []string {
	var all []string
	for _, spec := range f.AST.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if under(g.module+"/...", name) {
			all = append(all, g.of(strings.TrimPrefix(name, g.module+"/"))...)
		} else if !standard(name) {
			all = append(all, name)
		}
	}
	return all
}

// of returns what the package of a directory links.
func (g importGraph) of(dir string) []string {
	if all, ok := g.linked[dir]; ok {
		return all
	}
	seen := make(map[string]bool)
	all := []string{}
	for _, f := range g.packages[dir].Files {
		if f.Test() {
			continue
		}
		for _, name := range g.imports(f) {
			if !seen[name] {
				seen[name] = true
				all = append(all, name)
			}
		}
	}
	g.linked[dir] = all
	return all
}

// InnerTests reports packages with tests in the package itself, as in "package x" instead of
// "package x_test", except those that match the patterns.
func InnerTests(fset *token.FileSet, packages []Package, except []string, reason string) []Violation {
	var found []Violation
	for _, p := range packages {
		if matchesAny(except, p.Dir) {
			continue
		}
		for _, f := range p.tests() {
			if !strings.HasSuffix(f.AST.Name.Name, "_test") {
				found = append(found, Violation{fset.Position(f.AST.Name.Pos()), "a test in package " + path.Base(p.Dir), reason})
			}
		}
	}
	return found
}

func (p Package) tests() []File {
	var tests []File
	for _, f := range p.Files {
		if f.Test() {
			tests = append(tests, f)
		}
	}
	return tests
}

func matchesAny(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if under(pattern, name) {
			return true
		}
	}
	return false
}
