package play

import (
	"regexp/syntax"
	"strings"
)

// example returns a short text that a regular expression is likely to match. Conditions on the
// surrounding text, such as \b, are ignored.
func example(expr string) string {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	writeExample(&b, parsed)
	return b.String()
}

func writeExample(b *strings.Builder, e *syntax.Regexp) {
	switch e.Op {
	case syntax.OpLiteral:
		b.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		if len(e.Rune) > 0 {
			b.WriteRune(readable(e.Rune))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case syntax.OpCapture, syntax.OpPlus:
		writeExample(b, e.Sub[0])
	case syntax.OpRepeat:
		for range e.Min {
			writeExample(b, e.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range e.Sub {
			writeExample(b, sub)
		}
	case syntax.OpAlternate:
		writeExample(b, e.Sub[0])
	}
}

// readable returns a letter or a digit of a class if it has one. A class is a list of pairs of
// first and last characters.
func readable(class []rune) rune {
	for _, want := range "a0A" {
		for i := 0; i < len(class); i += 2 {
			if class[i] <= want && want <= class[i+1] {
				return want
			}
		}
	}
	return class[0]
}
