// Package yamlconf reads the small YAML files that people write for this program: strictly, so that a misspelt field is
// no silent default, and with the place of every mistake.
package yamlconf

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tracelab/internal/place"
)

// Unmarshal reads YAML into a value by its yaml tags. Fields that there are not, fields that are there twice and values
// of other types are errors, and so are tags, anchors and aliases, which no config needs. The file's
// name is for the errors, which are of type *[place.Error].
func Unmarshal(file, text string, into any) (err error) {
	defer func() {
		// The parser has met input before on which it panics. Whoever wrote it gets an error all the same.
		if p := recover(); p != nil {
			err = place.At(file, text, 1, 1, "this YAML can't be read (%v): want plain keys, values and lists", p)
		}
	}()
	parsed, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return placed(file, text, err)
	}
	if len(parsed.Docs) > 1 {
		return place.At(file, text, 1, 1, "there are several YAML documents: want one, without a line ---")
	}
	for _, doc := range parsed.Docs {
		plain := &plain{}
		if doc.Body == nil {
			continue
		}
		ast.Walk(plain, doc.Body)
		if node := plain.found; node != nil {
			at := node.GetToken().Position
			return place.At(file, text, at.Line, at.Column, "%q begins a %s: want a plain value, in quotes if it begins with !, & or *",
				node.GetToken().Value, strings.ToLower(node.Type().String()))
		}
	}
	return placed(file, text, yaml.UnmarshalWithOptions([]byte(text), into, yaml.Strict()))
}

// plain finds what a config has no use for.
type plain struct{ found ast.Node }

func (p *plain) Visit(node ast.Node) ast.Visitor {
	switch node.Type() {
	case ast.TagType, ast.AnchorType, ast.AliasType, ast.MergeKeyType:
		p.found = node
	}
	if p.found != nil {
		return nil
	}
	return p
}

// placed returns an error with its place.
func placed(file, text string, err error) error {
	if err == nil {
		return nil
	}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		position := at.GetToken().Position
		return place.At(file, text, position.Line, position.Column, "%s", Message(at))
	}
	return place.At(file, text, 1, 1, "%v", err)
}

// Message says what is wrong in the words of whoever wrote the file.
func Message(err yaml.Error) string {
	message := err.GetMessage()
	if strings.Contains(message, `'\t'`) || strings.Contains(message, "'\\u0009'") || strings.Contains(message, "'\t'") {
		return "a tab in the indentation: want spaces"
	}
	return message
}

// At returns an error about a node, for an UnmarshalYAML method to return.
func At(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
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
