package tracetree

import (
	"slices"
	"strings"
)

// The words of the notation.
const (
	anySiblings   = "..."
	noteMark      = "↪" // a line of a waterfall that is no line of the tree
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

// markWords are the marks that are printed in parentheses, in the order in which they are printed.
var markWords = [...]markWord{{Root, "root"}, {Orphan, "orphan"}, {Cycle, "cycle"}, {Duplicate, "duplicate"}}

// Format prints the forest in the notation: a line for each span that the view shows, a blank line between trees, a
// line's end after the last line. An empty forest is empty text. What [Parse] makes of the text matches the forest in
// the same view. Names can't do harm to a terminal: control characters are quoted.
//
// It takes time and space in proportion to the text, which the indentation makes quadratic in the depth of the traces.
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

// Lines returns the lines that [Format] prints, with what a drawing of the traces needs.
func Lines(f *Forest, opts ...Option) []Line {
	v := newView(f, opts)
	attributes := has(opts, Attributes)
	lines := make([]Line, 0, len(v.lines))
	tree := -1
	var buf []byte
	for at, l := range v.lines {
		if l.parent == none {
			tree++
		}
		buf = v.appendLine(buf[:0], int32(at), attributes)
		line := Line{
			Text:      string(buf),
			Depth:     int(l.depth),
			Tree:      tree,
			Node:      Node{f, l.node},
			Marks:     l.marks,
			Share:     f.share(l.node),
			Elsewhere: f.referencesTo(nil, l.node),
		}
		if l.folded != none {
			line.Folded = Node{f, l.folded}
			if f.childrenOf(l.folded)[0] == l.node { // of several, the first one speaks for it
				line.Elsewhere = f.referencesTo(line.Elsewhere, l.folded)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func (v *view) appendLine(buf []byte, at int32, attributes bool) []byte {
	return v.appendText(appendIndent(buf, v.lines[at].depth), at, attributes)
}

// spaces are the indentation of many lines; of deep traces it is most of the text.
const spaces = "                                                                "

func appendIndent(buf []byte, depth int32) []byte {
	n := 2 * int(depth)
	for ; n > len(spaces); n -= len(spaces) {
		buf = append(buf, spaces...)
	}
	return append(buf, spaces[:n]...)
}

// appendText adds a line without its indentation.
func (v *view) appendText(buf []byte, at int32, attributes bool) []byte {
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
