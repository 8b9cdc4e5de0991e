package tracetree_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/slow"
	"tracelab/tracetree"
)

// TestViewHasItsLinesInPlace holds the indices of a view against a walk through its lines.
func TestViewHasItsLinesInPlace(t *testing.T) {
	for _, options := range [][]tracetree.Option{nil, {tracetree.Full}} {
		forest := tracetree.Build(append(courseSpans(), span(90, 89, "orphan", inTrace(9))))
		view := tracetree.NewView(forest, options...)
		lines := tracetree.Lines(forest, options...)
		if view.Len() != len(lines) {
			t.Fatalf("%d lines, want %d", view.Len(), len(lines))
		}
		var above []int
		for i, line := range lines {
			got := view.Line(i)
			if got.Text != line.Text || view.Depth(i) != line.Depth || view.Tree(i) != line.Tree ||
				view.Node(i) != line.Node || view.Folded(i) != line.Folded {
				t.Errorf("line %d is %+v, want %+v", i, got, line)
			}
			above = append(above[:line.Depth], i)
			parent, has := view.Parent(i)
			if has != (line.Depth > 0) || has && parent != above[line.Depth-1] {
				t.Errorf("line %d: parent %d %v, want the last of %v", i, parent, has, above[:line.Depth])
			}
			end := i + 1
			for end < len(lines) && lines[end].Depth > line.Depth {
				end++
			}
			if view.End(i) != end {
				t.Errorf("line %d ends at %d, want %d", i, view.End(i), end)
			}
		}
	}
}

// TestLinesAreThoseOfFormat draws trees of any shape.
func TestLinesAreThoseOfFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spans []tracetree.Span
		for i := range rapid.IntRange(0, slow.Times(30, 10)).Draw(t, "spans") {
			parent := rapid.IntRange(0, i+1).Draw(t, "parent")
			spans = append(spans, span(uint64(i+1), uint64(parent), "step"))
		}
		forest := tracetree.Build(spans)
		var text string
		for i, line := range tracetree.Lines(forest) {
			if i > 0 && line.Depth == 0 {
				text += "\n"
			}
			text += line.Text + "\n"
		}
		if diff := cmp.Diff(tracetree.Format(forest), text); diff != "" {
			t.Errorf("(-Format +Lines):\n%s", diff)
		}
	})
}
