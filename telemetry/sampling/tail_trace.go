package sampling

import (
	linked "container/list"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// A tailTrace is a trace that is not decided yet.
type tailTrace struct {
	id    trace.TraceID
	group *tailGroup
	spans []sizedSpan // those that have ended
	open  int         // those that have not

	seen        time.Time // when its first span started, by this process's clock
	first, last time.Time // its first start and last end, as its spans say
	failed      bool      // a span is in ERROR

	// The decision of the head sampler. The threshold is that of the first
	// sampled span, and only there when known.
	sampled   bool
	known     bool
	threshold threshold
	random    threshold
}

// sizedSpan is a span, and how many bytes it is estimated to hold.
type sizedSpan struct {
	sdktrace.ReadOnlySpan
	bytes int
}

// A tailGroup is what is decided together: a trace, and all that are linked to
// it. A consumer's own trace is of no use without the producer's, nor is a
// producer's without the error that it led to.
type tailGroup struct {
	traces []*tailTrace
	open   int // spans, of all traces
	bytes  int

	active   time.Time                  // when something last started or ended
	awaited  map[trace.SpanID]time.Time // until when, for messages that have not been received yet
	followed *verdict                   // that of a kept trace to which one of these links

	since    time.Time       // when its oldest trace was first seen
	byAge    *linked.Element // its place among the groups by age
	deadline time.Time       // when it is considered next
	index    int             // its place in the schedule
}

func (tr *tailTrace) start(span sdktrace.ReadWriteSpan) {
	tr.open++
	tr.group.open++
	if start := span.StartTime(); tr.first.IsZero() || start.Before(tr.first) {
		tr.first = start
	}
	sc := span.SpanContext()
	if !sc.IsSampled() || tr.sampled {
		return
	}
	tr.sampled = true
	tr.random = randomnessOf(sc.TraceID(), sc.TraceState())
	tr.threshold, tr.known = thresholdIn(sc.TraceState())
	if tr.random < tr.threshold { // it can't have been this one that sampled it
		tr.threshold, tr.known = acceptAll, false
	}
}

func (tr *tailTrace) end(span sizedSpan) {
	if tr.open > 0 { // it started before the trace was known here
		tr.open--
		tr.group.open--
	}
	tr.spans = append(tr.spans, span)
	tr.group.bytes += span.bytes
	tr.failed = tr.failed || span.Status().Code == codes.Error
	if start := span.StartTime(); tr.first.IsZero() || start.Before(tr.first) {
		tr.first = start
	}
	if end := span.EndTime(); end.After(tr.last) {
		tr.last = end
	}
}

// slow reports whether the trace has lasted for at least the bound. One that is
// still open has lasted until now.
func (tr *tailTrace) slow(bound time.Duration, now time.Time) bool {
	return bound > 0 && (tr.last.Sub(tr.first) >= bound || tr.open > 0 && now.Sub(tr.seen) >= bound)
}

// reason returns why the policy keeps the group whatever chance decides, "" when
// it has no reason so far.
func (g *tailGroup) reason(p *TailPolicy, now time.Time) string {
	slow := false
	for _, tr := range g.traces {
		if p.Errors && tr.failed {
			return KeptError
		}
		slow = slow || tr.slow(p.Slow, now)
	}
	if slow {
		return KeptSlow
	}
	return ""
}

// next returns when the group has to be considered again, or decided if that is
// not after now.
func (g *tailGroup) next(p *TailPolicy, now time.Time) time.Time {
	quiet := g.active.Add(p.Window)
	if quiet.After(now) || g.followed != nil || g.reason(p, now) != "" {
		return quiet // it is kept, so nothing has to be waited for
	}
	again := now.Add(p.Window)
	if g.open > 0 {
		return again
	}
	for span, until := range g.awaited {
		if !until.After(now) {
			delete(g.awaited, span)
		} else if until.Before(again) {
			again = until
		}
	}
	if len(g.awaited) > 0 {
		return again
	}
	return quiet
}

// join adds the other group's traces to g, which has the more of them.
func (g *tailGroup) join(other *tailGroup) {
	for _, tr := range other.traces {
		tr.group = g
	}
	g.traces = append(g.traces, other.traces...)
	g.open += other.open
	g.bytes += other.bytes
	if other.active.After(g.active) {
		g.active = other.active
	}
	if other.since.Before(g.since) {
		g.since = other.since
	}
	if g.followed == nil {
		g.followed = other.followed
	}
	for span, until := range other.awaited {
		g.await(span, until)
	}
}

func (g *tailGroup) await(span trace.SpanID, until time.Time) {
	if g.awaited == nil {
		g.awaited = map[trace.SpanID]time.Time{}
	}
	g.awaited[span] = until
}

// oldest returns the trace of the group that began first.
func (g *tailGroup) oldest(is func(*tailTrace) bool) *tailTrace {
	var found *tailTrace
	for _, tr := range g.traces {
		if is(tr) && (found == nil || tr.seen.Before(found.seen)) {
			found = tr
		}
	}
	return found
}

// schedule is a heap of groups by their deadlines.
type schedule []*tailGroup

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].deadline.Before(s[j].deadline) }

func (s schedule) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

func (s *schedule) Push(x any) {
	g := x.(*tailGroup)
	g.index = len(*s)
	*s = append(*s, g)
}

func (s *schedule) Pop() any {
	last := len(*s) - 1
	g := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return g
}
