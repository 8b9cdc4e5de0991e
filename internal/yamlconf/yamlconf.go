// Package yamlconf reads the small YAML files that people write for this program: strictly, so that a misspelt field is
// no silent default, and with the place of every mistake.
package yamlconf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"tracelab/internal/source"
)

// maxText is how many bytes a config may have: none that people write has more, and what has may be nested so deeply that
// nothing can read it.
const maxText = 64 << 10

// Parse reads YAML into its nodes; nil is an empty text. Tags, anchors and aliases, which no config needs, are errors, and so
// is a second document. The file's name is for the errors, which are of type *[source.Error].
func Parse(file, text string) (body ast.Node, err error) {
	defer guard(file, text, &err)
	if len(text) > maxText {
		return nil, source.At(file, "", 1, 1, "the text has %d bytes: want at most %d", len(text), maxText)
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
			at := start(doc.Body).Position
			return nil, source.At(file, text, at.Line, at.Column, "a second YAML document: want one, without a line ---")
		}
		body = doc.Body
		plain := &plain{}
		ast.Walk(plain, body)
		if node := plain.found; node != nil {
			at := node.GetToken().Position
			return nil, source.At(file, text, at.Line, at.Column, "%s begins %s: want a plain value, in quotes if it begins with !, & or *",
				node.GetToken().Value, notPlain[node.Type()])
		}
	}
	return body, nil
}

// Unmarshal reads YAML as Parse does, into a value by its yaml tags. Fields that there are not, fields that are there twice
// and values of other types are errors.
func Unmarshal(file, text string, into any) (err error) {
	defer guard(file, text, &err)
	if _, err := Parse(file, text); err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions([]byte(text), into, yaml.Strict()); err != nil {
		return placed(file, text, err)
	}
	return nil
}

// guard makes an error of a panic: the parser has met input before on which it does.
func guard(file, text string, err *error) {
	if p := recover(); p != nil {
		*err = source.At(file, text, 1, 1, "this YAML can't be read (%v): want plain keys, values and lists", p)
	}
}

// notPlain is what a config has no use for.
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

// plain finds what a config has no use for.
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

// placed returns an error with its place.
func placed(file, text string, err error) *source.Error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		position := at.GetToken().Position
		return source.At(file, text, position.Line, position.Column, "%s", message(at))
	}
	return source.At(file, text, 1, 1, "%v", err)
}

// message says what is wrong in the words of whoever wrote the file.
func message(err yaml.Error) string {
	if text := err.GetMessage(); !strings.Contains(text, `'	'`) {
		return text
	}
	return "a tab in the indentation: want spaces"
}

// At returns an error about a node, for an UnmarshalYAML method to return.
func At(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
}

// Int is a whole number: a fraction is a mistake, and not cut off.
type Int int

// UnmarshalYAML reads digits.
func (n *Int) UnmarshalYAML(node ast.Node) error {
	value, err := strconv.Atoi(node.GetToken().Value)
	if _, isNumber := node.(*ast.IntegerNode); err != nil || !isNumber {
		return At(node, "%q is no whole number", node.GetToken().Value)
	}
	*n = Int(value)
	return nil
}

// Duration is a time.Duration whose mistakes have a place.
type Duration time.Duration

// UnmarshalYAML reads text such as 200ms.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	text := node.GetToken().Value
	value, err := time.ParseDuration(text)
	if err != nil {
		return At(node, "%q is no duration: want one such as 200ms or 1.5s", text)
	}
	*d = Duration(value)
	return nil
}
