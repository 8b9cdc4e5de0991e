package stats

import (
	"math"
	"time"

	"tracelab/tracetree"
)

// Unknown stands for a duration that is not known where a slice has one for every span. It is
// negative, which no known duration is.
const Unknown time.Duration = -1

// interval returns when the span started and ended, in Unix nanoseconds, and whether that is known.
// An end before the start is a broken clock, not a measurement.
func interval(s *tracetree.Span) (start, end int64, known bool) {
	d, known := s.Duration()
	// Times from opposite ends of the range give a negative difference, too.
	return s.Start, s.End, known && s.End >= s.Start && d >= 0
}

// extent is the time from the first to the last moment that some spans know of.
type extent struct {
	first, last int64 // Unix nanoseconds
	known       bool
}

func (e *extent) add(s *tracetree.Span) {
	for _, moment := range [...]int64{s.Start, s.End} {
		if moment == 0 {
			continue
		}
		if !e.known {
			e.first, e.last, e.known = moment, moment, true
		}
		e.first, e.last = min(e.first, moment), max(e.last, moment)
	}
}

// seconds returns the length of the extent, or 0 when it has none.
func (e *extent) seconds() float64 {
	return (float64(e.last) - float64(e.first)) / float64(time.Second)
}

// sum adds durations that are not negative. Clocks that start in 1970 give durations of decades, of
// which a few are more than fits; the sum stays at the largest duration then.
func sum(a, b time.Duration) time.Duration {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}
