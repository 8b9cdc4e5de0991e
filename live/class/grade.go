package class

import (
	"context"
	"time"

	"tracelab/challenge"
	"tracelab/internal/redact"
	"tracelab/live/rows"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/filter"
)

const (
	// gradePause is the least time between two grades of a team. The first one after a pause is
	// made at once.
	gradePause = 250 * time.Millisecond
	// gradeShare bounds the grading of one team to 1/(1+gradeShare) of a processor's time: a team
	// whose traces take long is graded less often.
	gradeShare = 8
)

// The traces of a team that are graded. Newest first, the ones with a span of the gateway, then the
// ones with a span of another service of the system, which a lost context leaves: so a worker that
// traces each empty poll of its queue can't push out the requests.
const (
	gradedTraces = 40   // of each service
	gradedSpans  = 2000 // together; a trace that would exceed this is left out
)

// Grade is what a team has reached. Texts are without secrets, and cut if they are long.
type Grade struct {
	Trace    string `json:"trace_id,omitempty"` // of the graded request; empty without one
	Requests int    `json:"requests"`           // that could have been graded
	Met      int    `json:"met"`
	Items    []Item `json:"items"`
	// Findings are those about the request that are errors or warnings.
	Findings []Finding `json:"findings"`
	// Tree is the graded request in the notation.
	Tree string `json:"tree,omitempty"`
	// LeftOut is the number of newest traces that were not graded because they have too many spans.
	LeftOut int `json:"left_out,omitempty"`
}

// Item is an item of the challenge with its status.
type Item struct {
	ID     string           `json:"id"`
	Status challenge.Status `json:"status"`
	Seen   string           `json:"seen,omitempty"` // for an open item, what was seen instead
	// Label is that of the span that the status is about, if it is about one.
	Label    string `json:"label,omitempty"`
	Language string `json:"language,omitempty"`
	Advice   string `json:"advice,omitempty"` // what to do about an open item, in the language of its service
}

// Finding is what a check found.
type Finding struct {
	Check    string         `json:"check"`
	Severity check.Severity `json:"severity"`
	Seen     string         `json:"seen"`
	Label    string         `json:"label,omitempty"`
}

// graded returns the spans of a team that are graded, and the number of traces that were left out.
func (c *Class) graded(s *store.Store) (spans []tracetree.Span, leftOut int) {
	seen := make(map[tracetree.TraceID]bool)
	for _, service := range []string{c.config.Names.Gateway, c.config.Names.TaskService, c.config.Names.Worker, ""} {
		query := store.Query{Filter: filter.Filter{Service: service}, Limit: gradedTraces}
		for _, summary := range s.Traces(query) {
			if seen[summary.ID] {
				continue
			}
			seen[summary.ID] = true
			if len(spans)+summary.Spans > gradedSpans {
				leftOut++
				continue
			}
			spans = append(spans, s.Spans(summary.ID)...)
		}
	}
	return spans, leftOut
}

// gradeOf grades spans.
func (c *Class) gradeOf(spans []tracetree.Span, leftOut int) Grade {
	graded := challenge.Run(check.Input{Forest: tracetree.Build(spans)}, c.config.Names)
	g := Grade{
		Requests: graded.Requests, Met: len(graded.Verdicts) - graded.Open(), LeftOut: leftOut,
		Items: make([]Item, len(graded.Verdicts)), Findings: []Finding{},
	}
	for i := range graded.Verdicts {
		v := &graded.Verdicts[i]
		g.Items[i] = Item{
			ID: v.Item.ID, Status: v.Status, Seen: clean(v.Seen), Label: clean(v.At.Label), Language: v.Language,
		}
		if v.Status != challenge.Met {
			g.Items[i].Advice = v.Item.AdviceFor(v.Language)
		}
	}
	for i := range graded.Findings {
		f := &graded.Findings[i]
		if f.Severity >= check.Warning && len(g.Findings) < maxFindings {
			g.Findings = append(g.Findings, Finding{f.Check, f.Severity, clean(f.Seen), clean(f.Label)})
		}
	}
	if !graded.Trace.IsZero() {
		g.Trace = graded.Trace.String()
	}
	g.Tree = rows.Cut(tracetree.Format(tracetree.Build(graded.Spans)), maxTree)
	return g
}

// The bounds of what is kept of a grade.
const (
	maxFindings = 50
	maxText     = 400    // bytes
	maxTree     = 20_000 // bytes
)

// clean returns a text without secrets that isn't too long.
func clean(text string) string { return rows.Cut(redact.Text(text), maxText) }

// Run grades teams after spans have come, until ctx ends. The one whose spans have waited longest
// is next.
func (c *Class) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		next, wait := c.next(time.Now())
		if next != nil {
			c.regrade(next)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-c.wake:
		}
	}
}

// idle is how long Run waits when no team has new spans. It is woken up before.
const idle = time.Hour

// next returns the team to be graded now, or nil and how long to wait for one.
func (c *Class) next(now time.Time) (next *team, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait = idle
	for _, t := range c.teams {
		switch left := t.rest.Sub(now); {
		case t.waiting.IsZero():
		case left > 0:
			wait = min(wait, left)
		case next == nil || t.waiting.Before(next.waiting):
			next = t
		}
	}
	return next, wait
}

// regrade grades a team.
func (c *Class) regrade(t *team) {
	c.mu.Lock()
	t.waiting = time.Time{} // spans that come from here on are graded next time
	received := t.received
	c.mu.Unlock()
	began := time.Now()
	grade := c.gradeOf(c.graded(t.store))
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	t.grade, t.counted = grade, received
	t.rest = now.Add(max(gradePause, gradeShare*now.Sub(began)))
	c.touch(t)
}
