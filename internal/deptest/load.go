// Package deptest holds rules about source code that the compiler doesn't:
// which package may import which, and what no package may do. It only parses,
// so that a test over the whole module takes milliseconds and needs no tool.
package deptest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// Package is the parsed Go code of one directory, with its tests.
type Package struct {
	// Dir is the directory relative to the module's root, with slashes;
	// "." for the root.
	Dir   string
	Files []File
}

// File is one parsed file. Its positions are in the FileSet of the Load that
// made it.
type File struct {
	// Name is the path relative to the module's root.
	Name   string
	Source string
	AST    *ast.File
}

// Test reports whether only go test compiles the file.
func (f File) Test() bool { return strings.HasSuffix(f.Name, "_test.go") }

// Violation is one place that breaks a rule.
type Violation struct {
	Pos    token.Position
	What   string
	Reason string
}

func (v Violation) String() string {
	return fmt.Sprintf("%s: %s: %s", v.Pos, v.What, v.Reason)
}

// Load parses every Go file of the module whose root is fsys, build tags or
// not, in order of directories. Like the go command, it leaves out testdata,
// directories that start with a dot or an underscore, and other modules.
func Load(fsys fs.FS, fset *token.FileSet) ([]Package, error) {
	var packages []Package
	byDir := make(map[string]int)
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(fsys, name)
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		i, ok := byDir[dir]
		if !ok {
			i = len(packages)
			byDir[dir] = i
			packages = append(packages, Package{Dir: dir})
		}
		packages[i].Files = append(packages[i].Files, File{Name: name, Source: string(source), AST: file})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load packages: %w", err)
	}
	if len(packages) == 0 {
		return nil, errors.New("load packages: no Go files")
	}
	return packages, nil
}

// skip returns fs.SkipDir for a directory that isn't part of the module.
func skip(fsys fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	base := path.Base(dir)
	if base == "testdata" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}
