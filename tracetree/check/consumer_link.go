package check

import (
	"fmt"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/hops"
	"tracelab/tracetree/check/internal/span"
)

func consumerLink() Check {
	return Check{
		ID:       "consumer-link",
		Title:    "a consumer doesn't say whose message it processes",
		Severity: Error,
		Doc: `A CONSUMER that processes a message and is neither the child of what sent it nor links to it; or one that processes a
batch of N messages and has fewer than N links. Receiving, which is done before any message is there, needs none; if it has
links, it has one for each message.

A message is where a trace breaks most easily: without link or parent, there is no way from the request to what was done for
it later, or back.

Ask for the message's attributes or headers when you receive it, extract the context from them, and start the span with it
as its parent, as a link, or both. A batch has one span and a link for each message.`,
		Lesson: []string{"link span to the producer trace"},
		bad: []example{
			{
				Why:  "the context of the message was not extracted",
				Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders)\n\nmail: process order (root) {@kind=consumer}",
			},
			{
				Why:   "three messages, and the producer of one of them",
				Spans: `trace=2 span=1 kind=consumer name="process orders" link=1/1 {messaging.batch.message_count=3}`,
			},
			{
				Why: "the parent is the loop that polls, not what sent the message",
				Spans: `
					span=1 service=mail kind=internal name=poll
					span=2 parent=1 remote=no service=mail kind=consumer name="process order"`,
			},
			{
				Why: "the parent is a function, which the platform invoked in a trace of its own",
				Spans: `
					span=1 parent=9 remote=yes service=mail kind=server name=mail {faas.invocation_id=1, faas.trigger=pubsub}
					span=2 parent=1 service=mail kind=consumer name="process orders" {messaging.system=aws_sqs, messaging.operation.type=process}`,
			},
			{
				Why: "the context in the message is that of the receiving: the consumer's instrumentation put it there",
				Spans: `
					span=1 service=mail kind=consumer name="orders receive" {messaging.system=kafka, messaging.operation=receive}
					span=2 parent=1 remote=yes service=mail kind=consumer name="process order"`,
			},
		},
		good: []example{
			{
				Why: "a trace of its own, with a link",
				Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders)\n" +
					"    mail: process order {@trace=new}          ← linked span",
			},
			{
				Why:  "receiving is no processing: there may not even be a message",
				Tree: "mail: receive orders (root) {@kind=consumer, messaging.operation.type=receive}",
			},
			{
				Why: "the receiving is a child of the send, and the processing one of the receiving",
				Spans: `
					span=1 service=shop kind=producer name="orders publish" {messaging.system=kafka, messaging.operation=publish}
					span=2 parent=1 remote=yes service=mail kind=consumer name="orders receive" {messaging.system=kafka, messaging.operation=receive}
					span=3 parent=2 remote=yes service=mail kind=consumer name="process order"`,
			},
			{
				Why: "the sender of two messages at once is linked to once",
				Spans: `
					trace=1 span=1 kind=producer name="send orders" {messaging.batch.message_count=2}
					trace=2 span=1 kind=consumer name="process orders" link=1/1 {messaging.batch.message_count=2}`,
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			if s.Kind == tracetree.KindProducer && strings.Contains(span.Text(s, droppedFields), "traceparent") {
				state := stateOf[consumerLinks](p)
				state.noRoom = append(state.noRoom, hops.MessageID(s, m))
			}
			if s.Kind == tracetree.KindConsumer && len(s.Links) > 0 && hops.IsReceiving(s) {
				batch, n := batchOf(s), ownLinksOf(p.Forest, s)
				if n < batch && !processesBatch(p.Forest.Node(i)) {
					reportBatch(p, i, batch, n)
				}
				return
			}
			if m.Class != tracetree.ClassProcess || hops.IsReceiving(s) {
				return
			}
			if batch := batchOf(s); batch > 1 {
				if n := linksOf(p.Forest, p.Forest.Node(i)); n < batch {
					reportBatch(p, i, batch, n)
				}
				return
			}
			if !hops.IdentifiesProducer(p.Forest, p.Forest.Node(i)) {
				state := stateOf[consumerLinks](p)
				state.unlinked = append(state.unlinked, unlinkedConsumer{i, hops.MessageID(s, m)})
			}
		},
		run: reportUnlinked,
	}
}

