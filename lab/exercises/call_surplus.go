package exercises

import (
	"fmt"
	"slices"

	"tracelab/internal/words"
	"tracelab/tracetree"
)

// surplus grades lines that don't belong to the story. Each gets a separate verdict, up to a limit.
func (c *call) surplus() {
	const asked, most = "only these spans", 5
	n := 0
	for i := range c.lines {
		has, why := c.tooMuch(i)
		if has == "" {
			continue
		}
		if n++; n <= most {
			c.grade.fail(asked, has, why)
		}
	}
	switch {
	case n == 0:
		c.grade.pass(asked, words.Count(len(c.lines), "span"), "")
	case n > most:
		c.grade.fail(asked, fmt.Sprintf("and %d more lines like these", n-most), "Fix the first ones, and try again.")
	}
}

// tooMuch returns what is wrong with a line that doesn't belong to the story, or "".
func (c *call) tooMuch(i int) (has, why string) {
	l := &c.lines[i]
	if l.Rest {
		return fmt.Sprintf("... (line %d)", l.Line), "That allows any other spans. Here each span of the trace has a line."
	}
	name, who := c.name(i), c.who[i]
	switch {
	case l.Min != 1 || l.Max != 1:
		return name + " has a count", "A count stands for several spans. Each of them is called once."
	case l.Actor.Wild || l.Operation.Wild || l.Target.Wild:
		return name + " has a *", "A * stands for any text. Give the span a name, or quote a name that contains a *."
	case l.isHalf():
		return c.badHalf(i, name)
	case slices.Contains(c.of[:], i):
		return "", ""
	case slices.Contains([]string{"http", "https", "grpc", "rpc"}, who):
		return name,
			"That is a protocol, not a service. The call is a span of the service that makes it, as in gateway: " +
				"http.client.GET service-a."
	case who == "db":
		return name + ", another database call",
			"service-b queries its database once. A call that is drawn twice is read as two calls."
	case looksLikeDatabase(who):
		return name + ", the database as a service",
			"The database sends no spans: its call is a span of the service above, and begins with db."
	case c.isStep(i):
		c.grade.note("line %d was read as an INTERNAL span, a step of %s's own work", l.Line, who)
		return "", ""
	case slices.Contains(hops[:], who):
		return name + ", another span of " + who, fmt.Sprintf(
			"One span is enough to show the work of %s. If this is the CLIENT half of its call, mark it with {@kind=client}, "+
				"or with a name as in %s: http.client.GET service-b.", who, who)
	default:
		return name,
			fmt.Sprintf("%q isn't in the story. Spans are the work of gateway, service-a, service-b, or a call to db.",
				l.Actor.Text)
	}
}

// isStep reports whether a line is a step of the service above it: an INTERNAL span, and no call.
func (c *call) isStep(i int) bool {
	l := &c.lines[i]
	kind := l.kind()
	return l.above != none && c.who[l.above] == c.who[i] && !l.isServed() &&
		(kind == tracetree.KindUnspecified || kind == tracetree.KindInternal)
}

// badHalf returns what is wrong with the CLIENT half of a call, or "".
func (c *call) badHalf(i int, name string) (has, why string) {
	l := &c.lines[i]
	below := c.below(i)
	switch {
	case l.above == none:
		return "", "" // the root's verdict covers it
	case c.who[l.above] != c.who[i]:
		return name + " is below " + c.name(l.above),
			fmt.Sprintf("The CLIENT half of a call is the caller's. Put it below a span of %s.", c.who[i])
	case len(below) != 1:
		return fmt.Sprintf("%s, with %s below it", name, words.Count(len(below), "span")),
			"The CLIENT half of a call has one span below it: the SERVER half, in the service that was called."
	case c.who[below[0]] == c.who[i]:
		return name + ", with " + c.name(below[0]) + " below it",
			"A CLIENT half belongs to a call to another service. That service's span is below it."
	case isDatabase(&c.lines[below[0]]):
		return name + ", with " + c.name(below[0]) + " below it",
			"The line that begins with db is the CLIENT span already. Drawn twice it is two calls."
	default:
		return "", ""
	}
}

// marks grades that no line has a mark for something that didn't happen.
func (c *call) marks() {
	const asked = "no errors and no asynchronous work"
	has := func(mark tracetree.Marks) []int {
		return c.where(func(_ int, l *drawn) bool { return l.Marks&mark != 0 })
	}
	failed := c.where(func(_ int, l *drawn) bool { return l.statesError() })
	good := true
	fail := func(lines []int, what, why string) {
		if len(lines) > 0 {
			good = false
			c.grade.fail(asked, what+" on "+c.names(lines), why)
		}
	}
	fail(has(tracetree.Linked), "the link mark",
		"A link is for work that no caller waits for, as with messages. Here each caller waits, so the parent is enough.")
	fail(failed, "an error", "Every call succeeds in this story. A span's status is ERROR only if its work failed.")
	fail(has(tracetree.Cycle|tracetree.Duplicate), "a mark of a damaged trace",
		"It marks spans whose ids are wrong. Leave it out.")
	apart := c.where(func(_ int, l *drawn) bool {
		return l.Depth > 0 &&
			slices.ContainsFunc(l.Conditions, func(a tracetree.Condition) bool { return a.Field && a.Key == "trace" })
	})
	fail(apart, "another trace", "One request is one trace: a callee continues the caller's trace. Leave @trace out.")
	queued := c.where(func(i int, l *drawn) bool {
		kind := l.kind()
		return slices.Contains(c.of[:], i) && (kind == tracetree.KindConsumer || kind == tracetree.KindProducer)
	})
	fail(queued, "a message",
		"A CONSUMER receives a message from a queue. These calls go over HTTP or gRPC, and their receiver is a SERVER: "+
			"name it after the request, as in service-a: GET /orders.")
	orphans := c.where(func(_ int, l *drawn) bool { return l.Marks&tracetree.Orphan != 0 && l.Depth > 0 })
	fail(orphans, "(orphan)",
		"An orphan's parent is missing from the trace. The parent of this span is the line above it.")
	if good {
		c.grade.pass(asked, "no such mark", "")
	}
}
