package tracetree

import (
	"encoding/binary"
	"slices"
	"time"
)

// group merges equal siblings: subtrees whose lines have the same text, apart from attributes. bare
// holds the texts without indentation. It takes O(n log n) time.
func group(lines []Line, bare []string) []Line {
	below := make([][]int32, len(lines)+1) // of each line and, last, of the forest
	var path []int32
	for i := range lines {
		above := len(lines)
		if depth := lines[i].Depth; depth > 0 {
			above = int(path[depth-1])
		}
		path = append(path[:lines[i].Depth], int32(i))
		below[above] = append(below[above], int32(i))
	}
	class := make([]int32, len(lines))
	classes := make(map[string]int32)
	for i := len(lines) - 1; i >= 0; i-- {
		children := make([]int32, 0, len(below[i]))
		for _, c := range below[i] {
			children = append(children, class[c])
		}
		slices.Sort(children)
		var key []byte
		for _, c := range children {
			key = binary.AppendUvarint(key, uint64(c))
		}
		key = append(append(key, 0xff), bare[i]...)
		id, ok := classes[string(key)]
		if !ok {
			id = int32(len(classes))
			classes[string(key)] = id
		}
		class[i] = id
	}

	var grouped []Line
	stack := groupSiblings([][]int32{below[len(lines)]}, class)
	for len(stack) > 0 {
		g := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		line := lines[g.members[0]]
		line.Count = g.count
		var children [][]int32
		for _, i := range g.members {
			line.Group = append(line.Group, lines[i].Node)
			children = append(children, below[i])
		}
		line.Total, line.Median = durations(line.Group)
		grouped = append(grouped, line)
		stack = append(stack, groupSiblings(children, class)...)
	}
	return grouped
}

// siblingGroup is the equal siblings below each of some equal lines.
type siblingGroup struct {
	members []int32
	count   int // below each of the lines
}

// groupSiblings returns the groups of the siblings below equal lines, the first one last.
func groupSiblings(siblings [][]int32, class []int32) []siblingGroup {
	var groups []siblingGroup
	at := make(map[int32]int)
	for k, list := range siblings {
		for _, i := range list {
			g, ok := at[class[i]]
			if !ok {
				g = len(groups)
				at[class[i]] = g
				groups = append(groups, siblingGroup{})
			}
			groups[g].members = append(groups[g].members, i)
			if k == 0 {
				groups[g].count++
			}
		}
	}
	slices.Reverse(groups)
	return groups
}

// durations returns the sum and the median of the known durations.
func durations(nodes []Node) (total, median time.Duration) {
	var known []time.Duration
	for _, n := range nodes {
		if d, ok := n.Span().Duration(); ok {
			known = append(known, d)
			total += d
		}
	}
	if len(known) == 0 {
		return 0, 0
	}
	slices.Sort(known)
	return total, known[(len(known)-1)/2]
}
