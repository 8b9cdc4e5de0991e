package deptest

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Phrase is a wording that the project's texts avoid.
type Phrase struct {
	// Banned matches the wording. Case is ignored.
	Banned string
	// Except matches text around the wording in which it is fine, such as an established term.
	// Empty for no exception.
	Except string
	// Instead is what to write.
	Instead string
}

// passage is a piece of text for people, and where it starts.
type passage struct {
	pos  token.Position
	text string
}

// Prose reports banned phrases in comments of hand-written Go files, and in string literals with a
// space in them, which are messages and help. Literals of tests are left out, as they hold the
// texts of made-up programs.
func Prose(fset *token.FileSet, packages []Package, phrases []Phrase) []Violation {
	var texts []passage
	for _, f := range handWritten(packages) {
		for _, group := range f.AST.Comments {
			texts = append(texts, passage{fset.Position(group.Pos()), commentText(group)})
		}
		if f.Test() {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if ok && lit.Kind == token.STRING && strings.ContainsAny(lit.Value, " \n") {
				// A raw literal keeps its line breaks, so that positions are right.
				text := lit.Value
				if unquoted, err := strconv.Unquote(text); err == nil && text[0] == '"' {
					text = unquoted
				}
				texts = append(texts, passage{fset.Position(lit.Pos()), text})
			}
			return true
		})
	}
	return banned(texts, phrases)
}

// commentText returns the text of a group of comments, with as many lines as the group has.
func commentText(group *ast.CommentGroup) string {
	var b strings.Builder
	for i, comment := range group.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		if !strings.HasPrefix(comment.Text, "//go:") {
			b.WriteString(strings.TrimPrefix(strings.TrimPrefix(comment.Text, "//"), " "))
		}
	}
	return b.String()
}

// ProseFiles reports banned phrases in the text files of fsys that match the patterns, which are
// those of path.Match. Fenced blocks of Markdown are left out: they are code and its output.
func ProseFiles(fsys fs.FS, patterns []string, phrases []Phrase) ([]Violation, error) {
	var texts []passage
	for _, pattern := range patterns {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, fmt.Errorf("files of %s: %w", pattern, err)
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("files of %s: not found", pattern)
		}
		for _, name := range names {
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			text := string(data)
			if path.Ext(name) == ".md" {
				text = withoutFences(text)
			}
			texts = append(texts, passage{token.Position{Filename: name, Line: 1, Column: 1}, text})
		}
	}
	return banned(texts, phrases), nil
}

// withoutFences empties the lines of fenced code blocks, and keeps the count of lines.
func withoutFences(markdown string) string {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(markdown) {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if inside || fence {
			line = "\n"
		}
		if fence {
			inside = !inside
		}
		b.WriteString(line)
	}
	return b.String()
}

func banned(texts []passage, phrases []Phrase) []Violation {
	// Most texts have none of the phrases, and one expression finds that out sooner than several.
	var all []string
	for _, p := range phrases {
		all = append(all, p.Banned)
	}
	any := regexp.MustCompile("(?im)(" + strings.Join(all, ")|(") + ")")
	texts = slices.DeleteFunc(texts, func(t passage) bool { return !any.MatchString(t.text) })

	var found []Violation
	for _, p := range phrases {
		phrase := regexp.MustCompile("(?im)" + p.Banned)
		var except *regexp.Regexp
		if p.Except != "" {
			except = regexp.MustCompile("(?im)" + p.Except)
		}
		for _, t := range texts {
			for _, at := range phrase.FindAllStringIndex(t.text, -1) {
				if except != nil && within(at, except.FindAllStringIndex(t.text, -1)) {
					continue
				}
				pos := t.pos
				pos.Line += strings.Count(t.text[:at[0]], "\n")
				pos.Column, pos.Offset = 1, 0
				words := strings.Join(strings.Fields(t.text[at[0]:at[1]]), " ")
				found = append(found, Violation{pos, strconv.Quote(words), "plain English: " + p.Instead})
			}
		}
	}
	return found
}

// within reports whether a match overlaps one of the exceptions.
func within(match []int, exceptions [][]int) bool {
	for _, e := range exceptions {
		if match[0] < e[1] && e[0] < match[1] {
			return true
		}
	}
	return false
}
