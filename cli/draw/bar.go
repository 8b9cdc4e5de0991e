package draw

import (
	"strings"
	"time"

	"tracelab/tracetree"
)

// A scale maps the time of one tree onto columns. A tree lasts from its first
// start to its last end.
type scale struct{ start, end int64 }

// scalesOf returns the scale of each tree of the lines, by Line.Tree.
func scalesOf(lines []tracetree.Line) map[int]scale {
	scales := map[int]scale{}
	for _, line := range lines {
		for _, node := range []tracetree.Node{line.Node, line.Folded} {
			if node.IsZero() || node.Span().Start == 0 {
				continue
			}
			span := node.Span()
			s, ok := scales[line.Tree]
			if !ok {
				s = scale{span.Start, span.Start}
			}
			scales[line.Tree] = scale{min(s.start, span.Start), max(s.end, span.End)}
		}
	}
	return scales
}

// Extent returns how long it is from the first start in the lines to the last
// end, and whether that is known.
func Extent(lines []tracetree.Line) (time.Duration, bool) {
	all := scale{}
	for _, s := range scalesOf(lines) {
		if all == (scale{}) {
			all = s
		}
		all = scale{min(all.start, s.start), max(all.end, s.end)}
	}
	return time.Duration(all.end - all.start), all != scale{}
}

// bar draws the span's time in a number of columns, to half a column. Even the shortest span is
// visible.
func (s scale) bar(span *tracetree.Span, columns int) string {
	total := s.end - s.start
	if span.Start == 0 || span.End < span.Start || total <= 0 {
		return strings.Repeat(" ", columns)
	}
	halves := float64(2 * columns)
	from := int(float64(span.Start-s.start) / float64(total) * halves)
	to := int(float64(span.End-s.start)/float64(total)*halves + 0.5)
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
