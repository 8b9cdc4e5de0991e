package draw

import (
	"fmt"
	"io"
	"strings"

	"tracelab/tracetree"
)

// Mermaid writes trees as a Mermaid flowchart: an arrow for each span below
// another, a dotted one where the two are linked, failed spans in red.
func Mermaid(w io.Writer, lines []tracetree.Line) error {
	g := graph{
		header: "flowchart TD\n",
		node:   func(id, label string) string { return fmt.Sprintf("  %s[\"%s\"]\n", id, mermaidText(label)) },
		failed: func(id string) string { return fmt.Sprintf("  style %s stroke:#c00,color:#c00\n", id) },
		edge: func(from, to string, linked bool) string {
			if linked {
				return fmt.Sprintf("  %s -. link .-> %s\n", from, to)
			}
			return fmt.Sprintf("  %s --> %s\n", from, to)
		},
	}
	return g.write(w, lines)
}

// DOT writes trees in the language of Graphviz.
func DOT(w io.Writer, lines []tracetree.Line) error {
	g := graph{
		header: "digraph traces {\n  node [shape=box]\n",
		footer: "}\n",
		node:   func(id, label string) string { return fmt.Sprintf("  %s [label=%s]\n", id, dotText(label)) },
		failed: func(id string) string { return fmt.Sprintf("  %s [color=red, fontcolor=red]\n", id) },
		edge: func(from, to string, linked bool) string {
			if linked {
				return fmt.Sprintf("  %s -> %s [style=dashed, label=link]\n", from, to)
			}
			return fmt.Sprintf("  %s -> %s\n", from, to)
		},
	}
	return g.write(w, lines)
}

// A graph is how one language writes nodes and edges.
type graph struct {
	header, footer string
	node           func(id, label string) string
	failed         func(id string) string
	edge           func(from, to string, linked bool) string
}

func (g graph) write(w io.Writer, lines []tracetree.Line) error {
	var b strings.Builder
	b.WriteString(g.header)
	var above []string // the last node of each depth
	for i, line := range lines {
		id := fmt.Sprintf("s%d", i)
		span := line.Node.Span()
		label := tracetree.Label(span)
		if d, ok := span.Duration(); ok {
			label += " " + Duration(d)
		}
		b.WriteString(g.node(id, Clean(label)))
		if span.Status == tracetree.StatusError {
			b.WriteString(g.failed(id))
		}
		if line.Depth > 0 {
			b.WriteString(g.edge(above[line.Depth-1], id, line.Marks&tracetree.Linked != 0))
		}
		above = append(above[:line.Depth], id)
	}
	b.WriteString(g.footer)
	_, err := io.WriteString(w, b.String())
	return err
}

// mermaidText replaces characters with a meaning in Mermaid by entity codes.
func mermaidText(text string) string {
	return strings.NewReplacer("#", "#35;", "&", "#amp;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;").Replace(
		text,
	)
}

func dotText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
