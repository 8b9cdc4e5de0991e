package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"tracelab/lab"
	"tracelab/tools/system"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// wholeTraces ends the services, and looks at the traces of all requests. A trace is whole when the
// request's answer, the task's record, its event and its processing are in one tree. Any other must
// show why it isn't: by a span whose parent is missing, or by one that failed. The last spans of a
// process that was killed are lost without a trace, so the moment of the kill explains what is
// missing too.
func (s *setup) wholeTraces(_ context.Context, l *load) error {
	for _, process := range []*system.Process{s.gateway, s.tasks, s.worker, s.collecting} {
		if err := process.Stop(strikeWithin); err != nil {
			return err
		}
	}
	file, err := os.Open(s.spans)
	if err != nil {
		return err
	}
	defer file.Close()
	spans, _, err := codec.ReadAll(file, "spans.jsonl")
	if err != nil {
		return err
	}
	traces := map[string][]tracetree.Span{}
	for _, span := range spans {
		id := span.TraceID.String()
		traces[id] = append(traces[id], span)
	}
	count := map[string]int{}
	var errs []error
	for _, c := range l.creates {
		for _, id := range c.traces {
			how := s.explain(c, id, tracetree.Build(traces[id]))
			count[how]++
			if how == unexplained {
				errs = append(errs, fmt.Errorf("trace %s of %s, task %s, is not whole, and nothing shows why (%s):\n%s",
					id, c.key, c.id, s.history(c.id), tracetree.Format(tracetree.Build(traces[id]))))
			}
		}
	}
	for _, how := range hows {
		if count[how] > 0 {
			fmt.Printf("     %5d traces: %s\n", count[how], how)
		}
	}
	if count[whole] < len(l.creates)/2 {
		errs = append(errs, errors.New("want more than half of the creates with a whole trace"))
	}
	return firstErrors(errs)
}

// exportWithin is how long a killed process's spans may have waited for their export. They wait for
// a fifth of a second on an idle machine, and for the export before them.
const exportWithin = 5 * time.Second

// How a trace is.
const (
	whole       = "whole"
	repeated    = "of a request that was answered by an earlier one's task, whole"
	failedSpan  = "a span shows the failure"
	orphaned    = "a span's parent is missing"
	killedWork  = "the worker was killed before it exported its spans"
	unexplained = "nothing shows why"
)

var hows = []string{whole, repeated, failedSpan, orphaned, killedWork, unexplained}

// explain returns how the trace of a request is.
func (s *setup) explain(c *create, id string, forest *tracetree.Forest) string {
	var served, stored, sent, processed, updated, failed, orphan bool
	for i := range forest.Spans() {
		node := forest.Node(i)
		span := node.Span()
		failed = failed || span.Status == tracetree.StatusError
		orphan = orphan || node.Has(tracetree.Orphan)
		label := tracetree.Label(span)
		switch {
		case node.Has(tracetree.Root) && span.Name == "POST /tasks":
			served = true
		case strings.HasPrefix(label, "db: PutItem"):
			stored = true
		case strings.HasPrefix(label, "sqs: SendMessage"):
			sent = true
		case strings.HasPrefix(label, lab.Worker+": process"):
			processed = true
		case strings.HasPrefix(label, "db: UpdateItem"):
			updated = true
		}
	}
	switch {
	case served && stored && sent && processed && updated && !orphan:
		return whole
	case id == c.trace && c.replayed && served && stored && !orphan:
		return repeated
	case orphan:
		return orphaned
	case failed:
		return failedSpan
	case served && stored && sent && s.killedNear("worker", s.deletedAt(c.id)):
		return killedWork
	}
	return unexplained
}

func (s *setup) deletedAt(task string) time.Time {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	return s.seen.deleted[task]
}

// killedNear reports whether a process was killed shortly after it made a call that was answered at
// that time. A call that was on its way at the kill is answered after it.
func (s *setup) killedNear(process string, answered time.Time) bool {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	for _, kill := range s.seen.kills[process] {
		if kill.Sub(answered).Abs() < exportWithin {
			return true
		}
	}
	return false
}

// history returns when the message about a task was deleted, and how long before and after that the
// worker was killed.
func (s *setup) history(task string) string {
	deleted := s.deletedAt(task)
	if deleted.IsZero() {
		return "its message was not deleted"
	}
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	text := "its message was deleted at " + deleted.Format(time.TimeOnly) + ", the worker killed"
	for _, kill := range s.seen.kills["worker"] {
		text += fmt.Sprintf(" %+.1fs", kill.Sub(deleted).Seconds())
	}
	return text + " from then"
}
