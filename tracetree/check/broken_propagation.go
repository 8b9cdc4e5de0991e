package check

import (
	"fmt"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/hops"
	"tracelab/tracetree/check/internal/span"
)

// droppedFields is the attribute of a span that sent a message which lists the fields of the
// context that had no room in it.
const droppedFields = "tracelab.propagation.dropped_fields"

func brokenPropagation() Check {
	return Check{
		ID:       "broken-propagation",
		Title:    "one request is in two traces",
		Severity: Error,
		Doc: `Two traces that are one request: a SERVER or CONSUMER starts a trace, and a CLIENT or PRODUCER of another trace made
exactly this call, or sent exactly this message, and has nothing below it. They are paired by RPC method, by HTTP method,
path and host, or by destination and message id; calls also by their time, and only where no other span comes into question.
Calls at the same time of which none was served are one finding, which doesn't say which of them belongs to which server.
Where the CLIENT span itself is missing, the call of an RPC server is paired with the SERVER inside whose time each such call
is; if there is only one, that may be a coincidence, and is a warning. Between two processes that share traces of the same
call otherwise, nothing was lost: those are two requests.

The request can't be followed over the hop: who waits for what, and what failed because of what, is in two places that
don't know of each other.

Context has to be injected by the sender, carried, and extracted by the receiver, in the same format (W3C traceparent). The
finding names the hop, and what is likely to be missing there. For SQS, the receiver has to name the message attributes that
it wants, and a message has no more than ten.`,
		Mistakes: []string{"requests appear as separate traces"},
		bad: []example{
			{
				Why: "the worker doesn't extract the context of the message",
				Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders) {messaging.message.id=m-1}\n\n" +
					"mail: process order (root) {@kind=consumer, messaging.destination.name=orders, messaging.message.id=m-1}",
			},
			{
				Why: "a proxy strips the headers of the call",
				Tree: "shop: GET /cart (root) [20ms]\n  shop: grpc.client.Take [10ms at +5ms] {rpc.method=stock.Stock/Take}\n\n" +
					"stock: /stock.Stock/Take (root) [4ms at +8ms]",
			},
			{
				Why: "shop's gRPC client has no handler: it makes no span and sends no context",
				Tree: "shop: GET /cart (root) [20ms]\n\nstock: /stock.Stock/Take (root) [4ms at +8ms]\n\n" +
					"shop: GET /cart (root) [20ms at +50ms]\n\nstock: /stock.Stock/Take (root) [4ms at +58ms]",
			},
			{
				Why: "a function is invoked for a message, below the platform's trace, and its span for the message has no link",
				Spans: `
					trace=1 span=1 service=shop kind=server name="POST /order"
					trace=1 span=2 parent=1 service=shop kind=producer name="send orders" {messaging.system=aws_sqs, messaging.destination.name=orders, messaging.message.id=m-1}
					trace=2 span=1 parent=9 remote=yes service=mail kind=server name=mail
					trace=2 span=2 parent=1 service=mail kind=consumer name="process orders" {messaging.system=aws_sqs, messaging.destination.name=orders, messaging.message.id=m-1}`,
			},
		},
		good: []example{
			{
				Why: "two requests to one route at the same time",
				Tree: "shop: GET /cart (root) [20ms at +0ms]\n  stock: /stock.Stock/Take\n\n" +
					"shop: GET /cart (root) [20ms at +1ms]\n  stock: /stock.Stock/Take",
			},
			{
				Why: "one of two calls at the same time wasn't served, and it can't be known which",
				Tree: "shop: GET /cart (root) [20ms at +0ms]\n" +
					"  shop: grpc.client.Take [10ms at +5ms] {rpc.method=stock.Stock/Take}\n\n" +
					"shop: GET /cart (root) [20ms at +0ms]\n" +
					"  shop: grpc.client.Take [10ms at +5ms] {rpc.method=stock.Stock/Take}\n\n" +
					"stock: /stock.Stock/Take (root) [4ms at +8ms]",
			},
			{
				Why: "a message that a service sends to itself, in one trace whose root the capture lacks",
				Spans: `
					span=1 parent=9 remote=yes service=shop kind=server name="POST /order"
					span=2 parent=1 service=shop kind=producer name="send orders" {messaging.system=kafka, messaging.destination.name=orders, messaging.message.id=m-1}
					span=3 parent=2 service=shop kind=consumer name="process orders" {messaging.system=kafka, messaging.destination.name=orders, messaging.message.id=m-1}`,
			},
			{
				Why: "another message of the same queue",
				Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders) {messaging.message.id=m-1}\n\n" +
					"mail: process order (root) {@kind=consumer, messaging.destination.name=orders, messaging.message.id=m-2}",
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			if p.finder == nil {
				p.finder = hops.NewFinder(p.Forest)
			}
			p.finder.Add(i, s, m)
		},
		run: func(p *pass) {
			found := p.lostContext()
			if found == nil || len(found.Receivers()) == 0 {
				return
			}
			e := hops.EvidenceOf(p.Forest)
			for _, lost := range found.Moved {
				reportMoved(p, lost)
			}
			for _, lost := range found.Messages {
				reportMessage(p, e, lost)
			}
			for _, lost := range found.Calls {
				reportCall(p, e, lost)
			}
			for i := range found.Overlaps {
				reportOverlap(p, e, &found.Overlaps[i])
			}
			for _, lost := range found.Possible {
				reportPossible(p, e, lost)
			}
			for _, lost := range found.Unseen {
				reportUnseen(p, lost)
			}
		},
	}
}

