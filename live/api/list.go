package api

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"tracelab/live/problem"
	"tracelab/live/rows"
	"tracelab/live/store"
	"tracelab/tracetree/chart"
	"tracelab/tracetree/check"
)

// Trace is a line of the list.
type Trace struct {
	Index    int      `json:"index"` // in the list, from 0
	ID       string   `json:"trace_id"`
	Label    string   `json:"label"` // of the root
	Service  string   `json:"service"`
	Services []string `json:"services"`
	Start    string   `json:"start_unix_nano"` // "0" if unknown
	Duration *int64   `json:"duration_ns"`     // null if unknown
	Took     string   `json:"duration"`        // as the terminal prints it
	Spans    int      `json:"spans"`
	Errors   int      `json:"errors"`
	Cut      int      `json:"cut,omitempty"` // spans for which there was no memory
	Settled  bool     `json:"settled"`
	Checked  bool     `json:"checked"`
	Worst    string   `json:"worst,omitempty"` // severity of the findings
	Findings int      `json:"findings,omitempty"`
	Revision uint64   `json:"revision"`
}

func traceRow(index int, s *store.Summary) Trace {
	t := Trace{
		Index: index, ID: s.ID.String(), Label: rows.Cut(s.Label, 400), Service: s.Service, Services: s.Services,
		Start: strconv.FormatInt(s.Start, 10), Took: "?", Spans: s.Spans, Errors: s.Errors, Cut: s.Cut,
		Settled: s.Settled, Checked: s.Checked, Findings: s.Findings, Revision: s.Revision,
	}
	if s.HasDuration {
		ns := int64(s.Duration)
		t.Duration, t.Took = &ns, chart.Duration(s.Duration)
	}
	if s.Checked && s.Worst != check.Off {
		t.Worst = s.Worst.String()
	}
	return t
}

// Traces is a window of the list.
type Traces struct {
	Total  int     `json:"total"` // traces that match
	From   int     `json:"from"`
	Traces []Trace `json:"traces"`
	// Stale reports that something may have changed since, or will be known soon: ask again in a
	// moment.
	Stale bool `json:"stale,omitempty"`
}

// listings keeps the lists that were asked for last: a list of 100,000 traces is made once for all
// of its windows.
type listings struct {
	mu   sync.Mutex
	kept []*listing
}

type listing struct {
	key    string
	made   time.Time
	cost   time.Duration
	traces []store.Summary
}

const (
	keptListings = 4
	// cheap is the cost of a list that is made again for each request. One that costs more is kept
	// for ten times as long as it took, so that at most a tenth of the time goes into it.
	cheap = 5 * time.Millisecond
)

// listing returns the traces that match, in order, and whether they may be out of date.
func (a *API) listing(q url.Values) (*listing, bool, error) {
	f, err := filterOf(q)
	if err != nil {
		return nil, false, err
	}
	order, err := orderOf(q.Get("sort"))
	if err != nil {
		return nil, false, err
	}
	key := url.Values{}
	for _, name := range []string{
		"trace", "service", "operation", "error", "min_duration", "max_duration", "since", "until", "where", "sort",
	} {
		key[name] = q[name]
	}
	l := &a.listings
	l.mu.Lock() // also while a list is made: several at once would only take longer
	defer l.mu.Unlock()
	began := time.Now()
	for _, kept := range l.kept {
		if kept.key == key.Encode() && kept.cost > cheap && began.Sub(kept.made) < 10*kept.cost {
			return kept, true, nil
		}
	}
	made := &listing{key: key.Encode()}
	made.traces = a.config.Store.Traces(store.Query{Filter: f, Limit: math.MaxInt32})
	if order != nil {
		slices.SortStableFunc(made.traces, order)
	}
	made.made = time.Now()
	made.cost = made.made.Sub(began)
	l.kept = slices.DeleteFunc(l.kept, func(k *listing) bool { return k.key == made.key })
	if len(l.kept) == keptListings {
		l.kept = slices.Delete(l.kept, 0, 1)
	}
	l.kept = append(l.kept, made)
	return made, false, nil
}

// orderOf returns an order of traces, nil for the order of arrival, the newest first.
func orderOf(name string) (func(a, b store.Summary) int, error) {
	switch name {
	case "", "arrival":
		return nil, nil
	case "start":
		return func(a, b store.Summary) int { return cmp.Compare(b.Start, a.Start) }, nil
	case "duration":
		return func(a, b store.Summary) int { return cmp.Compare(b.Duration, a.Duration) }, nil
	case "spans":
		return func(a, b store.Summary) int { return cmp.Compare(b.Spans, a.Spans) }, nil
	case "errors":
		return func(a, b store.Summary) int { return cmp.Compare(b.Errors, a.Errors) }, nil
	}
	return nil, problem.BadRequest("sort is %.80q: want arrival, start, duration, spans or errors", name)
}

