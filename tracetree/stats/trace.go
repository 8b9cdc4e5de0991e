package stats

import (
	"cmp"
	"time"
)

// Trace is a line of the table.
type Trace struct {
	TraceID string `json:"trace_id"` // in lower-case hexadecimal digits
	// Root is the label of the span that is most likely the root: one without a parent, else one
	// that an absent caller can have called, else any; of several the earliest.
	Root     string   `json:"root"`
	Services []string `json:"services"` // sorted
	Spans    int      `json:"spans"`
	Errors   int      `json:"errors"`
	// FirstStart is when the first span started and LastEnd when the last one ended, in Unix
	// nanoseconds; 0 if that is known of no span.
	FirstStart int64 `json:"first_start_unix_nano,string"`
	LastEnd    int64 `json:"last_end_unix_nano,string"`
	// Duration is from FirstStart to LastEnd; nil if they aren't known, or in the wrong order.
	Duration *time.Duration `json:"duration_ns"`
}

// Order is an order of traces.
type Order uint8

// The orders. Traces that are equal in one are ordered by start and then by trace id.
const (
	ByStart    Order = iota // the earliest first, unknown ones last
	ByDuration              // the longest first, unknown ones last
	BySpans                 // the most spans first
	ByErrors                // the most errors first
)

// compare orders two traces. An order that doesn't exist is that by start.
func (o Order) compare(a, b Trace) int {
	var first int
	switch o {
	case ByDuration:
		first = compareDurations(a.Duration, b.Duration)
	case BySpans:
		first = cmp.Compare(b.Spans, a.Spans)
	case ByErrors:
		first = cmp.Compare(b.Errors, a.Errors)
	}
	return cmp.Or(first, compareKnown(a.FirstStart, b.FirstStart), cmp.Compare(a.TraceID, b.TraceID))
}

// compareDurations orders durations, the longest first and those that aren't known last.
func compareDurations(a, b *time.Duration) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	default:
		return cmp.Compare(*b, *a)
	}
}

// compareKnown orders times, those that aren't known last.
func compareKnown(a, b int64) int {
	switch {
	case a == b:
		return 0
	case a == 0:
		return 1
	case b == 0:
		return -1
	default:
		return cmp.Compare(a, b)
	}
}