// lostContext returns the pairs of spans between which context was lost, or nil if
// broken-propagation is not among the checks of this run. It is for the Run functions of checks:
// all spans must have been seen. The result is computed once.
func (in *Input) lostContext() *hops.Lost {
	if in.finder != nil && in.lost == nil {
		lost := in.finder.Find()
		in.lost = &lost
	}
	return in.lost
}

// hopText names the hop between two spans.
func hopText(from, to *tracetree.Span) string {
	return "context was lost " + between(from, to)
}

func between(from, to *tracetree.Span) string {
	return "between " + from.Service() + " and " + to.Service()
}

func spanText(s *tracetree.Span) string {
	return "span " + inputID(s).String() + " of trace " + s.TraceID.String()
}

// begins describes how a receiver begins its trace: as a root, or below a parent that is in no
// trace of the capture.
func begins(to *tracetree.Span) string {
	text := "starts trace " + to.TraceID.String()
	if !to.Parent.IsZero() {
		text += " below a parent that the capture lacks (" + to.Parent.String() + ")"
	}
	return text
}

// isIn describes the trace of a receiver that is not in that of its sender.
func isIn(p *pass, to int) string {
	s := &p.Forest.Spans()[to]
	if above, ok := span.Parent(p.Forest, p.Forest.Node(to)); ok {
		return "is in trace " + s.TraceID.String() + " below span " + inputID(above.Span()).String()
	}
	return begins(s)
}

// absentParentCause returns the likeliest cause where the receiver has a parent, but none that the
// capture has.
func absentParentCause(to *tracetree.Span, likely string) []string {
	if to.Parent.IsZero() {
		return nil
	}
	return []string{likely}
}

func reportMoved(p *pass, lost hops.Pair) {
	spans := p.Forest.Spans()
	from, to := &spans[lost.From], &spans[lost.To]
	seen := fmt.Sprintf("%s: %s names the parent %s, which is a span of trace %s", hopText(from, to), spanText(to),
		to.Parent, from.TraceID)
	causes := []string{
		"a gateway, a mesh or a platform between them starts a trace of its own and keeps the parent ID",
		to.Service() + " takes the trace ID and the parent ID from different headers",
		"the trace ID is set by hand",
	}
	if hops.Cut(from.TraceID, to.TraceID) {
		seen += ": the trace ID was cut to 64 bits"
		causes = []string{
			"a propagator or an SDK on the way keeps only the last 64 bits of the trace ID (B3, Jaeger, Datadog headers)",
			"an exporter or a converter writes 64-bit trace IDs",
		}
	}
	f := p.Report(lost.To, seen, "one trace ID for both spans", causes...)
	f.Related = []Ref{refTo(from)}
}

func reportMessage(p *pass, e *hops.Evidence, lost hops.Pair) {
	spans := p.Forest.Spans()
	from, to := &spans[lost.From], &spans[lost.To]
	m := tracetree.MeaningOf(from)
	does := "processes"
	if hops.IsReceiving(to) {
		does = "receives"
	}
	f := p.Report(lost.To,
		fmt.Sprintf("%s: %s sent message %s to %s, and span %s, which %s it, %s",
			hopText(from, to), spanText(from), hops.MessageID(from, &m), m.Destination, inputID(to), does, isIn(p, lost.To)),
		"a span in trace "+from.TraceID.String()+" below span "+inputID(from).String()+", or one that links to it",
		append(absentParentCause(to,
			"the parent comes from the platform (the X-Ray trace of a Lambda function, for example), not from the message"),
			messageCauses(e, from, to, m.System)...)...)
	f.Related = []Ref{refTo(from)}
}

// messageCauses returns the ways in which a message loses context, ordered by what other messages
// show.
func messageCauses(e *hops.Evidence, from, to *tracetree.Span, system string) []string {
	sender, receiver := from.Service(), to.Service()
	isSQS := system == "aws_sqs" || system == "AmazonSQS"
	onReceive := []string{
		receiver + " does not extract the context from the message, or expects another format than " + sender + "'s",
	}
	onSend := []string{sender + " does not inject its context into the message"}
	if isSQS {
		onReceive = slices.Insert(onReceive, 0,
			receiver+" does not ask for the message's attributes: SQS sends only those that MessageAttributeNames names")
		onSend = append(onSend, "the message had no room for the context: SQS allows 10 attributes")
	} else {
		onSend = append(onSend, "what moves messages between "+sender+" and "+receiver+" drops their headers")
	}
	if strings.Contains(span.Text(from, droppedFields), "traceparent") {
		return []string{"the message had no room for traceparent, as the span that sent it reports: SQS allows 10 attributes"}
	}
	if e.Extracts(to, hops.Message) && !e.Injects(from, hops.Message) {
		return append(onSend, onReceive...)
	}
	return append(onReceive, onSend...)
}

