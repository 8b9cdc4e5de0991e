package exercises

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tracelab/tracetree"
)

// hops are the participants of the call of ex1, each called by the one before it.
var hops = [...]string{"gateway", "service-a", "service-b", "db"}

// call is an answer to ex1 while it is graded.
type call struct {
	*drawing
	grade *Grade
	who   []string       // the actor of each line: one of hops, or else as it is written
	of    [len(hops)]int // the line of each hop, or none
}

func gradeCall(_ context.Context, answer string) (Grade, error) {
	d, err := read(answer)
	if err != nil {
		return Grade{}, err
	}
	grade := d.newGrade()
	c := call{drawing: d, grade: &grade}
	for i := range d.lines {
		c.who = append(c.who, actor(&d.lines[i]))
	}
	for hop := range hops {
		c.of[hop] = c.find(hop)
	}
	c.root()
	for hop := 1; hop < len(hops); hop++ {
		c.hop(hop)
	}
	c.surplus()
	c.marks()
	c.naming(&grade)
	c.durations(&grade)
	return grade, nil
}

// actor returns the actor of a line in the spelling of hops, if it is one of them. Case, hyphens,
// underscores and spaces don't matter.
func actor(l *drawn) string {
	switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(l.Actor.Text)) {
	case "gateway", "apigateway":
		return "gateway"
	case "servicea":
		return "service-a"
	case "serviceb":
		return "service-b"
	case "db":
		return "db"
	default:
		return l.Actor.Text
	}
}

// find returns the line of a hop: the first one that is in the right place, or else the first one.
func (c *call) find(hop int) int {
	first := none
	for i := range c.lines {
		if c.who[i] != hops[hop] || c.lines[i].isHalf() {
			continue
		}
		if hop == 0 || c.caller(i) == hops[hop-1] {
			return i
		}
		if first == none {
			first = i
		}
	}
	return first
}

// caller returns the actor of the line above, or "" for a root. The actor of a CLIENT half is the
// caller, so a half needs no special treatment.
func (c *call) caller(i int) string {
	if above := c.lines[i].above; above != none {
		return c.who[above]
	}
	return ""
}

func (c *call) root() {
	const asked = "one root, the gateway's"
	tops := c.below(none)
	top := tops[0]
	has := c.name(top)
	marked := c.where(func(i int, l *drawn) bool { return l.Depth > 0 && l.Marks&tracetree.Root != 0 })
	switch {
	case len(tops) > 1 && len(tops) == len(c.lines):
		c.grade.fail(asked, fmt.Sprintf("%d lines, and none is below another", len(tops)),
			"A span without a parent starts a new trace. Indent each line two spaces more than the one that called it.")
	case len(tops) > 1:
		c.grade.fail(asked, fmt.Sprintf("%d trees: %s", len(tops), c.names(tops)), fmt.Sprintf(
			"One request is one trace, with one root. Put %s below the span that called it; a blank line begins another tree.",
			c.name(tops[1])))
	case c.lines[top].Rest:
		c.grade.fail(asked, "...", "The root is missing: begin with the gateway's span.")
	case c.lines[top].isHalf():
		c.grade.fail(asked, has+", the CLIENT half of a call",
			"The trace begins where the request arrives: with the gateway's SERVER span, as in gateway: GET /orders. The "+
				"calls that it makes are below that.")
	case c.who[top] == "db":
		c.grade.fail(asked, has,
			"The tree is upside down: a callee is below its caller, so the gateway is at the top and the database at "+
				"the bottom.")
	case slices.Contains([]string{"client", "browser", "user", "customer", "app", "frontend"},
		strings.ToLower(c.who[top])):
		c.grade.fail(asked, has,
			"The client isn't part of this trace: it isn't one of the three services. A browser seldom sends spans, so the "+
				"root is the first recorded span, the gateway's.")
	case c.who[top] != hops[0]:
		c.grade.fail(asked, has,
			"The client calls the gateway, so the first span is the gateway's, and it causes all others.")
	case c.lines[top].Marks&tracetree.Orphan != 0:
		c.grade.fail(asked, has+", an (orphan)",
			"An orphan has a parent that was lost. The gateway's span has no parent: it is the (root).")
	case len(marked) > 0:
		c.grade.fail(asked, "(root) on "+c.names(marked),
			"The root is the span without a parent. A tree has one; remove the mark from the lines below it.")
	default:
		c.grade.pass(asked, has, "Everything that the request caused is below it.")
		if c.lines[top].Marks&tracetree.Root == 0 {
			c.grade.note("the first line was read as the root: the notation marks it with (root)")
		}
	}
}

