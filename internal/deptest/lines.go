package deptest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"unicode/utf8"
)

// LongFiles reports the hand-written Go files that have more lines than most.
func LongFiles(fset *token.FileSet, packages []Package, most int, reason string) []Violation {
	var found []Violation
	for _, f := range handWritten(packages) {
		if n := lineCount(f.Source); n > most {
			found = append(found, Violation{
				Pos:    fset.Position(f.AST.Name.Pos()),
				What:   fmt.Sprintf("file of %d lines, want at most %d", n, most),
				Reason: reason,
			})
		}
	}
	return found
}

// LongLines reports the code lines of hand-written Go files that have more characters than most. A
// tab counts as one character. Comments are left out, as [LongComments] reports them, and so are
// lines with a part of a raw string, which can't be broken.
func LongLines(fset *token.FileSet, packages []Package, most int, reason string) []Violation {
	var found []Violation
	for _, f := range handWritten(packages) {
		unbreakable := rawStringLines(fset, f.AST)
		number := 0
		for line := range strings.Lines(f.Source) {
			number++
			line = strings.TrimRight(line, "\r\n")
			n := utf8.RuneCountInString(line)
			if n <= most || unbreakable[number] || strings.HasPrefix(strings.TrimSpace(line), "//") {
				continue
			}
			found = append(found, Violation{
				Pos:    token.Position{Filename: f.Name, Line: number, Column: most + 1},
				What:   fmt.Sprintf("code line of %d characters, want at most %d", n, most),
				Reason: reason,
			})
		}
	}
	return found
}

// LongComments reports the lines of comments in hand-written Go files that are wider than most
// columns, where a tab is four wide. Comments after code belong to the code's line. Tables and code
// in comments, which are indented after the slashes, are left out, and lines that can't be broken:
// directives, single words such as URLs, and what examples are to print.
func LongComments(fset *token.FileSet, packages []Package, most int, reason string) []Violation {
	var found []Violation
	for _, f := range handWritten(packages) {
		lines := strings.Split(f.Source, "\n")
		for _, group := range f.AST.Comments {
			for _, comment := range group.List {
				if outputOfExample.MatchString(comment.Text) {
					break
				}
				at := fset.Position(comment.Pos())
				line := strings.TrimRight(lines[at.Line-1], "\r")
				text, alone := strings.CutPrefix(strings.TrimLeft(line, "\t"), "// ")
				if n := columns(line); n > most && alone && strings.Contains(strings.TrimSpace(text), " ") {
					found = append(found, Violation{
						Pos:    token.Position{Filename: f.Name, Line: at.Line, Column: at.Column},
						What:   fmt.Sprintf("comment of %d columns, want at most %d", n, most),
						Reason: reason,
					})
				}
			}
		}
	}
	return found
}

// This is the first line of the comment that go test compares with the output of an example.
var outputOfExample = regexp.MustCompile(`(?i)^//[[:space:]]*(unordered )?output:`)

// columns returns the width of a line in which a tab is four wide.
func columns(line string) int {
	return utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
}

func handWritten(packages []Package) []File {
	var files []File
	for _, p := range packages {
		for _, f := range p.Files {
			if !ast.IsGenerated(f.AST) {
				files = append(files, f)
			}
		}
	}
	return files
}

func lineCount(source string) int {
	n := strings.Count(source, "\n")
	if source != "" && !strings.HasSuffix(source, "\n") {
		n++
	}
	return n
}

// rawStringLines returns the lines of the file that a raw string literal is on, struct tags among
// them.
func rawStringLines(fset *token.FileSet, file *ast.File) map[int]bool {
	lines := make(map[int]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if ok && lit.Kind == token.STRING && lit.Value[0] == '`' {
			for line := fset.Position(lit.Pos()).Line; line <= fset.Position(lit.End()).Line; line++ {
				lines[line] = true
			}
		}
		return true
	})
	return lines
}
