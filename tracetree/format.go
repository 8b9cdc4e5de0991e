package tracetree

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The texts that Format writes, and looks for.
const (
	anySiblings   = "..."
	noteMark      = "↪" // begins a line of a waterfall that is not a line of the tree
	linkWord      = "← linked span"
	linkWordASCII = "<- linked span"
	linkGap       = "          "
	inOrderWord   = "in order"
	errorWord     = "!error"
	errorType     = "error.type"
)

type markWord struct {
	mark Marks
	word string
}

// markWords are the marks that are printed in parentheses, in the order of printing.
var markWords = [...]markWord{{Root, "root"}, {Orphan, "orphan"}, {Cycle, "cycle"}, {Duplicate, "duplicate"}}

// Format prints the forest in the notation: a line for each span of the view, a blank line between
// trees, and a newline after the last line. The text of an empty forest is empty. Parsed as a
// [Pattern], the text matches the forest in the same view. Control characters in names are quoted,
// so that they cannot affect a terminal.
func Format(f *Forest, opts ...Option) string {
	v := newView(f, opts)
	attributes := has(opts, Attributes)
	var buf []byte
	for at := range v.lines {
		if at > 0 && v.lines[at].parent == none {
			buf = append(buf, '\n')
		}
		buf = v.appendLine(buf, int32(at), attributes)
		buf = append(buf, '\n')
	}
	return string(buf)
}

// Lines returns the lines that [Format] prints, with the data that a drawing of the traces needs.
func Lines(f *Forest, opts ...Option) []Line {
	v := NewView(f, opts...)
	lines := make([]Line, 0, v.Len())
	for at := range v.Len() {
		lines = append(lines, v.Line(at))
	}
	return lines
}

// maxIndent is the deepest level that is written as indentation alone. A deeper line has the
// indentation of this level and its own level as a number: otherwise the text of a trace would be
// quadratic in its depth, gigabytes for a recursion of 40,000 calls.
const maxIndent = 64

// levelMark follows the level before a deep line, as in "65> svc: step".
const levelMark = "> "

// spaces is the indentation of maxIndent levels.
const spaces = "                                                                " +
	"                                                                "

// appendIndent adds everything before the label and the count of a line.
func appendIndent(buf []byte, depth int) []byte {
	if depth <= maxIndent {
		return append(buf, spaces[:2*depth]...)
	}
	buf = append(buf, spaces...)
	buf = strconv.AppendInt(buf, int64(depth), 10)
	return append(buf, levelMark...)
}

func (v *view) appendLine(buf []byte, at int32, attributes bool) []byte {
	buf = appendIndent(buf, int(v.lines[at].depth))
	span := v.span(at)
	l := labelOf(span)
	buf = l.append(buf)
	buf = appendMarks(buf, v.lines[at].marks)
	if span.Status == StatusError {
		buf = append(buf, ' ')
		buf = append(buf, errorWord...)
		if value, ok := span.Attr(errorType); ok {
			t := value.Text()
			buf = append(buf, '=')
			buf = appendQuoted(buf, t, quoteWord(t))
		}
	}
	if attributes && len(span.Attributes) > 0 {
		buf = appendAttributes(buf, span.Attributes)
	}
	return appendLink(buf, v.lines[at].marks)
}

func appendMarks(buf []byte, marks Marks) []byte {
	for _, m := range markWords {
		if marks&m.mark != 0 {
			buf = append(buf, " ("...)
			buf = append(buf, m.word...)
			buf = append(buf, ')')
		}
	}
	return buf
}

func appendLink(buf []byte, marks Marks) []byte {
	if marks&Linked != 0 {
		buf = append(buf, linkGap...)
		buf = append(buf, linkWord...)
	}
	return buf
}

func appendAttributes(buf []byte, attributes []Attr) []byte {
	sorted := slices.Clone(attributes)
	slices.SortStableFunc(sorted, func(a, b Attr) int { return strings.Compare(a.Key, b.Key) })
	for i, a := range sorted {
		if i == 0 {
			buf = append(buf, " {"...)
		} else {
			buf = append(buf, ", "...)
		}
		buf = appendQuoted(buf, a.Key, quoteKey(a.Key))
		t := a.Value.Text()
		buf = append(buf, '=')
		buf = appendQuoted(buf, t, quoteValue(t))
	}
	return append(buf, '}')
}

// append adds the label, quoted where necessary.
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

// quoteActor reports whether an actor must be quoted: it begins a line, where it could be read as a
// count, as "..." or as a note of a waterfall.
func quoteActor(s string) bool {
	if quoteOperation(s) || strings.HasPrefix(s, anySiblings) || strings.HasPrefix(s, noteMark) || levelLength(s) > 0 {
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

// quoteText reports whether a part of a label must be quoted in any position.
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

// quoteKey reports whether the key of an attribute must be quoted in braces.
func quoteKey(s string) bool {
	return s == "" || s[0] == '@' || strings.ContainsAny(s, " =!<>~,{}\"`*│") || !printable(s)
}

// quoteValue reports whether the value of an attribute must be quoted in braces.
func quoteValue(s string) bool {
	return s == "" || s[0] == ' ' || s[len(s)-1] == ' ' || s[0] == '`' || strings.ContainsAny(s, ",}\"*│") || !printable(s)
}

// quoteWord reports whether a value outside braces must be quoted.
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
