package tracetree_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
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
			got, place := view.Line(i), view.Place(i)
			if got.Text != line.Text || place.Depth != line.Depth || place.Tree != line.Tree ||
				place.Node != line.Node || place.Folded != line.Folded {
				t.Errorf("line %d is %+v at %+v, want %+v", i, got, place, line)
			}
			above = append(above[:line.Depth], i)
			parent := -1
			if line.Depth > 0 {
				parent = above[line.Depth-1]
			}
			if place.Parent != parent {
				t.Errorf("line %d: parent %d, want %d", i, place.Parent, parent)
			}
			end := i + 1
			for end < len(lines) && lines[end].Depth > line.Depth {
				end++
			}
			if place.End != end {
				t.Errorf("line %d ends at %d, want %d", i, place.End, end)
			}
		}
	}
}

// TestLinesAreThoseOfFormat draws trees of any shape.
func TestLinesAreThoseOfFormat(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
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
