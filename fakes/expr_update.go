package fakes

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Names of the expressions, as they appear in error messages.
const (
	conditionKind = "ConditionExpression"
	filterKind    = "FilterExpression"
	updateKind    = "UpdateExpression"
)

// update is a parsed UpdateExpression.
type update struct {
	sets    []set
	removes []string // paths
}

// set is "path = left", "path = left + right" or "path = left - right".
type set struct {
	path     string
	left     term
	operator tokenKind // +, - or empty
	right    term
}

// term is an operand, or if_not_exists(path, fallback), whose fallback may be a function too.
type term struct {
	operand
	fallback *term
}

func (p *parser) update() update {
	var u update
	var seen []string
	for p.err == nil && p.tok.kind != tokenEnd {
		section := strings.ToUpper(p.tok.text)
		if slices.Contains(seen, section) {
			p.invalid("The %q section can only be used once in an update expression;", section)
		}
		seen = append(seen, section)
		switch section {
		case "SET":
			p.next()
			for u.sets = append(u.sets, p.set()); p.accept(","); {
				u.sets = append(u.sets, p.set())
			}
		case "REMOVE":
			p.next()
			for u.removes = append(u.removes, p.path()); p.accept(","); {
				u.removes = append(u.removes, p.path())
			}
		case "ADD", "DELETE":
			p.unsupported("section " + section)
		default:
			p.syntaxError("SET or REMOVE")
		}
	}
	return u
}

func (p *parser) set() set {
	s := set{path: p.path()}
	p.expect("=")
	s.left = p.term()
	if p.tok.kind == "+" || p.tok.kind == "-" {
		s.operator = p.next().kind
		s.right = p.term()
		p.requireType(s.left.operand, string(s.operator), "N")
		p.requireType(s.right.operand, string(s.operator), "N")
	}
	return s
}

func (p *parser) term() term {
	if p.tok.kind != tokenWord || lex(p.src, p.tok.offset+len(p.tok.text)).kind != "(" {
		return term{operand: p.operand()}
	}
	switch p.tok.text {
	case "if_not_exists":
	case "list_append":
		p.unsupported("function " + p.tok.text)
	default:
		p.invalid("Invalid function name; function: %s", p.tok.text)
	}
	p.next()
	p.expect("(")
	path := operand{path: p.path()}
	p.expect(",")
	fallback := p.term()
	if p.tok.kind == "+" || p.tok.kind == "-" {
		p.unsupported("arithmetic in a function")
	}
	p.expect(")")
	return term{path, &fallback}
}

func (t term) get(e *environment) (types.AttributeValue, error) {
	v := t.operand.get(e)
	if v == nil && t.fallback != nil {
		return t.fallback.get(e)
	}
	if v == nil {
		return nil, validation("The provided expression refers to an attribute that does not exist in the item")
	}
	return v, nil
}

func (s set) value(e *environment) (types.AttributeValue, error) {
	left, err := s.left.get(e)
	if err != nil || s.operator == "" {
		return left, err
	}
	right, err := s.right.get(e)
	if err != nil {
		return nil, err
	}
	a, okA := left.(*types.AttributeValueMemberN)
	b, okB := right.(*types.AttributeValueMemberN)
	if !okA || !okB {
		return nil, validation("An operand in the update expression has an incorrect data type")
	}
	x, err := parseNumber(a.Value)
	if err != nil {
		return nil, err
	}
	y, err := parseNumber(b.Value)
	if err != nil {
		return nil, err
	}
	if s.operator == "-" {
		y = y.negate()
	}
	sum, err := x.add(y)
	if err != nil {
		return nil, err
	}
	return &types.AttributeValueMemberN{Value: sum.String()}, nil
}

// apply returns the environment's item with the update made, and the names it touched. Every
// right-hand side sees the item as it was. key is the attribute that an update must leave alone.
func (u update) apply(e *environment, key string) (updated attributes, touched []string, err error) {
	updated = maps.Clone(e.item)
	for _, s := range u.sets {
		v, err := s.value(e)
		if err != nil {
			return nil, nil, err
		}
		name := e.name(s.path)
		updated[name] = v
		touched = append(touched, name)
	}
	for _, path := range u.removes {
		name := e.name(path)
		delete(updated, name)
		touched = append(touched, name)
	}
	slices.Sort(touched)
	for i, name := range touched {
		if name == key {
			return nil, nil, validation("One or more parameter values were invalid: "+
				"Cannot update attribute %s. This attribute is part of the key", key)
		}
		if i > 0 && touched[i-1] == name {
			return nil, nil, validation("Invalid %s: Two document paths overlap with each other; "+
				"must remove or rewrite one of these paths; path: [%s]", updateKind, name)
		}
	}
	return updated, touched, nil
}
