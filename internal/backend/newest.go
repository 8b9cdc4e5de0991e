package backend

import (
	"cmp"
	"slices"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// found are the traces of the pages that were read.
type found struct {
	traces   map[tracetree.TraceID]*trace
	warnings []codec.Warning
}

type trace struct {
	id    tracetree.TraceID
	spans []tracetree.Span
	// start and latest are the starts of its first and its last span.
	start, latest int64
}

// add adds the spans of a page. It returns the number of traces in the page, and of those that are
// new. oldest is the trace of the page that started first.
func (f *found) add(spans []tracetree.Span) (traces, added int, oldest *trace) {
	page := map[tracetree.TraceID]*trace{}
	for i := range spans {
		s := &spans[i]
		t := page[s.TraceID]
		if t == nil {
			t = &trace{id: s.TraceID, start: s.Start, latest: s.Start}
			page[s.TraceID] = t
		}
		t.spans = append(t.spans, *s)
		t.start, t.latest = min(t.start, s.Start), max(t.latest, s.Start)
	}
	for id, t := range page {
		if f.traces[id] == nil {
			f.traces[id] = t
			added++
		}
		if oldest == nil || t.start < oldest.start {
			oldest = t
		}
	}
	return len(page), added, oldest
}

// newest returns the spans of the newest traces, as many as the limit allows, the oldest first.
func (f *found) newest(limit int) []tracetree.Span {
	all := make([]*trace, 0, len(f.traces))
	for _, t := range f.traces {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *trace) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.id.String(), b.id.String()))
	})
	var spans []tracetree.Span
	for _, t := range all[max(0, len(all)-limit):] {
		spans = append(spans, t.spans...)
	}
	return spans
}

// pages reads the newest traces, page by page. A backend returns the newest traces of a time, so
// the next page is of the time before the oldest trace of this one. page returns those that started
// until then.
//
// The spans by which a backend selects a trace may start later than the trace, so the next page
// reaches up to the last span of the oldest trace, and may have traces in common with this one.
func (c *Client) pages(q Query, page func(until time.Time, n int) (answer, error)) (Result, error) {
	all := &found{traces: map[tracetree.TraceID]*trace{}}
	until, n := q.Until, min(q.Limit, pageSize)
	hint := ""
	for {
		a, err := page(until, n)
		if err != nil {
			return Result{}, err
		}
		spans, warnings, err := c.read(a)
		if err != nil {
			return Result{}, err
		}
		all.warnings = merge(all.warnings, warnings)
		traces, added, oldest := all.add(spans)
		if traces < n || len(all.traces) >= q.Limit {
			break
		}
		next := time.Unix(0, oldest.latest).Add(time.Microsecond)
		if added == 0 || !next.Before(until) {
			// There are as many traces at the same time as a page holds.
			if n == maxPage {
				hint = "the backend has more traces at the same time than it returns: want a smaller --lookback"
				break
			}
			n = min(2*n, maxPage)
			continue
		}
		until = next
	}
	return Result{Spans: all.newest(q.Limit), Warnings: all.warnings, Hint: hint}, nil
}

// merge adds the warnings of a further answer. Those of one kind are counted, as a reader does.
func merge(all, more []codec.Warning) []codec.Warning {
	for _, w := range more {
		i := slices.IndexFunc(all, func(known codec.Warning) bool { return known.Kind == w.Kind })
		if i < 0 {
			all = append(all, w)
			continue
		}
		all[i].Count += w.Count
	}
	return all
}
