// Package expect waits until the spans of a test match an expectation, and reports how they differ
// from it. Package treetest and the test sessions over HTTP share it: they decide where spans come
// from, and where reports go.
package expect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracelab/internal/redact"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

const (
	// Silence is how long nothing may happen before waiting ends when no span is open.
	Silence = time.Second
	// hang is how long nothing may happen while spans are open.
	hang = 10 * time.Second
	// Longest is how long an expectation without a limit waits in all, however much happens: a
	// poller that makes spans for ever must not keep a test from failing.
	Longest = 30 * time.Second
)

// AtOnce is a limit in which nothing more can happen. 0 stands for no limit.
const AtOnce time.Duration = 1

// Snapshot is what has been seen at one moment.
type Snapshot struct {
	Spans    []tracetree.Span
	Open     int             // spans that have not ended
	Troubles []string        // what could not be read, a line each
	Foreign  []string        // what belongs elsewhere and is not in Spans, a line each
	Changed  <-chan struct{} // closed at the next change
	Changes  int             // how many changes there have been
	// Incomplete is set if spans have come that are not in Spans for want of room: nothing matches
	// then.
	Incomplete bool
}

// Outcome is how waiting for a trace ended.
type Outcome struct {
	Snapshot
	Forest   *tracetree.Forest
	Matches  bool
	Complete bool   // whether nothing more was to be expected: no span is open, and the time was over
	silent   bool   // whether the wait ended because nothing had happened for a second
	when     string // completes the first sentence of a failure

	unsettled bool // whether the trees match, but have changed again and again
}

func outcomeOf(s Snapshot) Outcome {
	return Outcome{Snapshot: s, Forest: tracetree.Build(s.Spans), Complete: s.Open == 0}
}

// Wait is what an expectation waits for.
type Wait struct {
	// Pattern is what the trees have to match; without one, the wait ends when nothing more
	// happens.
	Pattern *tracetree.Pattern
	// Within is the time in which that has to be. With 0, the wait ends when nothing has happened
	// for
	// [Silence], or for ten seconds while spans are open, and after [Longest] in all.
	Within time.Duration
	// Quiet is how long the trees have to match without a change.
	Quiet time.Duration
}

