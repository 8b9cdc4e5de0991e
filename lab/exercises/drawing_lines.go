package exercises

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"tracelab/internal/words"
	"tracelab/tracetree"
)

var (
	// rawSegment matches a part of a path that is specific to one request: a number, a UUID, or a
	// long hexadecimal id.
	rawSegment = regexp.MustCompile(`^(?:\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]*\d[0-9a-fA-F]{7,})$`)
	// longNumber in a name is an id or an amount.
	longNumber = regexp.MustCompile(`\d{3,}`)
)

// emptyNames describe no work.
var emptyNames = []string{
	"foo", "bar", "baz", "test", "todo", "span", "name", "operation", "something", "thing", "stuff", "step", "function",
}

// badName returns what is wrong with the name of a line's span, or "".
func badName(l *drawn) string {
	if l.Operation.Wild {
		return ""
	}
	name := l.Operation.Text
	path, isPath := "", false
	if i := strings.Index(name, "/"); i >= 0 {
		path, isPath = name[i:], true
	}
	letters := strings.IndexFunc(name,
		func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127 })
	switch {
	case isPath && strings.Contains(path, "?"):
		return "has a query string"
	case isPath && slices.ContainsFunc(strings.Split(path, "/"), rawSegment.MatchString):
		return "has the path of one request: write the route, as in /orders/{id}"
	case isPath:
		return ""
	case longNumber.MatchString(name):
		return "contains a number, so that every request gets a new name"
	case letters < 0, len([]rune(name)) < 2, slices.Contains(emptyNames, strings.ToLower(name)):
		return "describes no work"
	}
	return ""
}

// naming grades the names of the spans.
func (d *drawing) naming(g *Grade) {
	const asked = "names describe the work, and equal work has equal names"
	var bad []string
	for _, i := range d.where(func(_ int, l *drawn) bool { return badName(l) != "" }) {
		bad = append(bad, d.name(i)+" "+badName(&d.lines[i]))
	}
	if len(bad) == 0 {
		g.pass(asked, words.Count(len(d.lines), "name"), "")
		return
	}
	g.fail(asked, strings.Join(bad[:min(3, len(bad))], "; "),
		"Traces are found and counted by the names of their spans. Values that differ between requests are attributes.")
}

// durations grades that no span is longer than the one that waits for it. Without durations it
// gives no verdict.
func (d *drawing) durations(g *Grade) {
	const asked = "no span lasts longer than the one that waits for it"
	stated := false
	for i := range d.lines {
		l := &d.lines[i]
		above := l.above
		for above != none && d.lines[above].Timing == nil {
			above = d.lines[above].above
		}
		if l.Timing == nil || above == none || l.Marks&tracetree.Linked != 0 || d.isAsynchronous(i) {
			continue
		}
		stated = true
		least, _ := bounds(l.Timing)
		if _, most := bounds(d.lines[above].Timing); least > most {
			g.fail(asked, fmt.Sprintf("%s takes %v, and %s %v", d.name(i), least, d.name(above), most),
				"A caller that waits takes at least as long as its calls. Only work after a queue may end later than the "+
					"span above it.")
			return
		}
	}
	if stated {
		g.pass(asked, "none does", "")
	}
}

// bounds returns the shortest and the longest duration that a timing allows.
func bounds(t *tracetree.Timing) (least, most time.Duration) {
	switch t.Compare {
	case tracetree.Below, tracetree.AtMost:
		return 0, t.Low
	case tracetree.Above, tracetree.AtLeast:
		return t.Low, math.MaxInt64
	case tracetree.Between:
		return t.Low, t.High
	case tracetree.Equal, "":
		return t.Low, t.Low
	}
	return 0, math.MaxInt64
}

// isAsynchronous reports whether a line, or one above it, receives a message.
func (d *drawing) isAsynchronous(i int) bool {
	for ; i != none; i = d.lines[i].above {
		if d.lines[i].kind() == tracetree.KindConsumer {
			return true
		}
	}
	return false
}

// kind returns the kind that a line states or implies: the name of a CONSUMER is "process" and the
// name of the message.
func (l *drawn) kind() tracetree.Kind {
	kinds := []tracetree.Kind{
		tracetree.KindInternal, tracetree.KindServer, tracetree.KindClient, tracetree.KindProducer, tracetree.KindConsumer,
	}
	for i := range l.Conditions {
		c := &l.Conditions[i]
		for _, kind := range kinds {
			if c.Field && c.Key == "kind" && c.Compare == tracetree.Equal && strings.EqualFold(c.Value.Text, kind.String()) {
				return kind
			}
		}
	}
	if what, found := strings.CutPrefix(l.Operation.Text, "process "); found && what != "" && l.Target.Text == "" {
		return tracetree.KindConsumer
	}
	return tracetree.KindUnspecified
}

// isServed reports whether a line has the name of an operation that a server offers.
func (l *drawn) isServed() bool {
	method, path, _ := strings.Cut(l.Operation.Text, " ")
	return strings.HasPrefix(l.Operation.Text, "/") || strings.HasPrefix(path, "/") && method == strings.ToUpper(method)
}

// statesError reports whether a line's span failed, by its mark, its status or its attributes.
func (l *drawn) statesError() bool {
	if l.Failed {
		return true
	}
	return slices.ContainsFunc(l.Conditions, func(c tracetree.Condition) bool {
		switch {
		case c.Compare == tracetree.Absent:
			return false
		case c.Field:
			return c.Key == "status" && strings.EqualFold(c.Value.Text, "error")
		case c.Key == "error.type", c.Key == "error" && c.Value.Text == "true":
			return true
		}
		return c.Key == "http.response.status_code" && len(c.Value.Text) == 3 && c.Value.Text >= "400"
	})
}
