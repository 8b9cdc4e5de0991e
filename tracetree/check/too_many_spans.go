package check

import (
	"fmt"
	"strings"
	"time"

	"tracelab/tracetree"
)

// shortSpan is the length below which a span is short.
const shortSpan = 5 * time.Millisecond

func tooManySpans() Check {
	return Check{
		ID:       "too-many-spans",
		Title:    "a trace has too many spans",
		Severity: Warning,
		Doc: `A trace of more than 100 spans, of more than 10 INTERNAL spans in one service, or of more than 20 spans that are shorter
than 5 ms. Each of the three limits can be configured.

A tree of a thousand lines is not read. Spans cost time in the program, money in the backend, and attention: the important
ones are hidden among functions that took microseconds.

Make spans for requests, for I/O and for the few steps that a reader would look for. Record details as attributes
("prices.count") or events. Turn off instrumentation that makes a span for every function or every row.`,
		Mistakes: []string{"too many spans"},
		bad: []example{{
			Why:  "a span for every function",
			Tree: "shop: GET /cart (root)\n  11x shop: add up [=6ms]",
		}, {
			Why:    "more short spans than the limit, which is 3 here",
			Tree:   "shop: GET /cart (root)\n  4x db: Query (carts table) [=1ms]",
			Config: Config{Limits: Limits{ShortSpans: 3}},
		}, {
			Why:    "more spans than the limit, which is 4 here",
			Tree:   "shop: GET /cart (root)\n  4x db: Query (carts table) [=6ms]",
			Config: Config{Limits: Limits{SpansPerTrace: 4}},
		}},
		good: []example{{
			Why:  "ten steps of one service, and ten of another",
			Tree: "shop: GET /cart (root)\n  10x shop: add up [=6ms]\n  prices: GET /prices\n    10x prices: look up [=6ms]",
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			state, ok := p.State.(*spanCounts)
			if !ok {
				state = &spanCounts{
					index: map[tracetree.TraceID]int{}, internal: map[serviceInTrace]int{},
					limit: limit(p.Config.Limits.InternalPerService, 10),
				}
				p.State = state
			}
			state.add(i, s)
		},
		run: func(p *pass) {
			state, ok := p.State.(*spanCounts)
			if !ok {
				return
			}
			spans, short := limit(p.Config.Limits.SpansPerTrace, 100), limit(p.Config.Limits.ShortSpans, 20)
			for i := range state.traces {
				state.traces[i].report(p, spans, short, state.limit)
			}
		},
	}
}

// spanCounts counts the spans of each trace. Spans of a trace are mostly
// consecutive, so the last one's trace is tried first.
type spanCounts struct {
	index    map[tracetree.TraceID]int
	traces   []traceCount
	last     int
	internal map[serviceInTrace]int
	limit    int
}

type serviceInTrace struct {
	trace   int
	service string
}

type traceCount struct {
	id           tracetree.TraceID
	first        int // the root, or the first span
	hasRoot      bool
	spans, short int
	chatty       []string // services with too many INTERNAL spans
}

func (c *spanCounts) add(i int, s *tracetree.Span) {
	if len(c.traces) == 0 || c.traces[c.last].id != s.TraceID {
		at, ok := c.index[s.TraceID]
		if !ok {
			at = len(c.traces)
			c.index[s.TraceID] = at
			c.traces = append(c.traces, traceCount{id: s.TraceID, first: i})
		}
		c.last = at
	}
	t := &c.traces[c.last]
	if !t.hasRoot && s.Parent.IsZero() {
		t.first, t.hasRoot = i, true
	}
	t.spans++
	if d, known := s.Duration(); known && d >= 0 && d < shortSpan {
		t.short++
	}
	if s.Kind == tracetree.KindInternal {
		key := serviceInTrace{c.last, s.Service()}
		c.internal[key]++
		if c.internal[key] == c.limit+1 {
			t.chatty = append(t.chatty, key.service)
		}
	}
}

func (t *traceCount) report(p *pass, spans, short, internal int) {
	var seen, expected []string
	if t.spans > spans {
		seen = append(seen, fmt.Sprintf("%d spans in the trace", t.spans))
		expected = append(expected, fmt.Sprintf("at most %d spans", spans))
	}
	if len(t.chatty) > 0 {
		seen = append(seen, fmt.Sprintf("more than %d INTERNAL spans of %s", internal, strings.Join(t.chatty, " and of ")))
		expected = append(expected, fmt.Sprintf("at most %d INTERNAL spans of a service", internal))
	}
	if t.short > short {
		seen = append(seen, fmt.Sprintf("%d spans shorter than %s", t.short, shortSpan))
		expected = append(expected, fmt.Sprintf("at most %d short spans", short))
	}
	if len(seen) > 0 {
		p.Report(t.first, strings.Join(seen, ", "), strings.Join(expected, ", "),
			"there is a span for every function or every row",
			"something that could be done once is done in a loop",
			"a long job is one trace, where each of its items could be one")
	}
}
