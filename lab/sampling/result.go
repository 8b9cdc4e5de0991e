package sampling

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry/sampling"
)

// A Result has what a policy kept, and what there was.
type Result struct {
	Policy  string  `json:"policy"`
	Seconds float64 `json:"seconds"` // that the load took

	Traces Kept `json:"traces"`
	Spans  Kept `json:"spans"`
	Bytes  Kept `json:"bytes"` // as OTLP protobuf

	Errors Kept `json:"errors"` // traces with a span in ERROR
	Slow   Kept `json:"slow"`   // traces in which the database took SlowCall
	Writes Kept `json:"writes"` // traces of requests that create, change or delete

	// Partial is the number of traces with both exported and dropped spans.
	Partial int `json:"partial"`
	// Requests and Failures are estimates from the sample: all requests, and those that were
	// answered with an error.
	Requests Estimate `json:"requests"`
	Failures Estimate `json:"failures"`
	// Routes compares the estimates from the sample with the true figures, for each route.
	Routes []Route `json:"routes"`
	// Tail counts the spans of the tail sampler; nil without one.
	Tail *sampling.TailStats `json:"tail,omitempty"`
}

// Kept is the number of exported items, and the number of all items.
type Kept struct {
	Kept int64 `json:"kept"`
	Of   int64 `json:"of"`
}

// Share is the share that was kept, from 0 to 1. It is 1 if Of is 0.
func (k Kept) Share() float64 {
	if k.Of == 0 {
		return 1
	}
	return float64(k.Kept) / float64(k.Of)
}

func (k *Kept) count(kept bool) {
	k.Of++
	if kept {
		k.Kept++
	}
}

// Lost returns the reasons for which the tail sampler dropped spans that its
// policy might have kept.
func (r *Result) Lost() []sampling.DropReason {
	if r.Tail == nil {
		return nil
	}
	reasons := slices.Collect(maps.Keys(r.Tail.Dropped))
	reasons = slices.DeleteFunc(reasons, func(why sampling.DropReason) bool { return why == sampling.DropPolicy })
	slices.Sort(reasons)
	return reasons
}

// SlowBound is the smallest duration of a slow trace in the built-in tail policy: half of
// [SlowCall], and far from the duration of any other trace, unless the machine is very busy.
const SlowBound = time.Second

// A Route is the RED figures of one route: rate, errors, duration.
type Route struct {
	Route string `json:"route"`
	True  RED    `json:"true"`
	// Estimated is scaled up from the exported spans: each root span counts
	// 1/ratio times, with the ratio that it has recorded.
	Estimated RED `json:"estimated"`
}

// RED are the figures of the requests to a route.
type RED struct {
	Requests float64 `json:"requests"`
	Errors   float64 `json:"errors"` // the share of requests that failed
	P95      float64 `json:"p95_ms"`
}

// An Estimate is a number of requests that is estimated from a sample: every exported root span
// counts 1/ratio times.
type Estimate struct {
	Value float64 `json:"value"`
	// Margin is half of the 95 % confidence interval. It is 0 if every request was certain to be
	// kept.
	Margin float64 `json:"margin"`
	True   float64 `json:"true"`
	// Seen is the number of root spans that the estimate is made of.
	Seen int `json:"seen"`
}

// Reliable reports whether the margin is at most half of the value, and the sample has any of the
// requests at all.
func (e Estimate) Reliable() bool { return e.Seen > 0 && e.Margin <= e.Value/2 }

// estimate adds up the requests that were kept, of those that count. A trace with weight w was kept
// with probability 1/w, independently of the others, so it adds w(w-1) to the variance.
func estimate(truth, kept *tally, counts func(*entry) bool) Estimate {
	var e Estimate
	var variance float64
	for _, k := range kept.traces {
		if k.route != "" && counts(k) {
			w := weight(k)
			e.Value += w
			variance += w * (w - 1)
			e.Seen++
		}
	}
	for _, t := range truth.traces {
		if t.route != "" && counts(t) {
			e.True++
		}
	}
	const normal95 = 1.96
	e.Margin = normal95 * math.Sqrt(variance)
	return e
}

// compare compares what was exported with what there was.
func compare(truth, kept *tally, isSlow func(trace.TraceID) bool) (*Result, error) {
	r := &Result{}
	var err error
	if r.Bytes.Of, err = truth.close(); err != nil {
		return nil, err
	}
	if r.Bytes.Kept, err = kept.close(); err != nil {
		return nil, err
	}
	for id, e := range truth.traces {
		k := kept.traces[id]
		r.Traces.count(k != nil)
		r.Spans.Of += int64(e.spans)
		if k != nil {
			r.Spans.Kept += int64(k.spans)
			if k.spans != e.spans {
				r.Partial++
			}
		}
		if e.failed {
			r.Errors.count(k != nil)
		}
		if isSlow(id) {
			r.Slow.count(k != nil)
		}
		if e.method != "" && e.method != http.MethodGet {
			r.Writes.count(k != nil)
		}
	}
	r.Routes = routes(truth, kept)
	r.Requests = estimate(truth, kept, func(*entry) bool { return true })
	r.Failures = estimate(truth, kept, func(e *entry) bool { return e.rootFailed })
	return r, nil
}

func routes(truth, kept *tally) []Route {
	was, is := truth.red(func(*entry) float64 { return 1 }), kept.red(weight)
	var routes []Route
	for route, red := range was {
		routes = append(routes, Route{route, red, is[route]})
	}
	slices.SortFunc(routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.True.Requests, a.True.Requests), cmp.Compare(a.Route, b.Route))
	})
	return routes
}

// weight is how many requests a root span stands for: itself alone when it
// doesn't say.
func weight(e *entry) float64 {
	if e.ratio > 0 {
		return 1 / e.ratio
	}
	return 1
}

// red works out the figures of each route from root spans of these weights.
func (t *tally) red(weight func(*entry) float64) map[string]RED {
	byRoute := map[string][]*entry{}
	for _, e := range t.traces {
		if e.route != "" {
			byRoute[e.route] = append(byRoute[e.route], e)
		}
	}
	figures := map[string]RED{}
	for route, entries := range byRoute {
		figures[route] = redOf(entries, weight)
	}
	return figures
}

func redOf(entries []*entry, weight func(*entry) float64) RED {
	var red RED
	for _, e := range entries {
		w := weight(e)
		red.Requests += w
		if e.rootFailed {
			red.Errors += w
		}
	}
	slices.SortFunc(entries, func(a, b *entry) int { return cmp.Compare(a.lasted, b.lasted) })
	var below float64
	for _, e := range entries {
		if below += weight(e); below >= 0.95*red.Requests {
			red.P95 = float64(e.lasted) / float64(time.Millisecond)
			break
		}
	}
	red.Errors /= red.Requests
	return red
}