func reportCall(p *pass, e *hops.Evidence, lost hops.Pair) {
	spans := p.Forest.Spans()
	from, to := &spans[lost.From], &spans[lost.To]
	if e.Works(from, to) {
		return
	}
	f := p.Report(lost.To,
		fmt.Sprintf("%s: %s makes this call and has no server below it, and span %s %s inside its time",
			hopText(from, to), spanText(from), inputID(to), begins(to)),
		"a span in trace "+from.TraceID.String()+" below span "+inputID(from).String(),
		callCauses(e, from, to, hops.ServedKeyOf(to).Class)...)
	f.Related = []Ref{refTo(from)}
}

func reportPossible(p *pass, e *hops.Evidence, lost hops.Pair) {
	spans := p.Forest.Spans()
	from, to := &spans[lost.From], &spans[lost.To]
	if e.Works(from, to) {
		return
	}
	f := p.Report(lost.To,
		fmt.Sprintf("context may have been lost %s: %s makes a call of this method, path and status and has no server "+
			"below it, and span %s %s inside its time; no host confirms it",
			between(from, to), spanText(from), inputID(to), begins(to)),
		"a span in trace "+from.TraceID.String()+" below span "+inputID(from).String()+", if the two belong together",
		callCauses(e, from, to, hops.HTTP)...)
	f.Severity = Warning
	f.Related = []Ref{refTo(from)}
}

func reportOverlap(p *pass, e *hops.Evidence, lost *hops.Overlap) {
	spans := p.Forest.Spans()
	from, to := &spans[lost.Call], &spans[lost.Servers[0]]
	p.Report(lost.Servers[0],
		fmt.Sprintf("%s: %d calls of %s have no server below them, and %d servers of it start traces inside their time, "+
			"of which span %s is the first",
			hopText(from, to), lost.Calls, lost.Key.Operation(), len(lost.Servers), inputID(to)),
		"each server's span below the span of its call, in the same trace",
		callCauses(e, from, to, lost.Key.Class)...)
}

// callCauses returns the ways in which a call loses context, ordered by what other calls show.
func callCauses(e *hops.Evidence, from, to *tracetree.Span, class hops.Class) []string {
	const rpc, http = "gRPC", "HTTP"
	protocol := http
	if class == hops.RPC {
		protocol = rpc
	}
	caller, callee := from.Service(), to.Service()
	onCall := caller + "'s " + protocol + " client makes a span and does not inject its context: no propagator is set"
	onServe := callee + " does not extract the context: its " + protocol +
		" server has no propagator, or one for another format than " + caller + "'s"
	if class == hops.HTTP && isBrowser(from.Origin) {
		onCall = caller + ", a page, sends traceparent to other origins only where propagateTraceHeaderCorsUrls matches them"
	}
	proxy := "a proxy between them strips the traceparent header"
	if !to.Parent.IsZero() {
		replaced := "a gateway, a mesh or a platform between them writes a traceparent of its own, and its spans are not " +
			"in the capture"
		return []string{replaced, onServe, onCall}
	}
	switch injects, extracts := e.Injects(from, class), e.Extracts(to, class); {
	case injects && extracts:
		return []string{proxy, onServe, onCall}
	case extracts:
		return []string{onCall, proxy, onServe}
	case injects:
		return []string{onServe, proxy, onCall}
	case class == hops.HTTP && isBrowser(from.Origin):
		return []string{onCall, onServe, proxy}
	}
	return []string{onServe, onCall, proxy}
}

func reportUnseen(p *pass, lost hops.UnseenCall) {
	spans := p.Forest.Spans()
	from, to := &spans[lost.From], &spans[lost.To]
	caller := from.Service()
	hop, often := hopText(from, to), "as every call of this method does"
	if lost.Once {
		hop, often = "context may have been lost "+between(from, to), "which may be a coincidence: there is one such call"
	}
	f := p.Report(lost.To,
		fmt.Sprintf("%s: %s has no call below it, and span %s starts trace %s inside its time, %s",
			hop, spanText(from), inputID(to), to.TraceID, often),
		"a CLIENT span of "+caller+" below span "+inputID(from).String()+", and this span below that",
		caller+"'s gRPC client has no handler for tracing: it makes no span and sends no context",
		caller+" calls over another connection than the one that is instrumented",
		"the tracer provider of "+caller+"'s client is a no-op one")
	f.Related = []Ref{refTo(from)}
	if lost.Once {
		f.Severity = Warning
	}
}
