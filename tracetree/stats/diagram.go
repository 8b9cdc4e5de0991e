package stats

import (
	"fmt"
	"strings"
	"unicode"

	"tracelab/internal/words"
)

// Mermaid returns the map as a flowchart for Mermaid, which GitHub and many editors draw. Names are
// escaped.
func (m Map) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := m.ids()
	for _, n := range m.Nodes {
		opening, closing := "[", "]"
		switch n.Kind {
		case Database:
			opening, closing = "[(", ")]"
		case Queue:
			opening, closing = "[[", "]]"
		case External:
			opening, closing = "([", "])"
		}
		fmt.Fprintf(&b, "  %s%s\"%s\"%s\n", ids[n], opening, escapeMermaid(n.Name), closing)
	}
	for _, e := range m.Edges {
		fmt.Fprintf(&b, "  %s -->|\"%s\"| %s\n", ids[e.From], e.caption(), ids[e.To])
	}
	return b.String()
}

// DOT returns the map as a directed graph for Graphviz. Names are escaped.
func (m Map) DOT() string {
	var b strings.Builder
	b.WriteString("digraph services {\n  rankdir=LR;\n")
	ids := m.ids()
	for _, n := range m.Nodes {
		shape := "ellipse"
		switch n.Kind {
		case Service:
			shape = "box"
		case Database:
			shape = "cylinder"
		case Queue:
			shape = "cds"
		}
		fmt.Fprintf(&b, "  %s [label=\"%s\", shape=%s];\n", ids[n], escapeDOT(n.Name), shape)
	}
	for _, e := range m.Edges {
		fmt.Fprintf(&b, "  %s -> %s [label=\"%s\"];\n", ids[e.From], ids[e.To], e.caption())
	}
	b.WriteString("}\n")
	return b.String()
}

// ids gives the nodes names that need no escaping.
func (m Map) ids() map[Endpoint]string {
	ids := make(map[Endpoint]string, len(m.Nodes))
	for i, n := range m.Nodes {
		ids[n] = fmt.Sprintf("n%d", i)
	}
	return ids
}

// caption returns the text at an edge of a diagram.
func (e Edge) caption() string {
	text := words.Count(e.Calls, "call")
	if e.Errors > 0 {
		text += ", " + words.Count(e.Errors, "error")
	}
	if e.Durations != nil {
		text += ", p95 " + short(e.Durations.P95)
	}
	return text
}

// escapeMermaid writes what could end a quoted text, or be markup in it, as Mermaid's character
// codes.
func escapeMermaid(name string) string {
	var b strings.Builder
	for _, r := range oneLine(name) {
		if strings.ContainsRune("\"#&;<>`\\*", r) {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escapeDOT keeps quotes, the escape sequences of labels and character entities from being read as
// such.
func escapeDOT(name string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(oneLine(name))
}

// oneLine replaces what can't be drawn, and the marks of line ends and of text direction, by the
// replacement character.
func oneLine(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, name)
}
