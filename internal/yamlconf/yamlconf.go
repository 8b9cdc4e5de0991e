// Package yamlconf reads the small YAML files that people write for this program: the checks'
// configuration, sampling policies, and the settings and faults of scenarios. A file is read by
// [Reader]s, node by node, so that unknown fields are errors and every mistake has its place.
package yamlconf

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"tracelab/internal/source"
)

// maxText is the largest text in bytes. No person writes a longer one, and it could be nested more
// deeply than the parser can read.
const maxText = 64 << 10

// parse reads YAML into its nodes; nil is an empty text. Tags, anchors and aliases, which no
// configuration needs, are errors, and so is a second document.
func parse(file, text string) (body ast.Node, err error) {
	if len(text) > maxText {
		return nil, source.At(file, "", 1, 1, "the text has %d bytes: want at most %d", len(text), maxText)
	}
	if err := checkUTF8(file, text); err != nil {
		return nil, err
	}
	parsed, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		err := placed(file, text, err)
		err.Message = "this is not YAML: " + err.Message
		return nil, err
	}
	for _, doc := range parsed.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			return nil, errorAt(file, text, start(doc.Body), "a second YAML document: want one, without a line ---")
		}
		body = doc.Body
		plain := &plain{}
		ast.Walk(plain, body)
		if node := plain.found; node != nil {
			return nil,
				errorAt(file, text, node.GetToken(), "%s begins %s: want a plain value, in quotes if it begins with !, & or *",
					node.GetToken().Value, notPlain[node.Type()])
		}
	}
	return body, nil
}

// checkUTF8 returns an error at the first byte that isn't UTF-8, which the parser would keep.
func checkUTF8(file, text string) error {
	if utf8.ValidString(text) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	before := text[:at]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return source.At(file, text, strings.Count(before, "\n")+1, utf8.RuneCountInString(line)+1,
		"found the byte 0x%02x, which isn't UTF-8: want the file saved as UTF-8", text[at])
}

// guard turns a panic into an error: the parser panics on some input, such as a tag without a
// value.
func guard(file, text string, err *error) {
	if p := recover(); p != nil {
		*err = source.At(file, text, 1, 1, "the YAML can't be read (%v): want plain keys, values and lists", p)
	}
}

// notPlain are the kinds of nodes that no configuration needs.
var notPlain = map[ast.NodeType]string{
	ast.TagType: "a tag", ast.AnchorType: "an anchor", ast.AliasType: "an alias", ast.MergeKeyType: "a merge",
}

// start returns the first token of a node. That of a mapping is a colon in it.
func start(node ast.Node) *token.Token {
	switch mapping := node.(type) {
	case *ast.MappingNode:
		if len(mapping.Values) > 0 {
			return start(mapping.Values[0])
		}
	case *ast.MappingValueNode:
		return mapping.Key.GetToken()
	}
	return node.GetToken()
}

// plain finds the first node of a kind in notPlain.
type plain struct{ found ast.Node }

func (p *plain) Visit(node ast.Node) ast.Visitor {
	if notPlain[node.Type()] != "" {
		p.found = node
	}
	if p.found != nil {
		return nil
	}
	return p
}

// placed returns an error of the parser with its place.
func placed(file, text string, err error) *source.Error {
	var at yaml.Error
	if errors.As(err, &at) {
		return errorAt(file, text, at.GetToken(), "%s", message(at))
	}
	return source.At(file, text, 1, 1, "%v", err)
}

// errorAt returns an error at a token, which may be nil. Its place is bound to the text, as the
// parser places some tokens after the end of a line, and takes a lone CR for the end of one.
func errorAt(file, text string, at *token.Token, format string, args ...any) *source.Error {
	line, column := 1, 1
	if at != nil && at.Position != nil {
		line, column = at.Position.Line, at.Position.Column
	}
	lines := strings.Split(text, "\n")
	line = min(max(line, 1), len(lines))
	column = min(column, len([]rune(strings.TrimSuffix(lines[line-1], "\r")))+1)
	return source.At(file, text, line, column, format, args...)
}

// message returns the parser's message, or a clearer one.
func message(err yaml.Error) string {
	if text := err.GetMessage(); !strings.Contains(text, `'	'`) {
		return text
	}
	return "a tab in the indentation: want spaces"
}
