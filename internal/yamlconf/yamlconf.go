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
)

// An Error says where YAML has a mistake, and what was expected.
type Error struct {
	Line, Column int // from 1; the column counts characters
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Unmarshal reads YAML into a value by its yaml tags. Fields that there are not, fields that are there twice and values
// of other types are errors, and so are tags, anchors and aliases, which no config needs. All errors are of type *[Error].
func Unmarshal(text []byte, into any) (err error) {
	defer func() {
		// The parser has met input before on which it panics. Whoever wrote it gets an error all the same.
		if p := recover(); p != nil {
			err = &Error{1, 1, fmt.Sprintf("this YAML can't be read (%v): want plain keys, values and lists", p)}
		}
	}()
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return placed(err)
	}
	if len(file.Docs) > 1 {
		return &Error{1, 1, "there are several YAML documents: want one, without a line ---"}
	}
	for _, doc := range file.Docs {
		plain := &plain{}
		if doc.Body == nil {
			continue
		}
		ast.Walk(plain, doc.Body)
		if plain.err != nil {
			return plain.err
		}
	}
	return placed(yaml.UnmarshalWithOptions(text, into, yaml.Strict()))
}

// plain refuses what a config has no use for.
type plain struct{ err error }

func (p *plain) Visit(node ast.Node) ast.Visitor {
	switch node.Type() {
	case ast.TagType, ast.AnchorType, ast.AliasType, ast.MergeKeyType:
		at := node.GetToken()
		p.err = &Error{at.Position.Line, at.Position.Column, fmt.Sprintf("%q begins a %s: want a plain value, in quotes if it begins with !, & or *",
			at.Value, strings.ToLower(node.Type().String()))}
	}
	if p.err != nil {
		return nil
	}
	return p
}

// placed returns an error with its place.
func placed(err error) error {
	if err == nil {
		return nil
	}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		position := at.GetToken().Position
		return &Error{max(position.Line, 1), max(position.Column, 1), at.GetMessage()}
	}
	return &Error{1, 1, err.Error()}
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
