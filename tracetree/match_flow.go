package tracetree

// network computes a maximum flow by Dinic's algorithm: it augments along shortest paths, all of
// one length at a time. Edge e and its reverse edge e^1 are stored next to each other.
type network struct {
	edges [][]int32 // of each node, the edges that leave it
	to    []int32   // of each edge, the node that it leads to
	room  []int32   // of each edge, the capacity that is left
	level []int32   // of each node, its distance from the source, or none
	tried []int     // of each node, the number of its edges that lead to no path in this phase
}

func newNetwork(nodes int) *network {
	return &network{edges: make([][]int32, nodes), level: make([]int32, nodes), tried: make([]int, nodes)}
}

// connect adds an edge and returns its number, which is even.
func (n *network) connect(from, to, room int32) int32 {
	edge := int32(len(n.to))
	n.to = append(n.to, to, from)
	n.room = append(n.room, room, 0)
	n.edges[from] = append(n.edges[from], edge)
	n.edges[to] = append(n.edges[to], edge+1)
	return edge
}

// used returns the flow along an edge.
func (n *network) used(edge int32) int32 { return n.room[edge+1] }

// flow increases the flow to the maximum and returns the increase.
func (n *network) flow(source, sink int32) int64 {
	var total int64
	for n.findLevels(source, sink) {
		clear(n.tried)
		for {
			pushed := n.push(source, sink, Unbounded)
			if pushed == 0 {
				break
			}
			total += int64(pushed)
		}
	}
	return total
}

func (n *network) findLevels(source, sink int32) bool {
	for i := range n.level {
		n.level[i] = none
	}
	n.level[source] = 0
	queue := []int32{source}
	for len(queue) > 0 && n.level[sink] == none {
		at := queue[0]
		queue = queue[1:]
		for _, e := range n.edges[at] {
			if to := n.to[e]; n.room[e] > 0 && n.level[to] == none {
				n.level[to] = n.level[at] + 1
				queue = append(queue, to)
			}
		}
	}
	return n.level[sink] != none
}

// push sends a flow of up to limit along one path and returns its amount. The recursion is as deep
// as the path is long.
func (n *network) push(at, sink, limit int32) int32 {
	if at == sink {
		return limit
	}
	for ; n.tried[at] < len(n.edges[at]); n.tried[at]++ {
		e := n.edges[at][n.tried[at]]
		if n.room[e] == 0 || n.level[n.to[e]] != n.level[at]+1 {
			continue
		}
		if pushed := n.push(n.to[e], sink, min(limit, n.room[e])); pushed > 0 {
			n.room[e] -= pushed
			n.room[e^1] += pushed
			return pushed
		}
	}
	return 0
}
