package fakes

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxExpressionSize is DynamoDB's limit in bytes. It bounds the parser's recursion, too.
const maxExpressionSize = 4096

// expression is a parsed condition, filter or update. It is immutable: placeholders are looked up
// when it is used.
type expression struct {
	kind          string
	names, values []string // the placeholders it uses
	typed         []typedValue
	distinct      []distinctPaths
	condition     condition // nil in an update
	update        update
}

// typedValue is a value placeholder that an operator accepts only in some types.
type typedValue struct {
	placeholder string
	operator    string
	types       string // separated by spaces
}

// distinctPaths are two operands of an operator that must not be the same attribute.
type distinctPaths struct{ operator, left, right string }

// environment is what an expression is evaluated in. Values have been through storeItem.
type environment struct {
	item   attributes // nil: there is no such item
	names  map[string]string
	values attributes
}

// operand is an attribute or a value placeholder.
type operand struct {
	path  string // an attribute's name or its #placeholder
	value string // :placeholder, or empty for a path
}

// get is the operand's value, nil for an attribute that the item does not have.
func (o operand) get(e *environment) types.AttributeValue {
	if o.value != "" {
		return e.values[o.value]
	}
	return e.item[e.name(o.path)]
}

func (e *environment) name(path string) string {
	if path[0] == '#' {
		return e.names[path]
	}
	return path
}

func (p *parser) operand() operand {
	if p.tok.kind == tokenValue {
		text := p.next().text
		p.values = append(p.values, text)
		return operand{value: text}
	}
	return operand{path: p.path()}
}

// path reads an attribute's name. The result is never empty, so that name can look at its first
// character.
func (p *parser) path() string {
	t := p.tok
	switch t.kind {
	case tokenName:
		p.names = append(p.names, t.text)
	case tokenWord:
		if reserved(t.text) {
			p.invalid("Attribute name is a reserved keyword; reserved keyword: %s", t.text)
		}
	default:
		p.syntaxError("an attribute name, #placeholder or :placeholder")
		return "?"
	}
	p.next()
	if p.tok.kind == "." || p.tok.kind == "[" {
		p.unsupported("nested path " + t.text + p.tok.text)
	}
	return t.text
}

// parse parses an expression of the given kind.
func parse(kind, src string) (*expression, error) {
	p := newParser(kind, src)
	x := &expression{kind: kind}
	switch {
	case strings.Trim(src, " \t\r\n") == "":
		p.invalid("The expression can not be empty;")
	case kind == updateKind:
		x.update = p.update()
	default:
		x.condition = p.or()
	}
	if p.tok.kind != tokenEnd {
		p.syntaxError("the end")
	}
	x.names, x.values, x.typed, x.distinct = p.names, p.values, p.typed, p.distinct
	return x, p.err
}

// bind checks placeholders against the expressions of one call, which may be nil, and returns what
// they are evaluated in, without the item. Both a placeholder that is used and not given and one
// that is given and not used are errors.
func bind(names map[string]string, values attributes, expressions ...*expression) (*environment, error) {
	expressions = slices.DeleteFunc(expressions, func(x *expression) bool { return x == nil })
	if empty := keysOf(names, func(key string) bool { return names[key] == "" }); empty != nil {
		return nil, validation("ExpressionAttributeNames contains invalid value: Empty attribute name; keys: %q", empty)
	}
	if len(names) == 0 && len(values) == 0 && len(expressions) == 0 {
		if names != nil || values != nil {
			return nil, validation(
				"ExpressionAttributeNames and ExpressionAttributeValues can only be specified when using expressions",
			)
		}
		return &environment{}, nil
	}
	usedNames := func(x *expression) []string { return x.names }
	if err := checkGiven("ExpressionAttributeNames", "#", names, expressions, usedNames); err != nil {
		return nil, err
	}
	usedValues := func(x *expression) []string { return x.values }
	if err := checkGiven("ExpressionAttributeValues", ":", values, expressions, usedValues); err != nil {
		return nil, err
	}
	env := &environment{names: names}
	for _, x := range expressions {
		for _, d := range x.distinct {
			if left := env.name(d.left); left == env.name(d.right) {
				return nil, validation("Invalid %s: The first operand must be distinct from the remaining operands for this "+
					"operator or function; operator: %s, first operand: [%s]", x.kind, d.operator, left)
			}
		}
	}
	if len(values) == 0 {
		return env, nil
	}
	stored, _, err := storeItem(values)
	if err != nil {
		return nil, err
	}
	for _, x := range expressions {
		for _, t := range x.typed {
			if got := typeName(stored[t.placeholder]); !slices.Contains(strings.Fields(t.types), got) {
				return nil, validation("Invalid %s: Incorrect operand type for operator or function; "+
					"operator or function: %s, operand type: %s, expected one of: %s", x.kind, t.operator, got, t.types)
			}
		}
	}
	return &environment{names: names, values: stored}, nil
}

// checkGiven compares the placeholders that are given with those that used returns for each
// expression.
func checkGiven[V any](
	field, sigil string, given map[string]V, expressions []*expression, used func(*expression) []string,
) error {
	if given != nil && len(given) == 0 {
		return validation("%s must not be empty", field)
	}
	if len(given) > 0 && len(expressions) == 0 {
		return validation("%s can only be specified when using expressions", field)
	}
	for _, x := range expressions {
		for _, placeholder := range used(x) {
			if _, ok := given[placeholder]; !ok {
				return validation(
					"Invalid %s: A placeholder used in the expression is not defined in %s: %s",
					x.kind,
					field,
					placeholder,
				)
			}
		}
	}
	if bad := keysOf(given, func(key string) bool { return !isPlaceholder(sigil, key) }); bad != nil {
		return validation("%s contains invalid key: Syntax error; keys: %q", field, bad)
	}
	if unused := keysOf(given, func(key string) bool {
		return !slices.ContainsFunc(expressions, func(x *expression) bool { return slices.Contains(used(x), key) })
	}); unused != nil {
		return validation("Value provided in %s unused in expressions: keys: {%s}", field, strings.Join(unused, ", "))
	}
	return nil
}

func isPlaceholder(sigil, key string) bool {
	name, ok := strings.CutPrefix(key, sigil)
	return ok && name != "" && wordLength(name) == len(name)
}

// keysOf returns the keys that satisfy a condition, in order, so that an error is the same in every
// run.
func keysOf[V any](m map[string]V, condition func(string) bool) []string {
	var keys []string
	for key := range m {
		if condition(key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
