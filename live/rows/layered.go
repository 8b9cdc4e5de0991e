package rows

import (
	"cmp"
	"slices"
)

// Cell is the place of a node in a layered drawing of a graph.
type Cell struct{ Column, Row int }

// Layered places the nodes of a directed graph, given by their number and edges between them: callers left of what they
// call, and nodes that are connected near to each other. Cycles are cut at the edge that closes them. The result depends
// on nothing but the arguments. It takes O((nodes + edges) · columns) time.
func Layered(nodes int, edges [][2]int) []Cell {
	out := make([][]int, nodes)
	incoming := make([]int, nodes)
	for _, e := range edges {
		if e[0] != e[1] {
			out[e[0]] = append(out[e[0]], e[1])
			incoming[e[1]]++
		}
	}
	column := make([]int, nodes)
	state := make([]int8, nodes) // 1 while a node is on the path, 2 afterwards
	var order []int              // nodes after everything that they call
	var visit func(int)
	visit = func(n int) {
		state[n] = 1
		out[n] = slices.DeleteFunc(out[n], func(to int) bool { return state[to] == 1 }) // closes a cycle
		for _, to := range out[n] {
			if state[to] == 0 {
				visit(to)
			}
		}
		state[n] = 2
		order = append(order, n)
	}
	for pass := range 2 { // first from where calls begin
		for n := range nodes {
			if state[n] == 0 && (pass == 1 || incoming[n] == 0) {
				visit(n)
			}
		}
	}
	for _, n := range slices.Backward(order) {
		for _, to := range out[n] {
			column[to] = max(column[to], column[n]+1)
		}
	}
	columns := make([][]int, nodes+1)
	for n := range nodes {
		columns[column[n]] = append(columns[column[n]], n)
	}
	cells := make([]Cell, nodes)
	weight := make([]float64, nodes)
	count := make([]int, nodes)
	for at, layer := range columns {
		slices.SortStableFunc(layer, func(a, b int) int {
			return cmp.Compare(weight[a]/float64(max(count[a], 1)), weight[b]/float64(max(count[b], 1)))
		})
		for row, n := range layer {
			cells[n] = Cell{at, row}
			for _, to := range out[n] {
				weight[to] += float64(row)
				count[to]++
			}
		}
	}
	return cells
}
