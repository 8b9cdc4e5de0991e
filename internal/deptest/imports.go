package deptest

import (
	"go/token"
	"path"
	"strconv"
	"strings"
)

// Patterns of a Rule in addition to import paths.
const (
	// Std matches every package of the standard library.
	Std = "std"
	// Outside matches every package of other modules.
	Outside = "outside"
)

// Rule lists what some packages may import. A pattern is Std,
// Outside, an import path, or an import path and /... for it and all below it;
// "./x" is the module's package x.
type Rule struct {
	// For are the packages, relative to the module: "cli", "lab/...", or
	// "." for the root. A package follows the first rule that is for it.
	For []string
	// Allow are the imports that these packages may have.
	Allow []string
	// Deny are exceptions from Allow.
	Deny []string
	// Tests are further packages of the module that only tests may import.
	// From outside the module, tests may import anything.
	Tests []string
	// Reason completes "x may not import y: ".
	Reason string
}

// Imports checks the packages of the named module against the rules. A package
// that no rule is for is a violation too.
func Imports(fset *token.FileSet, module string, packages []Package, rules []Rule) []Violation {
	var found []Violation
	for _, p := range packages {
		rule, ok := ruleFor(p.Dir, rules)
		if !ok {
			found = append(found, Violation{
				Pos:    fset.Position(p.Files[0].AST.Name.Pos()),
				What:   "no rule for the imports of package " + p.Dir,
				Reason: "add it to the table",
			})
			continue
		}
		for _, f := range p.Files {
			for _, spec := range f.AST.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err == nil && rule.allows(module, p.Dir, imported, f.Test()) {
					continue
				}
				found = append(found, Violation{
					Pos:    fset.Position(spec.Pos()),
					What:   who(p.Dir, f) + " may not import " + spec.Path.Value,
					Reason: rule.Reason,
				})
			}
		}
	}
	return found
}

func who(dir string, f File) string {
	if f.Test() {
		return "tests of package " + dir
	}
	return "package " + dir
}

func ruleFor(dir string, rules []Rule) (Rule, bool) {
	for _, r := range rules {
		for _, pattern := range r.For {
			if under(pattern, dir) {
				return r, true
			}
		}
	}
	return Rule{}, false
}

func (r Rule) allows(module, dir, imported string, test bool) bool {
	own := under(module+"/...", imported)
	std := !own && standard(imported)
	matches := func(patterns []string) bool {
		for _, pattern := range patterns {
			if local, ok := strings.CutPrefix(pattern, "./"); ok {
				pattern = path.Join(module, local)
			}
			switch {
			case pattern == Std && std, pattern == Outside && !own && !std, under(pattern, imported):
				return true
			}
		}
		return false
	}
	if test && (!own || imported == path.Join(module, dir) || matches(r.Tests)) {
		return true
	}
	return matches(r.Allow) && !matches(r.Deny)
}

// under reports whether the pattern, a path with or without /... at its end,
// matches the path.
func under(pattern, p string) bool {
	root, below := strings.CutSuffix(pattern, "/...")
	return p == root || below && strings.HasPrefix(p, root+"/")
}

// standard reports whether the path of another module's package is the standard
// library's: its first element has no dot.
func standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}
