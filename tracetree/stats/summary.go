package stats

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"tracelab/tracetree"
)

// Summary collects a table of traces from spans that come in batches, in any order and in any
// division. It keeps nothing of the spans but what the table needs, so its memory grows with the
// traces and not with the spans. That is why it counts a span that was sent twice as two. The zero
// Summary is ready to use. It is not safe for concurrent use.
type Summary struct {
	traces   map[tracetree.TraceID]*traceRow
	services map[string]string // one copy of each name
}

// traceRow is a trace as far as its spans have come.
type traceRow struct {
	root                string
	rank                RootRank
	services            []string // sorted
	spans, errors       int
	firstStart, lastEnd int64
}

// RootRank is how well a span fits as the root of its trace. It doesn't depend on other spans, so
// that their order doesn't matter. The zero RootRank is worse than that of any span.
type RootRank struct {
	likelihood int   // 0: nothing yet
	start      int64 // Unix nanoseconds; 0: not known
	span       tracetree.SpanID
}

// Add counts spans. It doesn't keep the slice.
func (s *Summary) Add(spans []tracetree.Span) {
	if s.traces == nil {
		s.traces = make(map[tracetree.TraceID]*traceRow)
		s.services = make(map[string]string)
	}
	var row *traceRow
	for i := range spans {
		span := &spans[i]
		if i == 0 || span.TraceID != spans[i-1].TraceID {
			row = s.row(span.TraceID)
		}
		s.add(row, span)
	}
}

func (s *Summary) row(id tracetree.TraceID) *traceRow {
	row := s.traces[id]
	if row == nil {
		row = &traceRow{}
		s.traces[id] = row
	}
	return row
}

func (s *Summary) add(row *traceRow, span *tracetree.Span) {
	row.spans++
	if span.Status == tracetree.StatusError {
		row.errors++
	}
	if span.Start != 0 && (row.firstStart == 0 || span.Start < row.firstStart) {
		row.firstStart = span.Start
	}
	if span.End != 0 && (row.lastEnd == 0 || span.End > row.lastEnd) {
		row.lastEnd = span.End
	}
	service := span.Service()
	if at, ok := slices.BinarySearch(row.services, service); !ok {
		row.services = slices.Insert(row.services, at, s.copyOf(service))
	}
	rank := RankOf(span)
	switch order := rank.Compare(row.rank); {
	case order < 0:
		row.rank, row.root = rank, tracetree.Label(span)
	case order == 0: // the same span, sent twice
		row.root = min(row.root, tracetree.Label(span))
	}
}

// copyOf returns a copy that doesn't hold on to the text that the name was a part of.
func (s *Summary) copyOf(service string) string {
	name, ok := s.services[service]
	if !ok {
		name = strings.Clone(service)
		s.services[name] = name
	}
	return name
}

// RankOf returns the rank of a span.
func RankOf(s *tracetree.Span) RootRank {
	rank := RootRank{likelihood: 1, start: s.Start, span: s.SpanID}
	switch {
	case s.Parent.IsZero():
		rank.likelihood = 3
	case s.ParentRemote == tracetree.RemoteYes || s.Kind == tracetree.KindServer || s.Kind == tracetree.KindConsumer:
		rank.likelihood = 2
	}
	return rank
}

// Compare is negative when r is the better root.
func (r RootRank) Compare(other RootRank) int {
	return cmp.Or(
		cmp.Compare(
			other.likelihood,
			r.likelihood,
		),
		compareKnown(r.start, other.start),
		bytes.Compare(r.span[:], other.span[:]),
	)
}

// Traces returns the table so far, in the given order. The result is the caller's.
func (s *Summary) Traces(by Order) []Trace {
	traces := make([]Trace, 0, len(s.traces))
	for id, row := range s.traces {
		t := Trace{
			TraceID: id.String(), Root: row.root, Services: slices.Clone(row.services),
			Spans: row.spans, Errors: row.errors, FirstStart: row.firstStart, LastEnd: row.lastEnd,
		}
		if start, end, known := interval(&tracetree.Span{Start: row.firstStart, End: row.lastEnd}); known {
			d := time.Duration(end - start)
			t.Duration = &d
		}
		traces = append(traces, t)
	}
	slices.SortFunc(traces, by.compare)
	return traces
}
