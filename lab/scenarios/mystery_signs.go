package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tracelab/internal/words"
	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// A sign is something that a run shows if a certain fault is in it. A fault is a possible answer to
// a mystery exactly if all its signs are in the run.
type sign struct {
	// would completes "Then …" with what the run would show.
	would string
	// onWire is set for signs in the messages between the services, which the trees don't show.
	onWire bool
	// look reports whether the run shows the sign, and returns a clause about what it shows, in
	// either case.
	look func(o *Outcome) (seen string, ok bool)
}

// signs returns the signs of each fault, by the name of its scenario.
func signs() map[string][]sign {
	lost := sign{
		would: "a message would be processed in a trace of its own, without a link to its sender",
		look: finds("broken-propagation", tracetree.KindConsumer,
			"no message is processed in a trace of its own without a link"),
	}
	return map[string][]sign{
		"bad-names": {{
			would: "the name of a span would have no meaning, or would contain an ID",
			look:  findsAny("each name describes a kind of work", "span-name", "name-cardinality"),
		}},
		"clock-skew": {{
			would: "a span would begin seconds before or after the span that caused it",
			look:  findsAny("the times of each service fit those of its callers", "clock-skew"),
		}},
		"db-error": {
			{would: "a call to the database would fail", look: databaseFails},
			{would: "the request would fail because of it", look: databaseFailsRequest},
		},
		"db-throttled": {
			{would: "a call to the database would fail", look: databaseFails},
			{would: "a call to the database would fail because of throttling", look: databaseThrottles},
			{would: "the same call would succeed later in the trace", look: repeatSucceeds},
		},
		"duplicate-delivery": {
			{would: "one message would be processed twice", look: processedOften},
			{would: "each delivery would be processed with success", look: eachDeliverySucceeds},
		},
		"lost-context-attributes": {
			lost,
			{
				would: "traceparent would be in the sent message and not in the received one", onWire: true,
				look: onQueue(func(sent, received, _ int) bool { return sent > 0 && received == 0 }),
			},
		},
		"lost-context-extract": {
			lost,
			{
				would: "traceparent would be in the sent message and in the received one", onWire: true,
				look: onQueue(func(sent, received, _ int) bool { return sent > 0 && received > 0 }),
			},
		},
		"lost-context-handler": {{
			would: "a call would be served in a trace of its own, without a caller",
			look: finds("broken-propagation", tracetree.KindServer,
				"each call is served in the trace of its caller"),
		}},
		"lost-context-inject": {
			lost,
			{
				would: "traceparent would be missing from a message that has room for it", onWire: true,
				look: onQueue(func(sent, _, attributes int) bool { return sent == 0 && attributes < maxAttributes }),
			},
		},
		"lost-context-room": {
			lost,
			{
				would:  "the sent message would have ten attributes, and none of them would be traceparent",
				onWire: true,
				look:   onQueue(func(sent, _, attributes int) bool { return sent == 0 && attributes >= maxAttributes }),
			},
		},
		"message-lost": {
			{would: "a message would be sent", look: messageSent},
			{would: "no span would process that message", look: neverProcessed},
		},
		"missing-db-span": {{
			would: "a call that belongs to the work would have no span",
			look:  findsAny("no call that belongs to the work lacks its span", "missing-io-span"),
		}},
		"n-plus-one": {{
			would: "a call would be repeated once for each item of a list",
			look:  findsAny("no call is repeated for each item of a list", "n-plus-one"),
		}},
		"pii-leak": {{
			would: "an attribute would identify a person, or contain a secret",
			look:  findsAny("no attribute identifies a person or contains a secret", "sensitive-attribute"),
		}},
		"poison-message": {
			{would: "one message would be processed several times", look: processedOften},
			{would: "each delivery would fail", look: eachDeliveryFails},
		},
		"redelivery": {
			{would: "one message would be processed several times", look: processedOften},
			{would: "a delivery would fail", look: deliveryFails},
			{would: "a later delivery would succeed", look: laterDeliverySucceeds},
		},
		"slow-db": {{
			would: "a call to the database would take most of the time of its request, and more than " + slowCall.String(),
			look:  databaseSlow,
		}},
		"swallowed-error": {{
			would: "a call would fail, and its caller would neither fail nor repeat it",
			look:  findsAny("no caller ignores a failure", "swallowed-error"),
		}},
		"too-many-spans": {{
			would: "a trace would have many spans for functions that do no I/O",
			look:  findsAny("no trace has a span for every function", "too-many-spans"),
		}},
		"upstream-503": {
			{would: "an HTTP call to another system would fail with 503", look: upstreamFails},
			{would: "the request would be answered with 503", look: answeredWith503},
		},
	}
}

// slowCall is how long a call takes at least that makes a request slow.
const slowCall = 200 * time.Millisecond

