package rows

import (
	"cmp"
	"slices"
)

// Cell is the place of a node in a layered drawing of a graph.
type Cell struct {
	Column int `json:"column"`
	Row    int `json:"row"`
}

// Layered places the nodes of a directed graph, given by their number and edges between them:
// callers left of what they call, and nodes that are connected near to each other. Cycles are cut
// at the edge that closes them. An edge that skips columns has a cell of its own in each of them,
// so that it can be drawn around other nodes. The result depends on nothing but the arguments. It
// takes O((nodes + edges) · columns) time.
func Layered(nodes int, edges [][2]int) (cells []Cell, via [][]Cell) {
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
	// Places without a node stand for edges that skip columns.
	columns := make([][]int, nodes+1)
	for n := range nodes {
		columns[column[n]] = append(columns[column[n]], n)
	}
	places := make([][]int, len(edges))
	next := make([][]int, nodes) // of each place, those in the next column
	for i, e := range edges {
		from := e[0]
		for at := column[e[0]] + 1; at < column[e[1]]; at++ {
			place := len(next)
			next = append(next, nil)
			next[from] = append(next[from], place)
			columns[at] = append(columns[at], place)
			places[i] = append(places[i], place)
			from = place
		}
		if column[e[1]] > column[e[0]] {
			next[from] = append(next[from], e[1])
		}
	}
	all := make([]Cell, len(next))
	weight := make([]float64, len(next))
	count := make([]int, len(next))
	for at, layer := range columns {
		slices.SortStableFunc(layer, func(a, b int) int {
			return cmp.Compare(weight[a]/float64(max(count[a], 1)), weight[b]/float64(max(count[b], 1)))
		})
		for row, place := range layer {
			all[place] = Cell{at, row}
			for _, to := range next[place] {
				weight[to] += float64(row)
				count[to]++
			}
		}
	}
	via = make([][]Cell, len(edges))
	for i := range edges {
		for _, place := range places[i] {
			via[i] = append(via[i], all[place])
		}
	}
	return all[:nodes], via
}
