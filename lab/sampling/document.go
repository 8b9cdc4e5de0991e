package sampling

import (
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"tracelab/internal/source"
	"tracelab/internal/yamlconf"
)

// document is a file of YAML that is read node by node, so that every mistake
// has its place.
type document struct {
	name string
	text []byte
}

func (d *document) parse() (ast.Node, error) {
	body, err := yamlconf.Parse(d.name, string(d.text))
	if err == nil && body == nil {
		err = d.errorIn(1, 1, "the file is empty: a policy has head, tail or both")
	}
	return body, err
}

// field reads the value of a key.
type field func(ast.Node) error

// fields reads a mapping that has these keys and no others.
func (d *document) fields(node ast.Node, what string, required []string, fields map[string]field) error {
	known := strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
	seen := map[string]bool{}
	err := d.each(node, what, func(key ast.Node, name string, value ast.Node) error {
		read, ok := fields[name]
		if !ok {
			return d.errorAt(key, "%s has no %q: it has %s", what, name, known)
		}
		seen[name] = true
		return read(value)
	})
	if err != nil {
		return err
	}
	for _, name := range required {
		if !seen[name] {
			return d.errorAt(node, "%s says nothing of %s: it has to", what, name)
		}
	}
	return nil
}

// each reads a mapping, key by key.
func (d *document) each(node ast.Node, what string, do func(key ast.Node, name string, value ast.Node) error) error {
	var pairs []*ast.MappingValueNode
	switch node := node.(type) {
	case *ast.MappingNode:
		pairs = node.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{node}
	default:
		return d.errorAt(node, `this is no list of keys and values: %s takes lines of "key: value"`, what)
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		name, err := d.scalar(pair.Key, "a key")
		if err != nil {
			return err
		}
		if seen[name] {
			return d.errorAt(pair.Key, "%s has %q twice: once is enough", what, name)
		}
		seen[name] = true
		if err := do(pair.Key, name, pair.Value); err != nil {
			return err
		}
	}
	return nil
}

// scalar returns a plain or quoted value as it is written.
func (d *document) scalar(node ast.Node, what string) (string, error) {
	switch node := node.(type) {
	case *ast.StringNode:
		if text := strings.TrimSpace(node.Value); text != "" {
			return text, nil
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, nil
	case *ast.NullNode:
	default:
		return "", d.errorAt(node, "this is not %s: it takes one plain value", what)
	}
	return "", d.errorAt(node, "nothing is here: it takes %s", what)
}

func (d *document) errorAt(node ast.Node, format string, args ...any) error {
	// The token of a mapping is a colon in it.
	switch mapping := node.(type) {
	case *ast.MappingNode:
		if len(mapping.Values) > 0 {
			return d.errorAt(mapping.Values[0], format, args...)
		}
	case *ast.MappingValueNode:
		if mapping.Key != nil {
			return d.errorAt(mapping.Key, format, args...)
		}
	}
	return d.errorAtToken(node.GetToken(), format, args...)
}

func (d *document) errorAtToken(at *token.Token, format string, args ...any) error {
	if at == nil || at.Position == nil {
		return d.errorIn(1, 1, format, args...)
	}
	return d.errorIn(at.Position.Line, at.Position.Column, format, args...)
}

// errorIn bounds the place to what the file has: not every token's is right.
func (d *document) errorIn(line, column int, format string, args ...any) error {
	text := strings.ToValidUTF8(string(d.text), "�")
	lines := strings.Split(text, "\n")
	line = min(max(line, 1), len(lines))
	column = min(column, len([]rune(strings.TrimSuffix(lines[line-1], "\r")))+1)
	return source.At(d.name, text, line, column, format, args...)
}
