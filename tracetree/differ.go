package tracetree

import "strings"

// differences says in what a span differs from the line that stands for it, and counts it.
func (a *aligner) differences(p, v int32) string {
	l, s, above := &a.pattern.lines[p], a.view.span(v), a.view.above(v)
	var note string
	if got := a.view.lines[v].marks; got != l.marks {
		a.counts.Marks++
		note = join(note, "want "+marksText(l.marks)+", got "+marksText(got))
	}
	if l.failed != (s.Status == StatusError) || l.errorType != nil && !l.acceptsErrorType(s) {
		a.counts.Statuses++
		note = join(note, "want "+l.statusText()+", got "+statusText(s))
	}
	if l.timing.compared() {
		if got, ok := l.timing.match(s, above); !ok {
			a.counts.Durations++
			note = join(note, "want ["+string(l.timing.append(nil))+"], got "+got)
		}
	}
	for i := range l.predicates {
		if pr := &l.predicates[i]; !pr.match(s, above) {
			a.counts.Attributes++
			note = join(note, pr.explain(s, above))
		}
	}
	if l.exact {
		for _, attr := range l.unnamed(s) {
			a.counts.Attributes++
			note = join(note, string(appendQuoted(nil, attr.Key, quoteKey(attr.Key)))+": want (absent), got a value")
		}
	}
	return note
}

func marksText(marks Marks) string {
	text := strings.TrimPrefix(string(appendMarks(nil, marks)), " ")
	if marks&Linked != 0 {
		text = strings.TrimPrefix(text+" "+linkWord, " ")
	}
	if text == "" {
		return "no mark"
	}
	return text
}

func (l *patternLine) statusText() string {
	switch {
	case !l.failed:
		return "no " + errorWord
	case l.errorType == nil:
		return errorWord
	}
	return errorWord + "=" + string(l.errorType.append(nil, quoteWord))
}

func statusText(s *Span) string {
	if s.Status != StatusError {
		return "status " + s.Status.String()
	}
	if value, ok := s.Attr(errorType); ok {
		t := value.Text()
		return errorWord + "=" + string(appendQuoted(nil, t, quoteWord(t)))
	}
	return errorWord + " without " + errorType
}
