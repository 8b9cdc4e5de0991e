package fakes

import "slices"

// condition reports whether an item satisfies a ConditionExpression or a FilterExpression.
type condition func(*environment) bool

func (p *parser) or() condition {
	left := p.and()
	for p.acceptKeyword("OR") {
		a, b := left, p.and()
		left = func(e *environment) bool { return a(e) || b(e) }
	}
	return left
}

func (p *parser) and() condition {
	left := p.not()
	for p.acceptKeyword("AND") {
		a, b := left, p.not()
		left = func(e *environment) bool { return a(e) && b(e) }
	}
	return left
}

func (p *parser) not() condition {
	if p.acceptKeyword("NOT") {
		inner := p.not()
		return func(e *environment) bool { return !inner(e) }
	}
	if p.tok.kind == "(" {
		return p.parenthesized()
	}
	if p.tok.kind == tokenWord && lex(p.src, p.tok.offset+len(p.tok.text)).kind == "(" {
		return p.function()
	}
	return p.comparison()
}

// group is a pair of parentheses around a condition, by the offsets of the two.
type group struct{ open, closed int }

// parenthesized reads a condition in parentheses. A second pair around nothing but a pair is
// refused.
func (p *parser) parenthesized() condition {
	outer := group{open: p.next().offset}
	first := p.tok.offset
	inner := p.or()
	outer.closed = p.tok.offset
	if p.tok.kind == ")" && p.last == (group{open: first, closed: p.previous.offset}) {
		p.invalid("The expression has redundant parentheses;")
	}
	p.expect(")")
	p.last = outer
	return inner
}

func (p *parser) function() condition {
	name := p.tok.text
	switch name {
	case "attribute_exists", "attribute_not_exists", "begins_with":
	case "attribute_type", "contains", "size":
		p.unsupported("function " + name)
	default:
		p.invalid("Invalid function name; function: %s", name)
	}
	p.next()
	p.expect("(")
	defer p.expect(")")
	path := operand{path: p.path()}
	switch name {
	case "attribute_exists":
		return func(e *environment) bool { return path.get(e) != nil }
	case "attribute_not_exists":
		return func(e *environment) bool { return path.get(e) == nil }
	}
	p.expect(",")
	prefix := p.operand()
	p.requireType(prefix, name, "S B")
	p.requireDistinct(path, name, prefix)
	return func(e *environment) bool { return hasPrefix(path.get(e), prefix.get(e)) }
}

// comparison reads an operand, an operator and an operand. A missing attribute satisfies <> alone,
// as do values of different types.
func (p *parser) comparison() condition {
	left := p.operand()
	operator := p.tok
	switch {
	case operator.is("BETWEEN"), operator.is("IN"):
		p.unsupported("operator " + operator.text)
	case !slices.Contains([]tokenKind{"=", "<>", "<", "<=", ">", ">="}, operator.kind):
		p.syntaxError("a comparison operator")
	}
	p.next()
	right := p.operand()
	p.requireDistinct(left, operator.text, right)
	switch operator.kind {
	case "=":
		return func(e *environment) bool { return equalValues(left.get(e), right.get(e)) }
	case "<>":
		return func(e *environment) bool { return !equalValues(left.get(e), right.get(e)) }
	}
	p.requireType(left, operator.text, "S N B")
	p.requireType(right, operator.text, "S N B")
	return func(e *environment) bool {
		order, ok := orderValues(left.get(e), right.get(e))
		if !ok {
			return false
		}
		switch operator.kind {
		case "<":
			return order < 0
		case "<=":
			return order <= 0
		case ">":
			return order > 0
		default:
			return order >= 0
		}
	}
}

// requireType notes which types the service accepts where an operand is a value placeholder.
func (p *parser) requireType(o operand, operator, types string) {
	if o.value != "" {
		p.typed = append(p.typed, typedValue{o.value, operator, types})
	}
}

// requireDistinct notes that two operands must not be the same attribute, under whatever names.
func (p *parser) requireDistinct(left operand, operator string, right operand) {
	if left.value == "" && right.value == "" {
		p.distinct = append(p.distinct, distinctPaths{operator, left.path, right.path})
	}
}
