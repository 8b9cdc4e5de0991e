package tracetree

import (
	"fmt"
	"slices"
	"strings"
)

// Report describes how a forest differs from a pattern. It contains every line of the forest once,
// and the missing lines at the places where they are expected.
type Report struct {
	Lines       []ReportLine
	Differences Differences
	Notes       []string // sentences that follow the summary; callers can add their own
}

// ReportLine is one line of a report.
type ReportLine struct {
	Op   byte   // what the line is: ' ' as expected, '-' missing, '+' unexpected, '~' there with other properties
	Text string // a line of the notation with its indentation
	Note string // how it differs, or empty
}

// The operations of report lines.
const (
	opSame       = ' '
	opMissing    = '-' // expected and absent
	opUnexpected = '+' // present and not expected
	opDifferent  = '~' // present with other marks, attributes, durations or order
)

// Differences counts the differences.
type Differences struct {
	Missing    int // missing spans, except those of moved subtrees
	Unexpected int // unexpected spans, except those of moved subtrees
	Marks      int // spans with different marks
	Statuses   int // spans with a different status or error type
	Durations  int // spans with a different duration or start
	Attributes int // conditions on attributes that are not met
	Orders     int // spans with children in the wrong order
	Moved      int // subtrees that are expected at another place
}

// noteGap separates a note from the text of its line.
const noteGap = "          "

// Summary returns one sentence with the number of differences of each sort, followed by the Notes.
func (r *Report) Summary() string {
	d := &r.Differences
	var parts []string
	add := func(n int, one, many string) {
		switch n {
		case 0:
		case 1:
			parts = append(parts, "1 "+one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(d.Missing, "span is missing", "spans are missing")
	add(d.Unexpected, "span is unexpected", "spans are unexpected")
	add(d.Marks, "span is marked differently", "spans are marked differently")
	add(d.Statuses, "status differs", "statuses differ")
	add(d.Durations, "time differs", "times differ")
	add(d.Attributes, "attribute differs", "attributes differ")
	add(d.Orders, "order differs", "orders differ")
	add(d.Moved, "subtree moved", "subtrees moved")
	sentences := append([]string{strings.Join(parts, ", ") + "."}, r.Notes...)
	return strings.Join(sentences, " ")
}

// screen is the number of lines above which those of a report that repeat are counted.
const screen = 60

// groupRepeated returns the lines with one in place of equal ones that follow each other, and with
// the number of those as its count. Lines are equal if everything below them is, too.
func groupRepeated(lines []ReportLine) []ReportLine {
	var grouped []ReportLine
	for len(lines) > 0 {
		branch := lines[:branchLength(lines)]
		n := 0
		for len(lines) >= len(branch) && branchLength(lines) == len(branch) && slices.Equal(lines[:len(branch)], branch) {
			n++
			lines = lines[len(branch):]
			if !countable(branch[0].Text) {
				break
			}
		}
		first := branch[0]
		if indent := indentOf(first.Text); n > 1 {
			first.Text = fmt.Sprintf("%s%dx %s", first.Text[:indent], n, first.Text[indent:])
		}
		grouped = append(append(grouped, first), groupRepeated(branch[1:])...)
	}
	return grouped
}

// branchLength returns the number of lines of the first one and everything below it.
func branchLength(lines []ReportLine) int {
	n := 1
	for n < len(lines) && indentOf(lines[n].Text) > indentOf(lines[0].Text) {
		n++
	}
	return n
}

func indentOf(text string) int { return len(text) - len(strings.TrimLeft(text, " ")) }

// countable reports whether a line can have a count: it has none, nor a level, nor is it "...".
func countable(text string) bool {
	text = text[indentOf(text):]
	_, _, rest, err := cutCount(text)
	return err == nil && rest == text && levelLength(text) == 0 && !strings.HasPrefix(text, anySiblings)
}

// String returns the lines, each after its operation and a space, and the summary.
func (r *Report) String() string {
	var b strings.Builder
	for _, l := range r.Lines {
		b.WriteByte(l.Op)
		b.WriteByte(' ')
		b.WriteString(l.Text)
		if l.Note != "" {
			b.WriteString(noteGap)
			b.WriteString(l.Note)
		}
		b.WriteByte('\n')
	}
	b.WriteString(r.Summary())
	b.WriteByte('\n')
	return b.String()
}

// differences describes how a span differs from the line that it is compared with, and counts the
// differences.
func (a *aligner) differences(p, v int32) string {
	l, s, above := &a.pattern.lines[p], a.view.span(v), a.view.above(v)
	var note string
	if got := a.view.lines[v].marks; got != l.Marks {
		a.counts.Marks++
		note = join(note, "want "+marksText(l.Marks)+", got "+marksText(got))
	}
	if l.Failed != (s.Status == StatusError) || l.ErrorType != nil && !l.acceptsErrorType(s) {
		a.counts.Statuses++
		note = join(note, "want "+l.statusText()+", got "+statusText(s))
	}
	if l.Timing.compared() {
		if got, ok := l.Timing.match(s, above); !ok {
			a.counts.Durations++
			note = join(note, "want ["+string(l.Timing.append(nil))+"], got "+got)
		}
	}
	for i := range l.Conditions {
		if c := &l.Conditions[i]; !c.match(s, above) {
			a.counts.Attributes++
			note = join(note, c.explain(s, above))
		}
	}
	if l.Exact {
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

func (l *PatternLine) statusText() string {
	switch {
	case !l.Failed:
		return "no error"
	case l.ErrorType == nil:
		return errorWord
	}
	return errorWord + "=" + string(l.ErrorType.append(nil, quoteWord))
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
