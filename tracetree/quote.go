package tracetree

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// append adds the label in the notation.
func (l *label) append(buf []byte) []byte {
	buf = appendQuoted(buf, l.actor, quoteActor(l.actor))
	buf = append(buf, ": "...)
	buf = appendQuoted(buf, l.operation, quoteOperation(l.operation))
	if l.target != "" {
		buf = append(buf, " ("...)
		buf = appendQuoted(buf, l.target, quoteTarget(l.target))
		buf = append(buf, ')')
	}
	return buf
}

func appendQuoted(buf []byte, s string, quote bool) []byte {
	if quote {
		return strconv.AppendQuote(buf, s)
	}
	return append(buf, s...)
}

// quoteActor reports whether an actor must be quoted: it stands at the start of a line, where a count, "..." or a note
// of the waterfall could stand.
func quoteActor(s string) bool {
	if quoteOperation(s) || strings.HasPrefix(s, anySiblings) || strings.HasPrefix(s, noteMark) {
		return true
	}
	_, _, rest, err := cutCount(s)
	return err != nil || rest != s
}

func quoteOperation(s string) bool {
	return quoteText(s) || strings.ContainsRune("({[!", rune(s[0]))
}

func quoteTarget(s string) bool {
	return quoteText(s) || strings.Contains(s, ") ") || isParenthesised(s)
}

// isParenthesised reports whether the text in parentheses would be an annotation.
func isParenthesised(s string) bool {
	return s == inOrderWord || slices.ContainsFunc(markWords[:], func(m markWord) bool { return m.word == s })
}

// quoteText reports whether a part of a label must be quoted wherever it stands.
func quoteText(s string) bool {
	if s == "" || s[0] == ' ' || s[len(s)-1] == ' ' || s[0] == '"' || s[0] == '`' {
		return true
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' || c == 0x7f {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 || !strconv.IsPrint(r) || r == '←' || r == '│' {
				return true
			}
			i += size
			continue
		}
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case c == '*' || c == '#',
			c == ':' && next == ' ',
			c == '<' && next == '-',
			c == ' ' && (next == '(' || next == '{' || next == '[' || next == '!'):
			return true
		}
		i++
	}
	return false
}

// quoteKey reports whether an attribute's key must be quoted in braces.
func quoteKey(s string) bool {
	return s == "" || s[0] == '@' || strings.ContainsAny(s, " =!<>~,{}\"`*│") || !printable(s)
}

// quoteValue reports whether an attribute's value must be quoted in braces.
func quoteValue(s string) bool {
	return s == "" || s[0] == ' ' || s[len(s)-1] == ' ' || s[0] == '`' || strings.ContainsAny(s, ",}\"*│") || !printable(s)
}

// quoteWord reports whether a value that stands outside braces must be quoted.
func quoteWord(s string) bool { return quoteValue(s) || strings.Contains(s, " ") }

func printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}
