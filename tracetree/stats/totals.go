package stats

import (
	"cmp"
	"slices"
	"time"
)

// Total is how long critical paths waited for one operation.
type Total struct {
	Label string        `json:"label"` // see tracetree.Label
	Total time.Duration `json:"total_ns"`
	Share float64       `json:"share"` // of the time of all the paths, from 0 to 1; 0 when they have none
	Paths int           `json:"paths"` // how many of the paths have the operation
}

// Totals returns what the critical paths of a capture waited for, by operation, the longest first
// and then by label. It takes O(n log n) time for n spans on the paths.
func Totals(paths []Path) []Total {
	byLabel := make(map[string]*Total)
	last := make(map[string]int) // the path that a label was counted for last, from 1
	var all time.Duration
	for i, path := range paths {
		all += path.Duration
		for _, span := range path.Spans {
			t := byLabel[span.Label]
			if t == nil {
				t = &Total{Label: span.Label}
				byLabel[span.Label] = t
			}
			t.Total += span.Total
			if last[span.Label] != i+1 {
				last[span.Label] = i + 1
				t.Paths++
			}
		}
	}
	totals := make([]Total, 0, len(byLabel))
	for _, t := range byLabel {
		if all > 0 {
			t.Share = float64(t.Total) / float64(all)
		}
		totals = append(totals, *t)
	}
	slices.SortFunc(totals, func(a, b Total) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Label, b.Label))
	})
	return totals
}