// hop grades whether a hop has a line, below its caller.
func (c *call) hop(hop int) {
	who, caller := hops[hop], hops[hop-1]
	asked := who + " is below " + caller + ", which calls it"
	if who == "db" {
		asked = "the database call is below " + caller + ", which makes it"
	}
	i := c.of[hop]
	if i == none {
		has, why := c.missing(hop)
		c.grade.fail(asked, has, why)
		return
	}
	has := c.name(i)
	above := c.lines[i].above
	if above == none {
		c.grade.fail(asked, has+" has no parent",
			fmt.Sprintf("A trace looks like this when the context was lost on the way. Indent it two spaces more than %s.",
				caller))
		return
	}
	has += " is below " + c.name(above)
	switch at := c.caller(i); {
	case at == caller:
		c.grade.pass(asked, has, "")
		if who == "db" && c.lines[i].Target.Text != "" && !strings.HasSuffix(c.lines[i].Target.Text, " table") {
			c.grade.note("line %d: the target of a database call is written as a table: (%s table)", c.lines[i].Line,
				c.lines[i].Target.Text)
		}
	case hop < len(hops)-1 && c.of[hop+1] != none && at == hops[hop+1]:
		c.grade.fail(asked, has,
			fmt.Sprintf("That is the wrong way round: it means that %s called %s. The caller is above.", at, who))
	case c.of[hop-1] != none && c.lines[c.of[hop-1]].above == above:
		c.grade.fail(asked, has+", next to "+c.name(c.of[hop-1]),
			fmt.Sprintf("With equal indentation they are two calls by %s, one after the other. But %s made the call: indent "+
				"the line two spaces more.", at, caller))
	case at == "db":
		c.grade.fail(asked, has,
			"Nothing is below a database call: the database sends no spans. Put it below the service that called it.")
	case at == who:
		c.grade.fail(asked, has,
			"It is below another span of the same service. Draw one span for the service, below "+caller+".")
	default:
		c.grade.fail(asked, has,
			fmt.Sprintf("A span's parent is the one that caused it. The caller is %s, not %s: with the wrong parent, a "+
				"search for what is slow looks in the wrong place.", caller, at))
	}
}

// missing returns what the answer has instead of a hop, and what to do about it.
func (c *call) missing(hop int) (has, why string) {
	who, caller := hops[hop], hops[hop-1]
	if who != "db" {
		halves := c.where(func(i int, l *drawn) bool { return l.isHalf() && c.who[i] == caller && len(c.below(i)) == 0 })
		if len(halves) > 0 {
			return "only the call: " + c.names(halves),
				fmt.Sprintf("The CLIENT half is the caller's. The work of %s is a separate span, the SERVER half, below it.", who)
		}
		return "no line of " + who,
			fmt.Sprintf("Without it, the trace doesn't show where the time was spent. Write it below %s, as in %s: GET /orders.",
				caller, who)
	}
	services := c.where(func(i int, l *drawn) bool { return looksLikeDatabase(c.who[i]) })
	if len(services) > 0 {
		return c.names(services) + ", as a service", fmt.Sprintf(
			"A database isn't instrumented, and sends no spans. The trace has the call, a CLIENT span of %s, and its line "+
				"begins with db, as in db: Query (users table).", caller)
	}
	return "no database call",
		fmt.Sprintf("Each call over a network needs a span, or a slow database looks like a slow service. Write it below "+
			"%s, as in db: Query (users table).", caller)
}

// looksLikeDatabase reports whether an actor has a usual name of a database.
func looksLikeDatabase(actor string) bool {
	actor = strings.ToLower(actor)
	for _, word := range []string{
		"database", "postgres", "mysql", "maria", "mongo", "sql", "dynamo", "redis", "oracle",
		"cassandra",
	} {
		if strings.Contains(actor, word) {
			return true
		}
	}
	return strings.HasSuffix(actor, "-db") || strings.HasSuffix(actor, "_db") || strings.HasSuffix(actor, " db") ||
		strings.EqualFold(actor, "db")
}
