package chart

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracelab/tracetree"
)

// Group returns the lines with equal siblings as one line that has their number, as a count of the
// notation: the result is notation, and matches the same forest. Siblings are equal if they and
// everything below them have the same text; whole trees are not grouped. The notes say, for each
// line with a count, how long its spans took.
func Group(lines []tracetree.Line) (grouped []tracetree.Line, notes map[tracetree.Node]string) {
	counts, equal := countSiblings(lines)
	notes = map[tracetree.Node]string{}
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch n := counts[i]; {
		case n == 0: // a branch that an earlier one stands for
			for i+1 < len(lines) && lines[i+1].Depth > line.Depth {
				i++
			}
			continue
		case n > 1:
			text := strings.TrimLeft(line.Text, " ")
			line.Text = fmt.Sprintf("%s%dx %s", line.Text[:len(line.Text)-len(text)], n, text)
			if note := durationsOf(lines, equal[i]); note != "" {
				notes[line.Node] = note
			}
		}
		grouped = append(grouped, line)
	}
	return grouped, notes
}

// countSiblings returns for each line the number of equal siblings that it stands for, 0 for a line
// that another one stands for, and the indices of the lines that are counted more than once. It
// takes the lines from the last to the first, so that each branch is complete when its parent
// comes, and its time doesn't depend on the depth of the trees.
func countSiblings(lines []tracetree.Line) (counts []int, equal map[int][]int) {
	counts = make([]int, len(lines))
	equal = map[int][]int{}
	keys := make([][sha256.Size]byte, len(lines)) // of the text of a branch
	var open [][]int                              // by depth, the branches without a parent yet, the last first
	for i := len(lines) - 1; i >= 0; i-- {
		depth := lines[i].Depth
		for len(open) <= depth+1 {
			open = append(open, nil)
		}
		hash := sha256.New()
		fmt.Fprintln(hash, lines[i].Text)
		first := map[[sha256.Size]byte]int{}
		var kept []int
		for _, child := range slices.Backward(open[depth+1]) {
			at, known := first[keys[child]]
			if !known {
				first[keys[child]] = child
				kept = append(kept, child)
				continue
			}
			if counts[at] == 1 {
				equal[at] = []int{at}
			}
			counts[at]++
			counts[child] = 0
			equal[at] = append(equal[at], child)
		}
		for _, child := range kept {
			fmt.Fprintln(hash, counts[child], keys[child])
		}
		hash.Sum(keys[i][:0])
		counts[i] = 1
		open[depth+1] = nil
		open[depth] = append(open[depth], i)
	}
	return counts, equal
}

// durationsOf returns a note about the durations of the spans of some lines, empty if none is
// known.
func durationsOf(lines []tracetree.Line, indices []int) string {
	var durations []time.Duration
	var total time.Duration
	for _, i := range indices {
		if d, known := lines[i].Node.Span().Duration(); known {
			durations = append(durations, d)
			total += d
		}
	}
	if len(durations) == 0 {
		return ""
	}
	slices.Sort(durations)
	median := durations[(len(durations)-1)/2]
	return fmt.Sprintf("the first of %d: %s in total, p50 %s", len(indices), Duration(total), Duration(median))
}
