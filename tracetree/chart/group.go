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
// everything below them have the same text; whole trees are not grouped. The notes are about the
// durations of the spans of each line with a count.
func Group(lines []tracetree.Line) (grouped []tracetree.Line, notes map[tracetree.Node]string) {
	groups := EqualSiblings(lines)
	notes = map[tracetree.Node]string{}
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if groups.First(i) != i { // a branch that an earlier one stands for
			for i+1 < len(lines) && lines[i+1].Depth > line.Depth {
				i++
			}
			continue
		}
		if n := groups.Count(i); n > 1 {
			text := strings.TrimLeft(line.Text, " ")
			line.Text = fmt.Sprintf("%s%dx %s", line.Text[:len(line.Text)-len(text)], n, text)
			if note := groups.Note(i); note != "" {
				notes[line.Node] = note
			}
		}
		grouped = append(grouped, line)
	}
	return grouped, notes
}

// Groups are the groups of equal siblings among lines. It may be used by several goroutines.
type Groups struct {
	first []int32 // by line, the first line of its group
	// members are the lines of each group of more than one, by the first.
	members map[int][]int
	notes   map[int]string // by the first
}

// First returns the first line of the group of a line: the line itself if it has no equal sibling
// before it.
func (g *Groups) First(line int) int { return int(g.first[line]) }

// Count returns the number of lines in the group of a line.
func (g *Groups) Count(line int) int { return max(len(g.members[g.First(line)]), 1) }

// Note returns a note about the durations of the spans in the group of a line, empty if none is
// known, or if the group has no other line.
func (g *Groups) Note(line int) string { return g.notes[g.First(line)] }

// EqualSiblings returns the groups of equal siblings. It takes the lines from the last to the
// first, so that each branch is complete when its parent comes, and its time doesn't depend on the
// depth of the trees.
func EqualSiblings(lines []tracetree.Line) *Groups {
	g := &Groups{first: make([]int32, len(lines)), members: map[int][]int{}, notes: map[int]string{}}
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
			if g.members[at] == nil {
				g.members[at] = []int{at}
			}
			g.first[child] = int32(at)
			g.members[at] = append(g.members[at], child)
		}
		for _, child := range kept {
			fmt.Fprintln(hash, g.Count(child), keys[child])
		}
		hash.Sum(keys[i][:0])
		g.first[i] = int32(i)
		open[depth+1] = nil
		open[depth] = append(open[depth], i)
	}
	for first, members := range g.members {
		if note := durationsOf(lines, members); note != "" {
			g.notes[first] = note
		}
	}
	return g
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