// Traces of a window are checked when they are asked for, within these bounds for each request.
const (
	checkTime  = 30 * time.Millisecond
	checkSpans = 5000 // of a trace; larger ones are checked when they are opened
)

func (a *API) list(r *http.Request) (any, error) {
	q := r.URL.Query()
	from, err := intOf(q, "from", 0, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	limit, err := intOf(q, "limit", store.DefaultLimit, 1, rows.MaxWindow)
	if err != nil {
		return nil, err
	}
	l, stale, err := a.listing(q)
	if err != nil {
		return nil, err
	}
	from = min(from, len(l.traces))
	result := Traces{Total: len(l.traces), From: from, Traces: []Trace{}, Stale: stale}
	until := time.Now().Add(checkTime)
	for i := from; i < min(from+limit, len(l.traces)); i++ {
		s := &l.traces[i]
		if now, found := a.config.Store.Summary(s.ID); found {
			s = &now // the figures of a list that is kept may be older
		}
		if s.Settled && !s.Checked && s.Spans <= checkSpans {
			if time.Now().After(until) {
				result.Stale = true
			} else if trace, found := a.config.Store.Trace(s.ID); found {
				trace.Findings()
				if now, found := a.config.Store.Summary(s.ID); found {
					s = &now
				}
			}
		}
		result.Traces = append(result.Traces, traceRow(i, s))
	}
	return result, nil
}

// Durations is a histogram of durations, with buckets that grow by the same factor.
type Durations struct {
	Buckets []Bucket `json:"buckets"`
	Unknown int      `json:"unknown"` // traces without a known duration
}

// Bucket counts the traces with a duration of at least From and less than To.
type Bucket struct {
	From   int64  `json:"from_ns"`
	To     int64  `json:"to_ns"`
	Text   string `json:"text"` // of From
	Count  int    `json:"count"`
	Errors int    `json:"errors"` // traces with a failed span
}

const maxBuckets = 48

func (a *API) durations(r *http.Request) (any, error) {
	l, _, err := a.listing(r.URL.Query())
	if err != nil {
		return nil, err
	}
	result := Durations{Buckets: []Bucket{}}
	var least, most int64
	for i := range l.traces {
		d := int64(l.traces[i].Duration)
		if !l.traces[i].HasDuration {
			result.Unknown++
			continue
		}
		d = max(d, 1)
		if least == 0 || d < least {
			least = d
		}
		most = max(most, d)
	}
	if most == 0 {
		return result, nil
	}
	// Ten buckets for a factor of ten, unless these are too many.
	low, high := math.Log10(float64(least)), math.Log10(float64(most))
	step := max(0.1, (high-low)/(maxBuckets-1))
	first := math.Floor(low / step)
	n := int(math.Floor(high/step)-first) + 1
	for i := range n {
		from := int64(math.Round(math.Pow(10, (first+float64(i))*step)))
		to := int64(math.Round(math.Pow(10, (first+float64(i+1))*step)))
		result.Buckets = append(result.Buckets, Bucket{From: from, To: to, Text: chart.Duration(time.Duration(from))})
	}
	for i := range l.traces {
		s := &l.traces[i]
		if !s.HasDuration {
			continue
		}
		d := max(int64(s.Duration), 1)
		at, _ := slices.BinarySearchFunc(result.Buckets, d, func(b Bucket, d int64) int {
			if b.To <= d {
				return -1
			}
			return 1
		})
		b := &result.Buckets[min(at, n-1)]
		b.Count++
		if s.Errors > 0 {
			b.Errors++
		}
	}
	return result, nil
}

func (a *API) services(*http.Request) (any, error) {
	return struct {
		Services []string `json:"services"`
	}{append([]string{}, a.config.Store.Services()...)}, nil
}

// Stats are the figures of the store.
type Stats struct {
	Received int64            `json:"spans_received"`
	Kept     int64            `json:"spans_kept"`
	Dropped  map[string]int64 `json:"spans_dropped"` // by reason
	Traces   int              `json:"traces"`
	Bytes    int64            `json:"bytes"`
	Memory   int64            `json:"memory"` // the budget in bytes
	Upload   bool             `json:"upload"` // files can be uploaded
}

func (a *API) statsNow() Stats {
	s := a.config.Store.Stats()
	result := Stats{
		Received: s.Received, Kept: s.Kept, Dropped: map[string]int64{}, Traces: s.Traces, Bytes: s.Bytes, Memory: s.Memory,
		Upload: a.config.Add != nil,
	}
	for reason, n := range s.Dropped {
		if n > 0 {
			result.Dropped[string(reason)] = n
		}
	}
	return result
}

func (a *API) stats(*http.Request) (any, error) { return a.statsNow(), nil }
