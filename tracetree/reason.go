package tracetree

import "slices"

// maxReasons is how many reasons a report gives: more of them are rarely more than the same one again.
const maxReasons = 3

// explain says what probably happened to a subtree that stands elsewhere than its line is expected: the context that
// should have come with a call or a message didn't, or a span between was not captured.
func (a *aligner) explain(line, at int32) {
	above := a.pattern.lines[line].parent
	if above == none || len(a.reasons) == maxReasons {
		return
	}
	span := a.view.span(at)
	from, to := a.pattern.lines[above].labelText(), Label(span)
	service := span.Service()
	var reason string
	switch marks := a.view.lines[at].marks; {
	case marks&Orphan != 0:
		reason = "A span was lost between " + from + " and " + to + ": the parent that " + service + "'s span names was not captured."
	case marks&Root != 0:
		reason = "Context was lost between " + from + " and " + to + ": " + service + "'s span starts a new trace."
	default:
		return
	}
	if !slices.Contains(a.reasons, reason) {
		a.reasons = append(a.reasons, reason)
	}
}

// labelText returns the label of a line as it is written.
func (l *patternLine) labelText() string {
	return string(appendLabel(nil, &l.actor, &l.operation, &l.target, l.hasTarget))
}
