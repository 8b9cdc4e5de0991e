package rows_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/live/rows"
)

func TestLayered(t *testing.T) {
	for _, test := range []struct {
		reason string
		nodes  int
		edges  [][2]int
		cells  []rows.Cell
		via    [][]rows.Cell
	}{
		{"no nodes", 0, nil, []rows.Cell{}, [][]rows.Cell{}},
		{
			"callers are left of what they call", 3,
			[][2]int{{2, 1}, {1, 0}},
			[]rows.Cell{{2, 0}, {1, 0}, {0, 0}},
			[][]rows.Cell{nil, nil},
		},
		{"a cycle is cut where it closes", 2, [][2]int{{0, 1}, {1, 0}}, []rows.Cell{{0, 0}, {1, 0}}, [][]rows.Cell{nil, nil}},
		{"a node that calls itself", 1, [][2]int{{0, 0}}, []rows.Cell{{0, 0}}, [][]rows.Cell{nil}},
		{
			"an edge that skips a column has a place in it", 3,
			[][2]int{{0, 1}, {1, 2}, {0, 2}},
			[]rows.Cell{{0, 0}, {1, 0}, {2, 0}},
			[][]rows.Cell{nil, nil, {{1, 1}}},
		},
	} {
		cells, via := rows.Layered(test.nodes, test.edges)
		if diff := cmp.Diff(test.cells, cells); diff != "" {
			t.Errorf("%s: cells (-want +got):\n%s", test.reason, diff)
		}
		if diff := cmp.Diff(test.via, via); diff != "" {
			t.Errorf("%s: via (-want +got):\n%s", test.reason, diff)
		}
	}
}
