package class

import (
	"context"
	"time"

	"tracelab/challenge"
	"tracelab/live/checklist"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// gradeOf grades the spans of a team.
func (c *Class) gradeOf(s *store.Store) checklist.Grade {
	spans, leftOut := checklist.Spans(s, c.config.Names, tracetree.TraceID{})
	graded := challenge.Run(check.Input{Forest: tracetree.Build(spans)}, c.config.Names)
	return checklist.NewGrade(&graded, leftOut)
}

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
	grade := c.gradeOf(t.store)
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	t.grade, t.counted = grade, received
	t.rest = now.Add(checklist.Rest(now.Sub(began)))
	c.touch(t)
}
