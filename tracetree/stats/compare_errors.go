package stats

import (
	"cmp"
	"slices"
	"time"

	"tracelab/tracetree"
)

// ErrorChange is an operation that fails more often in one capture than in another one.
type ErrorChange struct {
	Label  string     `json:"label"` // see tracetree.Label
	Before ErrorCount `json:"before"`
	After  ErrorCount `json:"after"`
}

// ErrorCount counts calls and those of them that failed.
type ErrorCount struct {
	Calls  int `json:"calls"`
	Errors int `json:"errors"`
}

// CompareErrors returns the operations that fail more often after, in the order of their labels:
// those that did not fail before, and those whose share of errors has grown by more than chance
// explains, see [Compare].
func CompareErrors(before, after *tracetree.Forest) []ErrorChange {
	old := make(map[string]Operation)
	for _, o := range Operations(before) {
		old[o.Label] = o
	}
	changes := []ErrorChange{} // an empty list in JSON
	for _, now := range Operations(after) {
		was, ok := old[now.Label]
		if !ok || now.ErrorRate <= was.ErrorRate {
			continue
		}
		if was.Errors > 0 {
			// The test compares ranks, also those of two values.
			if _, p := mannWhitney(outcomes(was), outcomes(now)); p > significance {
				continue
			}
		}
		changes = append(
			changes,
			ErrorChange{now.Label, ErrorCount{was.Calls, was.Errors}, ErrorCount{now.Calls, now.Errors}},
		)
	}
	slices.SortFunc(changes, func(a, b ErrorChange) int { return cmp.Compare(a.Label, b.Label) })
	return changes
}

// outcomes returns a 0 for each call that succeeded and a 1 for each that failed, sorted.
func outcomes(o Operation) []time.Duration {
	list := make([]time.Duration, o.Calls)
	for i := o.Calls - o.Errors; i < o.Calls; i++ {
		list[i] = 1
	}
	return list
}
