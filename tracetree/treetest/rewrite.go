package treetest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strings"

	"tracelab/internal/expect"
)

// call is a call of Expect in a source file, whose first argument is a raw string literal.
type call struct {
	line       int // the line on which the literal begins
	begin, end int // offsets of the literal with its quotes
	text       string
}

// findCall finds the call of Expect on a line. It returns an error if the call is not beyond doubt,
// or its argument can't be replaced.
func findCall(name string, source []byte, line int) (call, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return call{}, err
	}
	if ast.IsGenerated(file) {
		return call{}, errors.New("the file is generated code")
	}
	var calls []*ast.CallExpr
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := c.Fun.(*ast.SelectorExpr)
		// A call that is continued over several lines is reported as one of them.
		first, last := fset.PositionFor(c.Pos(), false).Line, fset.PositionFor(c.End(), false).Line
		if ok && selector.Sel.Name == "Expect" && first <= line && line <= last {
			calls = append(calls, c)
		}
		return true
	})
	switch {
	case len(calls) == 0:
		return call{}, errors.New(
			"no call of Expect is on this line: the file has changed since the test was built, or Expect is called in " +
				"another way",
		)
	case len(calls) > 1:
		return call{}, fmt.Errorf("%d calls of Expect are on this line: want one", len(calls))
	case len(calls[0].Args) == 0:
		return call{}, errors.New("Expect has no argument")
	}
	argument, ok := calls[0].Args[0].(*ast.BasicLit)
	if !ok || argument.Kind != token.STRING || argument.Value[0] != '`' {
		return call{}, errors.New("the argument of Expect is not a raw string literal, as in Expect(`…`)")
	}
	begin, end := fset.PositionFor(argument.Pos(), false), fset.PositionFor(argument.End(), false)
	return call{
		line: begin.Line, begin: begin.Offset, end: end.Offset,
		// As in the language, carriage returns aren't a part of the text.
		text: strings.ReplaceAll(argument.Value[1:len(argument.Value)-1], "\r", ""),
	}, nil
}

// replaceText returns the source with another tree in a call. If the source was formatted, it stays
// so.
func replaceText(source []byte, c call, tree string) ([]byte, error) {
	text, err := literalText(c.text, tree, expect.IndentOf(lineBefore(source, c.begin)))
	if err != nil {
		return nil, err
	}
	if bytes.Contains(source, []byte("\r\n")) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	changed := bytes.Join([][]byte{source[:c.begin], []byte("`" + text + "`"), source[c.end:]}, nil)
	if formatted, err := format.Source(source); err == nil && bytes.Equal(formatted, source) {
		return format.Source(changed)
	}
	return changed, nil
}

// literalText returns the text between the quotes of the new literal: the comments of the old text
// and the tree, in the old indentation, or else one level deeper than outer, the indentation of the
// line on which the literal begins.
func literalText(old, tree, outer string) (string, error) {
	tree = expect.TopComments(expect.Dedent(old)) + tree
	first, rest, several := strings.Cut(old, "\n")
	switch {
	case strings.Contains(tree, "`"):
		return "", errors.New("a raw string literal can't hold the backquote that is in the tree")
	case tree == "":
		return "", nil
	case !several && !expect.IsBlank(old) && strings.Count(tree, "\n") == 1:
		return strings.TrimSuffix(tree, "\n"), nil
	}
	indent, closing := outer+"\t", outer
	if several && expect.IsBlank(first) && !expect.IsBlank(rest) {
		indent = expect.CommonIndent(rest)
		if last := rest[strings.LastIndex(rest, "\n")+1:]; expect.IsBlank(last) {
			closing = last
		}
	}
	return "\n" + expect.Indent(tree, indent) + closing, nil
}

// lineBefore returns the part of a line that is before the offset.
func lineBefore(source []byte, offset int) string {
	return string(source[bytes.LastIndexByte(source[:offset], '\n')+1 : offset])
}
