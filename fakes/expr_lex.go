package fakes

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// tokenKind is the first character of the token's class, or the symbol's own text.
type tokenKind string

const (
	tokenEnd   tokenKind = "end"
	tokenWord  tokenKind = "word"  // an attribute name, a function or a keyword
	tokenName  tokenKind = "name"  // #placeholder
	tokenValue tokenKind = "value" // :placeholder
	tokenOther tokenKind = "other" // no token of the language
)

type token struct {
	kind   tokenKind
	text   string
	offset int // in bytes
}

// is reports whether the token is the keyword, in upper or lower case.
func (t token) is(keyword string) bool {
	return t.kind == tokenWord && strings.EqualFold(t.text, keyword)
}

// symbols are tried in order, so the longer ones come first. Each is its own kind.
const symbols = "<> <= >= = < > ( ) , + - . [ ]"

// lex returns the token at or after offset.
func lex(src string, offset int) token {
	rest := strings.TrimLeft(src[offset:], " \t\r\n")
	offset = len(src) - len(rest)
	if rest == "" {
		return token{tokenEnd, "", offset}
	}
	switch c := rest[0]; {
	case isLetter(c):
		return token{tokenWord, rest[:wordLength(rest)], offset}
	case c == '#' && wordLength(rest[1:]) > 0:
		return token{tokenName, rest[:1+wordLength(rest[1:])], offset}
	case c == ':' && wordLength(rest[1:]) > 0:
		return token{tokenValue, rest[:1+wordLength(rest[1:])], offset}
	}
	for symbol := range strings.FieldsSeq(symbols) {
		if strings.HasPrefix(rest, symbol) {
			return token{tokenKind(symbol), symbol, offset}
		}
	}
	_, size := utf8.DecodeRuneInString(rest)
	return token{tokenOther, rest[:size], offset}
}

func wordLength(s string) int {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && c != '_' && (c < '0' || c > '9') {
			return i
		}
	}
	return len(s)
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// parser reads one expression. After the first error it sees only the end of the input, so that the
// grammar's functions need not look for errors after every step.
type parser struct {
	kind string // ConditionExpression, FilterExpression or UpdateExpression
	src  string
	tok  token
	err  error

	previous token // that was read last
	last     group // the parentheses that were closed last

	names, values []string // the placeholders that were met
	typed         []typedValue
	distinct      []distinctPaths
}

func newParser(kind, src string) *parser {
	p := &parser{kind: kind, src: src, tok: lex(src, 0)}
	if len(src) > maxExpressionSize {
		p.invalid("Expression size has exceeded the maximum allowed size; expression size: %d", len(src))
	}
	return p
}

// next returns the current token and moves on.
func (p *parser) next() token {
	t := p.tok
	if p.err == nil {
		p.previous = t
		p.tok = lex(p.src, t.offset+len(t.text))
	}
	return t
}

func (p *parser) expect(kind tokenKind) {
	if p.tok.kind != kind {
		p.syntaxError(fmt.Sprintf("%q", string(kind)))
		return
	}
	p.next()
}

// accept moves past a symbol if it is there.
func (p *parser) accept(kind tokenKind) bool {
	if p.tok.kind != kind {
		return false
	}
	p.next()
	return true
}

func (p *parser) acceptKeyword(keyword string) bool {
	if !p.tok.is(keyword) {
		return false
	}
	p.next()
	return true
}

func (p *parser) syntaxError(expected string) {
	near := p.src[p.tok.offset:min(len(p.src), p.tok.offset+20)]
	p.invalid("Syntax error; token: %q, near: %q, at offset %d, expected %s", p.tok.text, near, p.tok.offset, expected)
}

func (p *parser) invalid(format string, args ...any) {
	p.fail(validation("Invalid %s: %s", p.kind, fmt.Sprintf(format, args...)))
}

func (p *parser) unsupported(what string) {
	p.fail(unsupported("%s at offset %d of %s", what, p.tok.offset, p.kind))
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.tok = token{tokenEnd, "", len(p.src)}
}