// maxAttributes is the number of message attributes that SQS allows.
const maxAttributes = 10

// findsAny returns a look for findings of some checks.
func findsAny(otherwise string, checks ...string) func(*Outcome) (string, bool) {
	return func(o *Outcome) (string, bool) {
		for _, f := range o.Findings.Findings {
			if slices.Contains(checks, f.Check) {
				return atSpan(f), true
			}
		}
		return otherwise, false
	}
}

// finds returns a look for findings of a check about spans of a kind.
func finds(id string, kind tracetree.Kind, otherwise string) func(*Outcome) (string, bool) {
	return func(o *Outcome) (string, bool) {
		for _, f := range o.Findings.Findings {
			if f.Check != id {
				continue
			}
			for i := range o.Checked.Spans() {
				if s := &o.Checked.Spans()[i]; s.SpanID.String() == f.Span && s.TraceID.String() == f.Trace && s.Kind == kind {
					return atSpan(f), true
				}
			}
		}
		return otherwise, false
	}
}

func atSpan(f check.Finding) string {
	if f.Label == "" {
		return f.Seen
	}
	return fmt.Sprintf("%s: %s", f.Label, f.Seen)
}

// onQueue returns a look at the messages: how many were sent with a traceparent, how many were
// received with one, and how many attributes the largest had.
func onQueue(ok func(sent, received, attributes int) bool) func(*Outcome) (string, bool) {
	return func(o *Outcome) (string, bool) {
		sent, received, attributes := 0, 0, 0
		for _, hop := range o.Wire {
			if hop.Protocol != "SQS" {
				continue
			}
			has := slices.ContainsFunc(hop.Fields, func(f lab.Field) bool { return f.Name == "traceparent" })
			if hop.What == "SendMessage" {
				attributes = max(attributes, len(hop.Fields))
			}
			switch {
			case has && hop.What == "SendMessage":
				sent++
			case has:
				received++
			}
		}
		with := map[bool]string{true: "with", false: "without"}
		return fmt.Sprintf("on the wire, the message was sent with %s and %s traceparent, and received %s it",
			words.Count(attributes, "attribute"), with[sent > 0], with[received > 0]), ok(sent, received, attributes)
	}
}

// nodes returns the nodes of the run that a condition holds for, in the order of their start.
func (o *Outcome) nodes(is func(tracetree.Node) bool) []tracetree.Node {
	var found []tracetree.Node
	for i := range o.Checked.Spans() {
		if n := o.Checked.Node(i); is(n) {
			found = append(found, n)
		}
	}
	slices.SortStableFunc(found, func(a, b tracetree.Node) int {
		switch {
		case a.Span().Start < b.Span().Start:
			return -1
		case a.Span().Start > b.Span().Start:
			return 1
		}
		return 0
	})
	return found
}

func failed(n tracetree.Node) bool { return n.Span().Status == tracetree.StatusError }

func isClass(class tracetree.Class) func(tracetree.Node) bool {
	return func(n tracetree.Node) bool { return tracetree.MeaningOf(n.Span()).Class == class }
}

// top returns the root of the tree that a node is in.
func top(n tracetree.Node) tracetree.Node {
	for {
		parent, ok := n.Parent()
		if !ok {
			return n
		}
		n = parent
	}
}

// failure describes a failed span.
func failure(n tracetree.Node) string {
	label := tracetree.Label(n.Span())
	if kind := tracetree.MeaningOf(n.Span()).ErrorType; kind != "" {
		return fmt.Sprintf("%s fails with %s", label, kind)
	}
	return label + " fails"
}

func (o *Outcome) failedDatabaseCalls() []tracetree.Node {
	return o.nodes(func(n tracetree.Node) bool { return isClass(tracetree.ClassDatabase)(n) && failed(n) })
}

func databaseFails(o *Outcome) (string, bool) {
	if calls := o.failedDatabaseCalls(); len(calls) > 0 {
		return failure(calls[0]), true
	}
	return "no call to the database fails", false
}

func databaseFailsRequest(o *Outcome) (string, bool) {
	calls := o.failedDatabaseCalls()
	for _, call := range calls {
		if root := top(call); failed(root) && root.Span().Kind == tracetree.KindServer {
			return failure(root) + ", after " + tracetree.Label(call.Span()), true
		}
	}
	return tracetree.Label(top(calls[0]).Span()) + " succeeds", false
}

func databaseThrottles(o *Outcome) (string, bool) {
	calls := o.failedDatabaseCalls()
	for _, call := range calls {
		if isThrottling(call) {
			return failure(call), true
		}
	}
	return failure(calls[0]), false
}

func isThrottling(n tracetree.Node) bool {
	kind := tracetree.MeaningOf(n.Span()).ErrorType
	return strings.Contains(kind, "Throttl") || strings.Contains(kind, "ThroughputExceeded")
}

