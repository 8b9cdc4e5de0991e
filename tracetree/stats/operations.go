package stats

import (
	"cmp"
	"slices"
	"time"

	"tracelab/tracetree"
)

// Operation has the RED figures, rate, errors and duration, of all spans with one label.
type Operation struct {
	Label     string  `json:"label"` // see tracetree.Label
	Calls     int     `json:"calls"` // spans; at least 1
	Errors    int     `json:"errors"`
	ErrorRate float64 `json:"error_rate"` // errors per call, from 0 to 1
	// Rate is in calls per second, over the time from the first to the last moment of the capture's
	// spans. It is 0, and not in the JSON, if that time is unknown or zero.
	Rate      float64    `json:"rate_per_second,omitempty"`
	Durations *Durations `json:"durations,omitempty"`  // nil: none is known
	SelfTimes *Durations `json:"self_times,omitempty"` // see SelfTime; nil: none is known
}

// Operations returns the operations of the forests, in the order of their labels. Every span is a
// call of one operation, whatever its kind, except for those with the [tracetree.Duplicate] mark.
// It takes O(n log n) time.
func Operations(forests ...*tracetree.Forest) []Operation {
	type group struct {
		tally
		self []time.Duration
	}
	groups := make(map[string]*group)
	var capture extent
	for _, f := range forests {
		spans := f.Spans()
		for i, self := range SelfTime(f) {
			s := &spans[i]
			capture.add(s)
			if f.Node(i).Has(tracetree.Duplicate) {
				continue
			}
			label := tracetree.Label(s)
			g := groups[label]
			if g == nil {
				g = &group{}
				groups[label] = g
			}
			g.add(s, s.Status == tracetree.StatusError)
			if self != Unknown {
				g.self = append(g.self, self)
			}
		}
	}
	operations := make([]Operation, 0, len(groups))
	for label, g := range groups {
		o := Operation{
			Label: label, Calls: g.calls, Errors: g.errors, ErrorRate: g.errorRate(),
			Durations: durationsOf(g.durations), SelfTimes: durationsOf(g.self),
		}
		if seconds := capture.seconds(); seconds > 0 {
			o.Rate = float64(g.calls) / seconds
		}
		operations = append(operations, o)
	}
	slices.SortFunc(operations, func(a, b Operation) int { return cmp.Compare(a.Label, b.Label) })
	return operations
}
