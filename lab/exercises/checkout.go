package exercises

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tracelab/internal/words"
	"tracelab/tracetree"
)

// The number of spans that the trace of a checkout should have.
const (
	fewestSpans = 6
	mostSpans   = 10
)

// checkout is an answer to the challenge while it is graded.
type checkout struct {
	*drawing
	grade *Grade
}

func gradeCheckout(ctx context.Context, answer string) (Grade, error) {
	d, err := read(answer)
	if err != nil {
		return Grade{}, err
	}
	grade := d.newGrade()
	c := checkout{d, &grade}
	c.root()
	playable := c.number()
	outside := c.external()
	databases := c.where(func(_ int, l *drawn) bool { return isDatabase(l) })
	c.database(databases)
	c.placed("attributes on the external call", outside,
		"When the provider is slow or refuses, this is the span to look at: record the payment method, or the number of "+
			"the attempt, as in {payment.method=card}.")
	c.placed("attributes on the database call", databases,
		"Record the kind of call, as in {db.operation.name=PutItem}, so that similar calls can be found and counted.")
	c.spread()
	c.naming(&grade)
	c.durations(&grade)
	c.sensitive()
	c.sampled(outside)
	if !playable {
		c.grade.note("the plan was not played: fix the number of spans first")
		return grade, nil
	}
	err = c.play(ctx)
	return grade, err
}

func (c *checkout) root() {
	const asked = "one root, the incoming request"
	tops := c.below(none)
	top := &c.lines[tops[0]]
	switch {
	case len(tops) > 1:
		c.grade.fail(asked, fmt.Sprintf("%d trees: %s", len(tops), c.names(tops)),
			"One checkout is one trace, with one root. Put the spans that it causes below it; a span that a message causes "+
				"later is below the send, with ← linked span.")
	case top.Rest, isDatabase(top), top.isHalf(), top.Target.Text != "":
		c.grade.fail(asked, c.name(tops[0])+", a call",
			"The trace begins where the customer's request arrives, as in shop: POST /checkout. Calls are below that.")
	case top.kind() == tracetree.KindConsumer, top.kind() == tracetree.KindProducer, top.kind() == tracetree.KindInternal:
		c.grade.fail(asked, c.name(tops[0])+", which receives no request",
			"The customer waits for a response, so the root is the SERVER span of a request, as in shop: POST /checkout. A "+
				"CONSUMER receives a message from a queue.")
	case top.Min != 1 || top.Max != 1:
		c.grade.fail(asked, c.name(tops[0])+" has a count", "Each root is a separate trace. One checkout has one.")
	case top.Marks&tracetree.Root == 0:
		c.grade.fail(asked, c.name(tops[0])+", without (root)", "Mark it with (root): the notation requires that for a root.")
	default:
		c.grade.pass(asked, c.name(tops[0]), "")
	}
}

// number grades the number of spans, and reports whether that many can be played.
func (c *checkout) number() bool {
	asked := fmt.Sprintf("%d to %d spans", fewestSpans, mostSpans)
	open := slices.IndexFunc(c.lines, func(l drawn) bool { return l.Rest || l.Min != l.Max })
	if open != none {
		c.grade.fail(asked, fmt.Sprintf("line %d doesn't fix the number of spans", c.lines[open].Line),
			"A plan is exact: write each span, or a count as in 2x.")
		return false
	}
	const many = 10 * mostSpans // more are neither counted nor played
	n := 0
	times := make([]int, len(c.lines)) // the number of spans of each line
	for i := range c.lines {
		times[i] = min(c.lines[i].Min, many+1)
		if above := c.lines[i].above; above != none {
			times[i] = min(times[i]*times[above], many+1)
		}
		n += times[i]
	}
	switch {
	case n < fewestSpans:
		c.grade.fail(asked, words.Count(n, "span"),
			"That is too few to show where the time is spent. Each call over a network is a span, and each piece of work "+
				"that can fail by itself.")
	case n > many:
		c.grade.fail(asked, fmt.Sprintf("more than %d spans", many), "That is too many to read. Write those of one checkout.")
	case n > mostSpans:
		c.grade.fail(asked, words.Count(n, "span"),
			"Each span has a cost, and has to be read. Leave out work that never takes time; a loop is one span with a count "+
				"as an attribute.")
	default:
		c.grade.pass(asked, words.Count(n, "span"), "")
	}
	return n <= many
}

// external grades the call to an external system, and returns such calls.
func (c *checkout) external() []int {
	const asked = "a call to an external system"
	calls := c.where(func(_ int, l *drawn) bool { return l.isHalf() })
	outside := slices.DeleteFunc(slices.Clone(calls), func(i int) bool { return len(c.below(i)) > 0 })
	providers := c.where(func(i int, l *drawn) bool {
		return l.Depth > 0 && !isDatabase(l) && l.Target.Text == "" &&
			strings.Contains(strings.ToLower(l.Actor.Text), "provider")
	})
	switch {
	case len(outside) > 0:
		c.grade.pass(asked, c.names(outside), "")
	case len(calls) > 0:
		c.grade.fail(asked, c.names(calls)+", with spans below it",
			"An external system sends you no spans: your call to it has no spans below it.")
	case len(providers) > 0:
		c.grade.fail(asked, c.names(providers)+", as one of your services",
			"The provider sends you no spans. The trace has the CLIENT span of the service that calls it, as in payment: "+
				"http.client.POST pay.example.com.")
	default:
		c.grade.fail(asked, "none",
			"An external provider charges the customer, over a network: that is where checkouts fail. Write the call as a "+
				"CLIENT span of your service, as in payment: http.client.POST pay.example.com.")
	}
	return outside
}

func (c *checkout) database(databases []int) {
	const asked = "a database call"
	services := c.where(func(_ int, l *drawn) bool { return !isDatabase(l) && looksLikeDatabase(l.Actor.Text) })
	switch {
	case len(databases) > 0:
		c.grade.pass(asked, c.names(databases), "")
	case len(services) > 0:
		c.grade.fail(asked, c.names(services)+", as a service",
			"A database sends no spans. The call is a span of the service above, and its line begins with db, as in db: "+
				"PutItem (orders table).")
	default:
		c.grade.fail(asked, "none",
			"The order has to be stored, and a slow write is a slow checkout. Write it as in db: PutItem (orders table).")
	}
}