func repeatSucceeds(o *Outcome) (string, bool) {
	var last tracetree.Node
	for _, call := range o.failedDatabaseCalls() {
		if !isThrottling(call) {
			continue
		}
		last = call
		again := o.nodes(func(n tracetree.Node) bool {
			return !failed(n) && n.Span().TraceID == call.Span().TraceID && n.Span().Start >= call.Span().End &&
				tracetree.Label(n.Span()) == tracetree.Label(call.Span())
		})
		if len(again) > 0 {
			return tracetree.Label(call.Span()) + " is repeated in the same trace, and succeeds", true
		}
	}
	return tracetree.Label(last.Span()) + " isn't repeated with success", false
}

func databaseSlow(o *Outcome) (string, bool) {
	var slowest tracetree.Node
	longest := time.Duration(-1)
	for _, call := range o.nodes(isClass(tracetree.ClassDatabase)) {
		took, _ := call.Span().Duration()
		if took <= longest {
			continue
		}
		slowest, longest = call, took
	}
	if longest < 0 {
		return "no span calls the database", false
	}
	whole, _ := top(slowest).Span().Duration()
	return fmt.Sprintf("the longest call to the database, %s, takes %v of the %v of its request",
			tracetree.Label(slowest.Span()), longest.Round(time.Microsecond), whole.Round(time.Microsecond)),
		longest >= slowCall && longest <= whole && 2*longest > whole
}

func upstreamFails(o *Outcome) (string, bool) {
	calls := o.nodes(func(n tracetree.Node) bool {
		m := tracetree.MeaningOf(n.Span())
		return n.Span().Kind == tracetree.KindClient && m.Class == tracetree.ClassHTTPClient
	})
	if len(calls) == 0 {
		return "there is no HTTP call to another system", false
	}
	for _, call := range calls {
		if failed(call) && tracetree.MeaningOf(call.Span()).ErrorType == "503" {
			return failure(call), true
		}
	}
	return "no HTTP call to another system fails with 503", false
}

func answeredWith503(o *Outcome) (string, bool) {
	for root := range o.Checked.Tops() {
		if failed(root) && tracetree.MeaningOf(root.Span()).ErrorType == "503" {
			return failure(root), true
		}
	}
	return "no request is answered with 503", false
}

func messageSent(o *Outcome) (string, bool) {
	if sends := o.nodes(isClass(tracetree.ClassSend)); len(sends) > 0 {
		return tracetree.Label(sends[0].Span()) + " sends a message", true
	}
	return "no message is sent", false
}

func neverProcessed(o *Outcome) (string, bool) {
	if processed := o.nodes(isClass(tracetree.ClassProcess)); len(processed) > 0 {
		label := tracetree.Label(processed[0].Span())
		if processed[0].Has(tracetree.Root) {
			return label + " processes it, in a trace of its own", false
		}
		return label + " processes it", false
	}
	return "no span processes a message", true
}

// deliveries returns the processings of the message that was processed most often, in order.
func (o *Outcome) deliveries() []tracetree.Node {
	bySend := map[int][]tracetree.Node{}
	var most []tracetree.Node
	for _, n := range o.nodes(isClass(tracetree.ClassProcess)) {
		send, ok := n.Parent()
		if !ok {
			if len(most) == 0 {
				most = []tracetree.Node{n}
			}
			continue
		}
		bySend[send.Index()] = append(bySend[send.Index()], n)
		if of := bySend[send.Index()]; len(of) > len(most) {
			most = of
		}
	}
	return most
}

func processedOften(o *Outcome) (string, bool) {
	switch of := o.deliveries(); len(of) {
	case 0:
		return "no message is processed", false
	case 1:
		return "no message is processed more than once", false
	default:
		return fmt.Sprintf("%s is there %d times for one message", tracetree.Label(of[0].Span()), len(of)), true
	}
}

func deliveryFails(o *Outcome) (string, bool) {
	for _, n := range o.deliveries() {
		if failed(n) {
			return failure(n), true
		}
	}
	return "each delivery succeeds", false
}

func eachDeliverySucceeds(o *Outcome) (string, bool) {
	seen, fails := deliveryFails(o)
	return seen, !fails
}

func eachDeliveryFails(o *Outcome) (string, bool) {
	for i, n := range o.deliveries() {
		if !failed(n) {
			return fmt.Sprintf("delivery %d succeeds", i+1), false
		}
	}
	return "each delivery fails", true
}

func laterDeliverySucceeds(o *Outcome) (string, bool) {
	fails := false
	for i, n := range o.deliveries() {
		if fails && !failed(n) {
			return fmt.Sprintf("delivery %d succeeds", i+1), true
		}
		fails = fails || failed(n)
	}
	return "no delivery succeeds after one that failed", false
}