// Await waits until no span is open, the trees match the pattern, and nothing has changed for the
// quiet time, or until the time is over. It compares the trees again at each change.
func Await(ctx context.Context, take func() Snapshot, w Wait, opts ...tracetree.Option) Outcome {
	began := time.Now()
	end := began.Add(cmp.Or(w.Within, Longest))
	late := false // the trees matched at the end, but not for long enough
	for {
		compared := time.Now()
		o := outcomeOf(take())
		o.Matches = o.Open == 0 && w.Pattern != nil && w.Pattern.Match(o.Forest, opts...) == nil
		switch {
		case o.Incomplete:
			o.Matches, o.Complete = false, false
			return o
		case o.Matches && late:
			o.Matches, o.unsettled, o.when = false, true, fmt.Sprintf("for %v", w.Quiet)
			return o
		case o.Matches && w.Quiet <= 0:
			return o
		}
		took := time.Since(compared)
		limit, wait := w.Within, time.Until(end)
		if w.Within == 0 {
			if limit = Silence; o.Open > 0 {
				limit = hang
			}
			wait = min(limit, wait)
		}
		if o.Matches {
			wait = w.Quiet
		}
		timer := time.NewTimer(max(0, wait))
		select {
		case <-o.Changed:
			timer.Stop()
			late = o.Matches && time.Until(end) <= 0
			// Comparing takes longer the more spans there are. When they come one by one, comparing
			// after each would take quadratic time: half of the time is left for more to come.
			pause(ctx, took)
		case <-timer.C:
			if w.Within == 0 && time.Since(began) >= Longest {
				limit = Longest
			}
			o.silent = w.Within == 0 && limit == Silence
			if o.when = fmt.Sprintf("within %v", limit); limit == AtOnce {
				o.when = "yet"
			}
			return o
		case <-ctx.Done():
			timer.Stop()
			o.Matches, o.Complete, o.when = false, false, "before the test's context ended"
			return o
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// AwaitEnds waits until no span is open, or nothing happens for ten seconds.
func AwaitEnds(ctx context.Context, take func() Snapshot) Outcome {
	began := time.Now()
	for {
		o := outcomeOf(take())
		if o.Open == 0 {
			return o
		}
		select {
		case <-o.Changed:
		case <-time.After(max(0, min(hang, Longest-time.Since(began)))):
			return o
		case <-ctx.Done():
			return o
		}
	}
}

// AwaitQuiet waits until nothing has changed for d, but no longer than [Longest].
func AwaitQuiet(ctx context.Context, take func() Snapshot, d time.Duration) Outcome {
	end := time.Now().Add(Longest)
	for {
		s := take()
		timer := time.NewTimer(max(0, min(d, time.Until(end))))
		select {
		case <-s.Changed:
			timer.Stop()
		case <-timer.C:
			return outcomeOf(s)
		case <-ctx.Done():
			timer.Stop()
			return outcomeOf(s)
		}
	}
}

// Advice is what a report recommends.
type Advice struct {
	NoSpans string // the usual reasons for no spans, after an empty line
	Longer  string // how to wait longer, a sentence
}

// Failure returns a message about an outcome that doesn't match. The pattern is nil if the forest
// was not compared.
func (o *Outcome) Failure(pattern *tracetree.Pattern, advice Advice, opts ...tracetree.Option) string {
	var b strings.Builder
	late := true // whether spans that come later could be what is missing
	if o.Incomplete {
		b.WriteString("the trace can't be compared: some of its spans are missing\n")
	} else if pattern == nil {
		fmt.Fprintf(&b, "the trace is not complete %s\n", o.when)
	} else if report := pattern.Match(o.Forest, opts...); report != nil {
		fmt.Fprintf(&b, "the trace is not as expected %s:\n%v", o.when, report)
		late = report.Differences.Missing > 0 || report.Differences.Moved > 0 || report.Differences.Marks > 0
	} else if o.unsettled {
		fmt.Fprintf(&b, "the trace is as expected, but spans kept coming: want none %s\n", o.when)
	} else {
		fmt.Fprintf(&b, "the trace is as expected, but spans have not ended %s\n", o.when)
	}
	switch {
	case len(o.Spans) == 0 && len(o.Troubles) == 0:
		b.WriteString(advice.NoSpans)
	case o.silent && late:
		fmt.Fprintf(&b, "\nNothing happened for %v. %s\n", Silence, advice.Longer)
	}
	list(&b, "not ended", unended(o.Forest))
	list(&b, "refused", o.Troubles)
	list(&b, "not mixed in", o.Foreign)
	return b.String()
}

// list adds a heading and a list, unless it is empty.
func list(b *strings.Builder, heading string, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n%s:\n  %s\n", heading, strings.Join(lines, "\n  "))
	}
}

func unended(forest *tracetree.Forest) []string {
	var labels []string
	spans := forest.Spans()
	for i := range spans {
		if spans[i].Unended {
			labels = append(labels, tracetree.Label(&spans[i]))
		}
	}
	return labels
}

// Written prints the forest as it is written to files: without attributes, which hold ids, ports
// and times that are others in the next run.
func Written(forest *tracetree.Forest, opts ...tracetree.Option) string {
	opts = slices.DeleteFunc(slices.Clone(opts), func(o tracetree.Option) bool { return o == tracetree.Attributes })
	return tracetree.Format(forest, opts...)
}

// Findings returns what the checks report about the forest as an error or a warning, with the tree,
// or "" if they report nothing.
func Findings(forest *tracetree.Forest, config check.Config) string {
	result := check.Run(check.All(), check.Input{Forest: forest}, config)
	var b strings.Builder
	for _, f := range result.Findings {
		if f.Severity < check.Warning {
			continue
		}
		fmt.Fprintf(&b, "\n%s %s: %s\n  at        %s\n  expected  %s\n", f.Severity, f.Check, f.Seen, f.Label, f.Expected)
		for _, cause := range f.Causes {
			fmt.Fprintf(&b, "  likely    %s\n", cause)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("the trace has something wrong with it:\n%s\nseen:\n%s", b.String(),
		redact.Text(tracetree.Format(forest)))
}
