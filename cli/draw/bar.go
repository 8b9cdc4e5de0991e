package draw

import (
	"strings"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/chart"
)

// scalesOf returns the scale of each tree of the lines, by Line.Tree.
func scalesOf(lines []tracetree.Line) map[int]chart.Scale {
	scales := map[int]chart.Scale{}
	for _, line := range lines {
		for _, node := range []tracetree.Node{line.Node, line.Folded} {
			if !node.IsZero() {
				scales[line.Tree] = scales[line.Tree].Extend(node.Span())
			}
		}
	}
	return scales
}

// Extent returns how long it is from the first start in the lines to the last
// end, and whether that is known.
func Extent(lines []tracetree.Line) (time.Duration, bool) {
	all := chart.Scale{}
	for _, line := range lines {
		for _, node := range []tracetree.Node{line.Node, line.Folded} {
			if !node.IsZero() {
				all = all.Extend(node.Span())
			}
		}
	}
	return time.Duration(all.End - all.Start), all != chart.Scale{}
}

// bar draws the span's time in a number of columns, to half a column. Even the shortest span is
// visible.
func bar(s chart.Scale, span *tracetree.Span, columns int) string {
	begin, end, known := s.Bar(span)
	if !known {
		return strings.Repeat(" ", columns)
	}
	halves := float64(2 * columns)
	from := int(begin * halves)
	to := int(end*halves + 0.5)
	from = min(from, 2*columns-1)
	to = max(to, from+1)
	var b strings.Builder
	for half := 0; half < 2*columns; half += 2 {
		left := from <= half && half < to
		right := from <= half+1 && half+1 < to
		switch {
		case left && right:
			b.WriteRune('█')
		case left:
			b.WriteRune('▌')
		case right:
			b.WriteRune('▐')
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}