func reportBatch(p *pass, i, batch, links int) {
	p.Report(i, fmt.Sprintf("a batch of %d messages has %s", batch, plural(links, "link")),
		fmt.Sprintf("%d links, one for each message", batch),
		"the context is extracted from the first message only",
		"the receiver does not ask for the attributes of the messages",
		"some messages were sent without context: their producer is not instrumented, or the message had no room for it")
}

// processesBatch reports whether the batch that a span receives is processed by a span below it,
// which has the links then.
func processesBatch(n tracetree.Node) bool {
	for child := range n.Children() {
		if c := child.Span(); c.Kind == tracetree.KindConsumer && batchOf(c) > 1 {
			return true
		}
	}
	return false
}

// consumerLinks is the state of the check: what is collected until all producers are known.
type consumerLinks struct {
	noRoom   []string // the messages without room for their context, as their producers report
	unlinked []unlinkedConsumer
}

// unlinkedConsumer is a consumer that doesn't identify whose message it processes.
type unlinkedConsumer struct {
	span    int
	message string
}

func reportUnlinked(p *pass) {
	state := stateOf[consumerLinks](p)
	noRoom := make(map[string]bool, len(state.noRoom))
	for _, id := range state.noRoom {
		noRoom[id] = id != ""
	}
	for _, c := range state.unlinked {
		causes := []string{
			"the receiver does not ask for the attributes of the message: SQS sends only those that are named",
			"the receiver does not extract the context from the message",
			"the producer is not instrumented, or does not inject its context",
			"the message had no room for the context: SQS allows 10 attributes",
		}
		switch m := tracetree.MeaningOf(&p.Forest.Spans()[c.span]); {
		case m.System != "" && m.System != "aws_sqs": // others deliver all headers, without SQS's limit
			causes = causes[1:3]
		case noRoom[c.message]:
			causes = []string{
				"the message had no room for traceparent, as the span that sent it reports: SQS allows 10 attributes",
			}
		}
		p.Report(c.span,
			"a message is processed with neither a link to its producer nor it as parent"+wrongProducer(p.Forest, c.span),
			"the producer's span as link or parent", causes...)
	}
}

// wrongProducer names the span that a consumer has as its parent or link instead of its producer.
func wrongProducer(forest *tracetree.Forest, i int) string {
	n := forest.Node(i)
	if above, ok := span.Parent(forest, n); ok {
		return fmt.Sprintf(": its parent %q is of the same service and sends no message", maskedLabel(above.Span()))
	}
	if links := n.Span().Links; len(links) > 0 {
		if to, ok := forest.Lookup(links[0].TraceID, links[0].SpanID); ok {
			return fmt.Sprintf(": it links to %q, which is of the same service and sends no message", maskedLabel(to.Span()))
		}
	}
	return ""
}

func batchOf(s *tracetree.Span) int {
	v, ok := s.Attr("messaging.batch.message_count")
	if !ok {
		return 1
	}
	n, _ := v.AsInt()
	return int(max(1, min(n, 1<<31-1)))
}

// linksOf returns how many messages a consumer's links, its parent and the consumers below it
// represent. A link to a span that sent several at once represents all of them.
func linksOf(forest *tracetree.Forest, n tracetree.Node) int {
	s := n.Span()
	count := ownLinksOf(forest, s)
	if !s.Parent.IsZero() && len(s.Links) == 0 && hops.IdentifiesProducer(forest, n) {
		count += messagesOf(forest, s.TraceID, s.Parent)
	}
	for child := range n.Children() {
		if c := child.Span(); c.Kind == tracetree.KindConsumer {
			count += len(c.Links)
		}
	}
	return count
}

// ownLinksOf returns how many messages a consumer's own links represent, with those that were
// dropped.
func ownLinksOf(forest *tracetree.Forest, s *tracetree.Span) int {
	count := 0
	for i := range s.Links {
		count += messagesOf(forest, s.Links[i].TraceID, s.Links[i].SpanID)
	}
	if s.Rare != nil {
		count += int(s.Rare.DroppedLinks)
	}
	return count
}

// messagesOf returns how many messages the span with these ids sent, 1 if the span isn't in the
// capture.
func messagesOf(forest *tracetree.Forest, trace tracetree.TraceID, span tracetree.SpanID) int {
	n, ok := forest.Lookup(trace, span)
	if !ok || n.Span().Kind != tracetree.KindProducer {
		return 1
	}
	return batchOf(n.Span())
}

func plural(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "1 " + noun
	default:
		return fmt.Sprintf("%d %ss", n, noun)
	}
}
