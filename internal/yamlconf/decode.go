package yamlconf

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A Reader reads a node, and stores what it has read where its maker said. Its error is an
// [*source.Error] with the node's place, or several of them joined.
type Reader func(Node) error

// Decode parses YAML and reads it. The name of the whole, such as "a policy", appears in messages.
// Empty text, or text of comments only, is not given to the reader and isn't an error. All mistakes
// are returned, joined: each is an [*source.Error].
func Decode(file, text, name string, read Reader) (err error) {
	defer guard(file, text, &err)
	body, err := parse(file, text)
	if err != nil || body == nil {
		return err
	}
	return read(Node{file, text, name, body})
}

// A Node is a value in the text, with its position.
type Node struct {
	file, text string
	name       string // of the field that it is the value of, or of the whole
	at         ast.Node
}

// Name returns the key of the node.
func (n Node) Name() string { return n.name }

// Errorf returns an error at the node's place.
func (n Node) Errorf(format string, args ...any) error {
	return errorAt(n.file, n.text, start(n.at), format, args...)
}

// Fields are the fields of an object, by key.
type Fields map[string]Reader

// Object returns a reader of an object that has these fields and no others. Only the required ones
// have to be there.
func Object(fields Fields, required ...string) Reader {
	return func(n Node) error {
		known := strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
		given := map[string]bool{}
		err := Map(func(key, value Node) error {
			read, ok := fields[value.name]
			if !ok {
				return key.Errorf("unknown field %q in %s: want %s", value.name, n.name, known)
			}
			given[value.name] = true
			return read(value)
		})(n)
		errs := []error{err}
		for _, name := range required {
			if err == nil && !given[name] {
				errs = append(errs, n.Errorf("%s has no field %q: want one", n.name, name))
			}
		}
		return errors.Join(errs...)
	}
}

// Map returns a reader of an object with arbitrary keys. It calls each for every pair, in order.
// The value's name is the key.
func Map(each func(key, value Node) error) Reader {
	return func(n Node) error {
		var pairs []*ast.MappingValueNode
		switch node := n.at.(type) {
		case *ast.MappingNode:
			pairs = node.Values
		case *ast.MappingValueNode:
			pairs = []*ast.MappingValueNode{node}
		default:
			return n.Errorf(`%s is %s: want lines of "key: value"`, n.name, kindOf(n.at))
		}
		var errs []error
		seen := map[string]bool{}
		for _, pair := range pairs {
			key := Node{n.file, n.text, "the key", pair.Key}
			name, err := key.scalar("plain text")
			switch {
			case err != nil:
				errs = append(errs, err)
			case seen[name]:
				errs = append(errs, key.Errorf("duplicate field %q in %s: want it once", name, n.name))
			default:
				errs = append(errs, each(key, Node{n.file, n.text, name, pair.Value}))
			}
			seen[name] = true
		}
		return errors.Join(errs...)
	}
}

// List returns a reader of a list. It calls each for every item, in order.
func List(each Reader) Reader {
	return func(n Node) error {
		list, ok := n.at.(*ast.SequenceNode)
		if !ok {
			return n.Errorf(`%s is %s: want a list, each item after "- "`, n.name, kindOf(n.at))
		}
		var errs []error
		for i, item := range list.Values {
			errs = append(errs, each(Node{n.file, n.text, fmt.Sprintf("item %d of %s", i+1, n.name), item}))
		}
		return errors.Join(errs...)
	}
}

// Append returns a reader of an item of a list, which it reads with the reader that it gets from
// read, and appends.
func Append[T any](list *[]T, read func(*T) Reader) Reader {
	return func(n Node) error {
		var item T
		if err := read(&item)(n); err != nil {
			return err
		}
		*list = append(*list, item)
		return nil
	}
}

// Value returns a reader of a single value, quoted or not, that parse understands. The text of what
// describes the wanted value in messages, as in "a share such as 5%"; an error of parse replaces
// the message.
func Value[T any](into *T, what string, parse func(text string) (T, error)) Reader {
	return func(n Node) error {
		text, err := n.scalar(what)
		if err != nil {
			return err
		}
		value, err := parse(text)
		if err != nil {
			return n.Errorf("%s: %v", n.name, err)
		}
		*into = value
		return nil
	}
}

// Text returns a reader of any text that isn't empty.
func Text(into *string) Reader {
	return Value(into, "text", func(text string) (string, error) { return text, nil })
}

// OneOf returns a reader of one of some words.
func OneOf(into *string, words ...string) Reader {
	want := strings.Join(words, ", ")
	return func(n Node) error {
		text, err := n.scalar(want)
		if err == nil && !slices.Contains(words, text) {
			return n.Errorf("%s is %q: want %s", n.name, text, want)
		}
		*into = text
		return err
	}
}

// Bool returns a reader of true or false.
func Bool(into *bool) Reader {
	return func(n Node) error {
		text, err := n.scalar("true or false")
		if err == nil && text != "true" && text != "false" {
			return n.Errorf("%s is %q: want true or false", n.name, text)
		}
		*into = text == "true"
		return err
	}
}

// Int returns a reader of a whole number within bounds; with math.MaxInt there is no upper one.
func Int(into *int, low, high int) Reader {
	want := fmt.Sprintf("a whole number from %d to %d", low, high)
	if high == math.MaxInt {
		want = fmt.Sprintf("a whole number of at least %d", low)
	}
	return func(n Node) error {
		text, err := n.scalar(want)
		if err != nil {
			return err
		}
		value, err := strconv.Atoi(text)
		if _, isNumber := n.at.(*ast.IntegerNode); err != nil || !isNumber || value < low || value > high {
			return n.Errorf("%s is %s: want %s", n.name, n.written(text), want)
		}
		*into = value
		return nil
	}
}

// Duration returns a reader of a duration within bounds, written as Go writes them: 200ms, 1.5s.
func Duration(into *time.Duration, low, high time.Duration) Reader {
	return func(n Node) error {
		const example = "a duration such as 200ms or 1.5s"
		text, err := n.scalar(example)
		if err != nil {
			return err
		}
		value, err := time.ParseDuration(text)
		switch {
		case err != nil:
			return n.Errorf("%s is %q: want %s", n.name, text, example)
		case value < low || value > high:
			return n.Errorf("%s is %v: want %v to %v", n.name, value, low, high)
		}
		*into = value
		return nil
	}
}

// scalar returns a plain, quoted or block value as it is written, without the space around it.
func (n Node) scalar(want string) (string, error) {
	text := ""
	switch node := n.at.(type) {
	case *ast.StringNode:
		text = strings.TrimSpace(node.Value)
	case *ast.LiteralNode:
		text = strings.TrimSpace(node.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		text = node.GetToken().Value
	case *ast.NullNode:
	default:
		return "", n.Errorf("%s is %s: want %s", n.name, kindOf(n.at), want)
	}
	if text == "" {
		return "", n.Errorf("%s is empty: want %s", n.name, want)
	}
	return text, nil
}

// written returns a single value as it is in the text, in quotes unless it looks like a number.
func (n Node) written(text string) string {
	quoted := n.at.GetToken().Type == token.SingleQuoteType || n.at.GetToken().Type == token.DoubleQuoteType
	if !quoted && strings.Trim(text, "+-.0123456789") == "" {
		return text
	}
	return strconv.Quote(text)
}

// kindOf names what a node is, for messages.
func kindOf(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "an object"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "empty"
	}
	return "a single value"
}
