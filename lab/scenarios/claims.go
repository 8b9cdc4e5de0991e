package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// A Claim is a phrase of the story in backticks. It has to be shown by the run:
//
//   - a line of the notation, "db: PutItem (tasks table) !error {retry_count=1} [>=200ms]": a span
//     that is so;
//   - "3 traces", "7 spans", "2 services", "1 link", "1 request", "1 dead letter": as many;
//   - "503": an answer's status;
//   - "worker: process x starts after gateway: POST /x ends", with starts or ends, before or after:
//     the order of two moments;
//   - the name of a check: it finds something;
//   - anything else: an attribute, a value, "key=value", an event, a span's name or service, a
//     header, a log message.
//
// With "no" or "without" before it, there must be no such thing. A command, "tracelab …", claims
// nothing.
type Claim struct {
	Text         string
	Negated      bool
	Line, Column int // in the file

	line *tracetree.Pattern // of a line of the notation
}

// claimMark finds the claims: the word before a phrase, and the phrase, which may go on in the next
// line.
var claimMark = regexp.MustCompile("(?i)((?:\\b(?:no|without)\\s+)?)`([^`]+)`")

// readClaims finds the claims of the story, which begins at a byte of the text.
func (s *Scenario) readClaims(src *sourceFile, text string, begin int) error {
	place := func(at int) (line, column int) {
		start := strings.LastIndex(text[:at], "\n") + 1
		return 1 + strings.Count(text[:at], "\n"), columnOf(text[start:], at-start)
	}
	for at, rest := begin, text[begin:]; rest != ""; {
		paragraph, more, _ := strings.Cut(rest, "\n\n")
		if strings.Count(paragraph, "`")%2 == 1 {
			line, column := place(at + strings.LastIndex(paragraph, "`"))
			return src.errorAt(line, column, "a backtick has no partner in its paragraph: want a phrase between two of them")
		}
		for _, m := range claimMark.FindAllStringSubmatchIndex(paragraph, -1) {
			claim := Claim{Text: strings.Join(strings.Fields(paragraph[m[4]:m[5]]), " "), Negated: m[2] < m[3]}
			claim.Line, claim.Column = place(at + m[4])
			if claim.isCommand() {
				continue
			}
			// A claim is about one span anywhere in the trees, so it is matched as if it were
			// alone.
			if pattern, err := tracetree.Parse(claim.Text + " (root)"); err == nil && len(pattern.Lines()) == 1 {
				claim.line = pattern
			}
			s.Claims = append(s.Claims, claim)
		}
		at += len(rest) - len(more)
		rest = more
	}
	return nil
}

func (c *Claim) isCommand() bool {
	return strings.HasPrefix(c.Text, "tracelab ") || strings.HasPrefix(c.Text, "go ")
}

// unmetClaims returns a sentence for each claim that the run doesn't meet.
func (o *Outcome) unmetClaims() []string {
	var wrong []string
	for i := range o.Scenario.Claims {
		c := &o.Scenario.Claims[i]
		switch shown := o.shows(c); {
		case shown && c.Negated:
			wrong = append(wrong, fmt.Sprintf("line %d of the story claims no %q, and the run shows it", c.Line, c.Text))
		case !shown && !c.Negated:
			wrong = append(wrong, fmt.Sprintf("line %d of the story claims %q, and the run doesn't show it", c.Line, c.Text))
		}
	}
	return wrong
}

// showsOrder reports whether a moment of the span with one label comes before or after a moment of
// the one with another. Where several spans have a label, it is so of all of them.
func (o *Outcome) showsOrder(label, moment, order, otherLabel, otherMoment string) bool {
	moments := func(label, moment string) []int64 {
		var list []int64
		for i := range o.Checked.Spans() {
			s := &o.Checked.Spans()[i]
			if tracetree.Label(s) != label {
				continue
			}
			if at := s.Start; moment == "starts" {
				list = append(list, int64(at))
			} else {
				list = append(list, int64(s.End))
			}
		}
		return list
	}
	first, second := moments(label, moment), moments(otherLabel, otherMoment)
	if order == "after" {
		first, second = second, first
	}
	return len(first) > 0 && len(second) > 0 && slices.Max(first) <= slices.Min(second)
}

var (
	orderClaim  = regexp.MustCompile(`^(.+) (starts|ends) (before|after) (.+) (starts|ends)$`)
	countClaim  = regexp.MustCompile(`^(\d+) (trace|span|service|request|link|dead letter)s?$`)
	statusClaim = regexp.MustCompile(`^[1-5]\d\d$`)
)

func (o *Outcome) shows(c *Claim) bool {
	if m := orderClaim.FindStringSubmatch(c.Text); m != nil {
		return o.showsOrder(m[1], m[2], m[3], m[4], m[5])
	}
	if c.line != nil {
		return o.showsSpan(c.line) || o.showsText(c.Text) // a header looks like a line of the notation
	}
	if m := countClaim.FindStringSubmatch(c.Text); m != nil {
		n, err := strconv.Atoi(m[1])
		return err == nil && o.counts()[m[2]] == n
	}
	if statusClaim.MatchString(c.Text) {
		return slices.ContainsFunc(o.Answers, func(a lab.Answer) bool { return strconv.Itoa(a.Status) == c.Text })
	}
	if slices.ContainsFunc(check.All(), func(known check.Check) bool { return known.ID == c.Text }) {
		return slices.ContainsFunc(o.Findings.Findings, func(f check.Finding) bool { return f.Check == c.Text })
	}
	return o.showsText(c.Text)
}

// showsSpan looks for a span that a line of the notation is about.
func (o *Outcome) showsSpan(line *tracetree.Pattern) bool {
	spans := o.Checked.Spans()
	for i := range spans {
		alone := spans[i]
		alone.Parent, alone.Links = tracetree.SpanID{}, nil
		if line.Match(tracetree.Build([]tracetree.Span{alone}), tracetree.Full) == nil {
			return true
		}
	}
	return false
}

func (o *Outcome) counts() map[string]int {
	traces, services, links := map[tracetree.TraceID]bool{}, map[string]bool{}, 0
	for i := range o.Checked.Spans() {
		s := &o.Checked.Spans()[i]
		traces[s.TraceID], services[s.Service()] = true, true
		links += len(s.Links)
	}
	return map[string]int{
		"trace": len(traces), "span": len(o.Checked.Spans()), "service": len(services),
		"request": len(o.Answers), "link": links, "dead letter": o.DeadLetters,
	}
}

// showsText looks for a text where texts are shown: on spans, on the wire and in logs.
func (o *Outcome) showsText(text string) bool {
	for i := range o.Checked.Spans() {
		s := &o.Checked.Spans()[i]
		if s.TraceID.String() == text || s.SpanID.String() == text || s.Parent.String() == text || s.Name == text ||
			s.Service() == text || s.Kind.String() == strings.ToLower(text) || hasText(s.Attributes, text) ||
			s.Origin != nil && hasText(s.Origin.Resource, text) {
			return true
		}
		for _, event := range s.Events {
			if event.Name == text || hasText(event.Attributes, text) {
				return true
			}
		}
	}
	for _, hop := range o.Wire {
		for _, field := range hop.Fields {
			if field.Name == text || field.Value == text || field.Name+": "+field.Value == text {
				return true
			}
		}
	}
	for _, record := range o.Logs {
		if record.Message == text {
			return true
		}
	}
	return false
}

func hasText(attrs []tracetree.Attr, text string) bool {
	return slices.ContainsFunc(attrs, func(a tracetree.Attr) bool {
		value := a.Value.Text()
		return a.Key == text || value == text || a.Key+"="+value == text
	})
}
